"""Monitoring and approval in the configuration: [hooks], [rules], [triage], [heartbeats], [serve], [bot]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from notifier.channel import Secret
from notifier.model import Impact, Site
from notifier.problem import Habits, Rule, Then
from notifier.tables import MISSING, Table, near
from notifier.values import value

TABLES = ("hooks", "rules", "triage", "heartbeats", "serve", "bot")
SCHEMES = "none|bearer|basic|path|query|header|body|sns|standard|github|pagerduty|grafana|sentry|instatus|cachet"
DAY = timedelta(days=1)
OWN = ("heartbeat", "watch", "signal")  # what is said by our own commands


@value
class Hook:
    """One place where monitoring may speak. ``auth``: how it shows that it may, ``secrets``: any of them will do;
    ``header``: where the secret or signature stands if not in its usual place; ``stamp``: the header that holds the
    time of signing (Grafana). ``per_minute``: requests at most."""

    name: str
    source: str
    auth: str = "path"
    secrets: tuple[Secret, ...] = ()
    header: str = ""
    stamp: str = ""
    zone: str = "UTC"
    labels: tuple[str, ...] = ()
    mapping: Mapping[str, str] = {}
    severity: Mapping[str, str] = {}
    per_minute: int = 600


@value
class Job:
    """A job that reports by a heartbeat: ``every`` so often, or by a ``cron`` expression in ``zone``; ``grace`` is how
    late it may be. ``key`` is what stands in its address."""

    name: str
    key: Secret
    every: timedelta = DAY
    cron: str = ""
    zone: str = "UTC"
    grace: timedelta = timedelta(minutes=5)
    component: str = ""
    severity: str = "major"


@value
class Serve:
    """How `notifier serve` is reached. ``url``: its public address, for links to approve; ``proxies``: addresses whose
    X-Forwarded-For is believed; ``keep``: how long requests and signals are kept; ``metrics``: whether /metrics
    answers."""

    host: str = "127.0.0.1"
    port: int = 8137
    url: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1",)
    keep: timedelta = timedelta(days=90)
    reach: tuple[str, ...] = ()
    metrics: bool = True


@value
class Bot:
    """The Telegram bot for admins. ``channel``: the admin channel whose token and chat it shares; ``users``: Telegram
    user id -> name; ``mode``: "polling", or "webhook" by the address in [serve] url."""

    channel: str
    users: Mapping[str, str] = {}
    chats: tuple[str, ...] = ()
    lang: str = ""
    mode: str = "polling"
    snooze: timedelta = timedelta(minutes=15)


@value
class Duty:
    """All of it."""

    hooks: tuple[Hook, ...] = ()
    rules: tuple[Rule, ...] = ()
    habits: Habits = Habits()
    jobs: tuple[Job, ...] = ()
    serve: Serve = Serve()
    bot: Bot | None = None

    def hook(self, name: str) -> Hook | None:
        """The hook of that name."""
        return next((h for h in self.hooks if h.name == name), None)

    def rule(self, name: str) -> Rule:
        """The rule of that name; one that is no longer there is the usual one."""
        return next((r for r in self.rules if r.name == name), Rule(name))


def read(root: Table, site: Site, channels: Mapping[str, str], known: Callable[[str], str]) -> Duty:
    """What these tables say; mistakes are noted by their tables. ``channels``: name -> kind; ``known`` says what is
    wrong with the name of a source, or ""."""
    components = [c.id for c in site.components]
    hooks = tuple(_hook(name, table, known) for name, table in root.tables("hooks"))
    rules = tuple(_rule(name, table, [h.name for h in hooks], components) for name, table in root.tables("rules"))
    jobs = tuple(_job(name, table, site, components) for name, table in root.tables("heartbeats"))
    serve = _serve(root.table("serve"))
    return Duty(
        hooks=hooks,
        rules=rules,
        habits=_habits(root.table("triage")),
        jobs=tuple(j for j in jobs if j is not None),
        serve=serve,
        bot=_bot(root, channels, serve),
    )


def _hook(name: str, table: Table, known: Callable[[str], str]) -> Hook:
    source = table.take("source", "text", None) or ""
    if source and (wrong := known(source)):
        table.wrong("source", wrong)
    hook = Hook(
        name=name,
        source=source,
        auth=table.take("auth", SCHEMES, "path"),
        secrets=table.take("secret", "secrets", ()),
        header=table.take("header", "text", "").lower(),
        stamp=table.take("stamp", "text", "").lower(),
        zone=_zone(table),
        labels=table.take("labels", "list", ()),
        mapping=table.take("mapping", "words", {}),
        severity=_severity(table),
        per_minute=table.take("per_minute", "number", 600),
    )
    if hook.auth != "none" and not hook.secrets:
        table.wrong("secret", 'is missing; without one anybody could raise an alarm (auth = "none" if that is meant)')
    if source == "generic" and not hook.mapping:
        table.wrong("mapping", "is missing; docs/hooks.md shows what a generic source needs")
    return hook


def _rule(name: str, table: Table, hooks: Sequence[str], components: Sequence[str]) -> Rule:
    impact = table.take("impact", "|".join(Impact), "")
    rule = Rule(
        name=name,
        **{key: table.take(key, "text", "") for key in ("hook", "source", "component", "key", "title", "group", "to")},
        severity=table.take("severity", "list", ()),
        impact=Impact(impact) if impact else None,
        hold=table.take("for", "span", timedelta(0)),
        recovered=table.take("recovered_for", "span", timedelta(0)),
        then=Then(table.take("then", "|".join(Then), Then.DRAFT)),
        resolve=Then(table.take("resolve", "|".join(Then), Then.DRAFT)),
        publish_after=_maybe(table.take("publish_after", "span", MISSING)),
        no_news=table.take("no_news", "span", DAY),
    )
    if rule.to and rule.to not in components:
        table.wrong("to", f'there is no component "{rule.to}"' + near(rule.to, components))
    known = [*hooks, *OWN]
    if rule.hook and not any(c in rule.hook for c in "*?[") and rule.hook not in known:
        table.wrong("hook", f'there is no hook "{rule.hook}"' + near(rule.hook, known))
    return rule


def _maybe(given: Any) -> timedelta | None:
    return None if given is MISSING else given


def _habits(table: Table) -> Habits:
    habits = Habits(
        reopen_within=table.take("reopen_within", "span", Habits().reopen_within),
        flaps=table.take("flaps", "number", Habits().flaps),
        flap_within=table.take("flap_within", "span", Habits().flap_within),
        severity=_severity(table),
    )
    if habits.flaps < 1:
        table.wrong("flaps", "takes a whole number from 1")
    return habits


def _severity(table: Table) -> Mapping[str, str]:
    words: Mapping[str, str] = table.take("severity", "words", {})
    for word, meaning in words.items():
        if meaning not in set(Impact):
            table.wrong("severity", f'"{word}" cannot mean "{meaning}"; it can mean {", ".join(Impact)}')
            return {}
    return words


def _job(name: str, table: Table, site: Site, components: Sequence[str]) -> Job | None:
    key = table.take("key", "secret", None)
    job = Job(
        name=name,
        key=key or Secret(),
        every=table.take("every", "span", DAY),
        cron=table.take("cron", "text", ""),
        zone=table.take("timezone", "text", site.timezone),
        grace=table.take("grace", "span", Job(name, Secret()).grace),
        component=table.take("component", "text", ""),
        severity=table.take("severity", "text", "major"),
    )
    _known_zone(table, job.zone)
    if job.component and job.component not in components:
        table.wrong("component", f'there is no component "{job.component}"' + near(job.component, components))
    if job.cron and (wrong := cron_fault(job.cron)):
        table.wrong("cron", wrong)
    if not job.every:
        table.wrong("every", "must be more than nothing")
    return job if key else None


def cron_fault(expression: str) -> str:
    """What is wrong with a cron expression (five fields, see crontab(5)); "" for nothing."""
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(expression, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration, OverflowError) as error:
        return f'"{expression}" is no cron expression such as "*/15 * * * *" ({error})'
    return ""


def _serve(table: Table) -> Serve:
    usual = Serve()
    serve = Serve(
        host=table.take("host", "text", usual.host),
        port=table.take("port", "number", usual.port),
        url=table.take("url", "text", "").rstrip("/"),
        proxies=table.take("proxies", "list", usual.proxies),
        keep=table.take("keep", "span", usual.keep),
        reach=table.take("reach", "list", ()),
        metrics=table.take("metrics", "yes or no", usual.metrics),
    )
    if serve.url and not serve.url.startswith(("https://", "http://")):
        table.wrong("url", "must begin with https://")
    if not 0 <= serve.port < 65536:
        table.wrong("port", "takes a number from 1 to 65535")
    for place in serve.reach:
        if not place.rpartition(":")[2].isdigit():
            table.wrong("reach", f'"{place}" is no "host:port"')
    return serve


def _bot(root: Table, channels: Mapping[str, str], serve: Serve) -> Bot | None:
    if not root.has("bot"):
        return None
    table = root.table("bot")
    bot = Bot(
        channel=table.take("channel", "text", None) or "",
        users=table.take("users", "words", {}),
        chats=table.take("chats", "list", ()),
        lang=table.take("lang", "text", ""),
        mode=table.take("mode", "polling|webhook", "polling"),
        snooze=table.take("snooze", "span", timedelta(minutes=15)),
    )
    telegrams = [name for name, kind in channels.items() if kind == "telegram"]
    if bot.channel and bot.channel not in telegrams:
        table.wrong("channel", f'"{bot.channel}" is no channel of kind telegram' + near(bot.channel, telegrams))
    if bot.mode == "webhook" and not serve.url.startswith("https://"):
        table.wrong("mode", "is webhook: then [serve] url must say where Telegram reaches us, with https://")
    if not bot.users:
        table.wrong("users", 'is missing; it names who may decide: { "123456789" = "anna" }')
    for id in bot.users:
        if not id.isdigit():
            table.wrong("users", f'"{id}" is no Telegram user id; the bot answers /id with it')
    return bot


def _zone(table: Table) -> str:
    zone: str = table.take("timezone", "text", "UTC")
    _known_zone(table, zone)
    return zone


def _known_zone(table: Table, zone: Any) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        table.wrong("timezone", f'"{zone}" is no time zone; write it as Europe/Berlin')
