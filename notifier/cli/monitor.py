"""The commands for tools that run commands: signal, watch, heartbeats."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from notifier import heartbeat, wire
from notifier.beats import Beats
from notifier.cli import begin, options, report
from notifier.cli.deliver import daemon
from notifier.cli.draft import Desk, desk
from notifier.cli.report import Entry
from notifier.cli.shell import complain, say
from notifier.incident import Refused
from notifier.source import Kind, Malformed, Options, Request, Signal
from notifier.store import StoreError
from notifier.store.intake import Heartbeat, Inbound
from notifier.tables import span

TAIL = 2000
TIMED_OUT = 124
_Severity = Annotated[str, typer.Option("--severity", metavar="WORD", help="critical, major, minor, info, ...")]
_Component = Annotated[str, typer.Option("-c", "--component", metavar="NAME", help="What it is about.")]


def signal_(
    ctx: typer.Context,
    state: str = typer.Argument("", metavar="[STATE]", help="problem or recovery."),
    key: str = typer.Argument("", metavar="[KEY]", help="What names the problem; the same for its recovery."),
    component: _Component = "",
    severity: _Severity = "critical",
    title: str = typer.Option("", "-t", "--title", help="What is wrong, for the admins."),
    text: str = typer.Option("", "-m", "--message", help="More about it."),
    hook: str = typer.Option("", "--hook", metavar="NAME", help="Speak as this hook."),
    nagios: bool = typer.Option(False, "--nagios", help="Read what Nagios put into the environment."),
    icinga: bool = typer.Option(False, "--icinga", help="Read what Icinga 2 put into the environment."),
    checkmk: bool = typer.Option(False, "--checkmk", help="Read what Checkmk put into the environment."),
    monit: bool = typer.Option(False, "--monit", help="Read what Monit put into the environment."),
    netdata: bool = typer.Option(False, "--netdata", help="Read what Netdata put into the environment."),
    env_file: Path | None = typer.Option(None, "--env-file", metavar="FILE", help="Read a recorded environment."),
    as_json: options.Json = False,
) -> int:
    """Say that something is wrong, or that it is over: for monitoring tools that run commands."""
    tools = {"nagios": nagios, "icinga2": icinga, "checkmk": checkmk, "monit": monit, "netdata": netdata}
    chosen = [name for name, wanted in tools.items() if wanted]
    if len(chosen) > 1 or bool(chosen) == bool(state):
        raise Refused("Say problem or recovery and a key, or one of --nagios, --icinga, --checkmk, --monit, --netdata.")
    try:
        at_desk = desk(ctx)
        if chosen:
            how = _afar if begin.remote(ctx) else _environment
            verdicts = how(at_desk, chosen[0], hook or chosen[0], _env(env_file))
        else:
            said = _plain(at_desk, state, key, component, severity, title, text)
            verdicts = at_desk.intake.hear(hook or "signal", [said])
        _push(at_desk)
    except StoreError as error:
        if not checkmk:
            raise
        complain(str(error))
        return 1  # Checkmk tries again after 1, and never after 2
    _tell(verdicts, as_json)
    return 0


def watch_(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME", help="What names it; a heartbeat of that name reports, too."),
    command: list[str] = typer.Argument(..., metavar="-- COMMAND", help="The command and its words."),
    component: _Component = "",
    severity: _Severity = "major",
    timeout: str = typer.Option("", "--timeout", metavar="SPAN", help="Longer is a failure: 90s, 15m, 2h."),
) -> int:
    """Run a command, for cron: if it fails or takes too long, that is a problem; when it works again, it is over."""
    limit = _span(timeout)
    _report(ctx, name, heartbeat.START)
    code, tail = _run(command, limit)
    why = "" if code == 0 else f"took longer than {timeout}" if code == TIMED_OUT and limit else f"exit status {code}"
    try:
        at_desk = desk(ctx)
        said = Signal(
            source="watch",
            key=name,
            kind=Kind.PROBLEM if why else Kind.RECOVERY,
            received=at_desk.store.now(),
            component=component or name,
            severity=severity if why else "",
            title=f"{name}: {why}" if why else f"{name}: it works",
            text=tail if why else "",
        )
        at_desk.intake.hear("watch", [said])
        _report(ctx, name, heartbeat.FAIL if why else heartbeat.SUCCESS, why)
        _push(at_desk)
    except (StoreError, Refused) as error:
        complain(f"{name}: what came of it could not be recorded. {error}")
        return code or 2
    return code


def heartbeats_(ctx: typer.Context, as_json: options.Json = False) -> int:
    """List the jobs that report by heartbeats, and how they are."""
    at_desk = desk(ctx)
    beats = at_desk.heartbeats()
    if as_json:
        report.say_json([wire.heartbeat(beat) for beat in beats])
        return 0
    zone = ZoneInfo(at_desk.house.site.timezone)
    entries = [_listed(beat, zone) for beat in beats]
    report.page(entries or [Entry("The configuration names none; [heartbeats.NAME] would.")])
    return 0


# signal


def _plain(at_desk: Desk, state: str, key: str, component: str, severity: str, title: str, text: str) -> Signal:
    if state not in (Kind.PROBLEM, Kind.RECOVERY):
        raise Refused(f'"{state}": say problem or recovery.')
    if not key:
        raise Refused("Say a key, by which the recovery finds its problem: notifier signal problem voice")
    named = title or f"{component or key}: {state}"
    now = at_desk.store.now()
    word = severity if state == Kind.PROBLEM else ""
    return Signal("signal", key, Kind(state), now, component or key, word, title=named, text=text)


def _env(file: Path | None) -> Mapping[str, str]:
    """The environment, never a shell's words: what a plugin printed may hold anything."""
    if file is None:
        from notifier.inbound._read import decoded

        return {decoded(os.fsencode(name)): decoded(os.fsencode(said)) for name, said in os.environ.items()}
    from notifier.inbound.recorded import recorded

    env = recorded(file.read_bytes(), datetime.min).env
    if not env:
        raise Refused(f"{file} holds no lines such as NAME=value.")
    return env


def _environment(at_desk: Desk, source: str, hook: str, env: Mapping[str, str]) -> list[str]:
    """Stored as a request first, then weighed. Raises Refused for what cannot be read, which is kept as well."""
    store, intake = at_desk.store, at_desk.intake
    kept = _kept(source, env)
    with store.transaction():
        number = store.intake.take_in(Inbound(hook, source, Request(store.now(), method="RUN", env=kept)))
    while intake.weigh():
        pass
    one = store.intake.request(number)
    if one is not None and one.state == "bad":
        raise Refused(f"Request {number} cannot be read: {one.why} It is kept: notifier signals --bad")
    return [h.verdict for h in reversed(store.intake.heard(100)) if h.request == number]


def _afar(at_desk: Desk, source: str, hook: str, env: Mapping[str, str]) -> list[str]:
    """Read here, weighed by the server. Raises Refused."""
    from notifier import inbound

    try:
        signals = inbound.source(source)(Request(at_desk.store.now(), method="RUN", env=env), Options())
    except Malformed as error:
        raise Refused(str(error)) from error
    return at_desk.intake.hear(hook, signals)


def _kept(source: str, env: Mapping[str, str]) -> dict[str, str]:
    """What the tool said, as far as its names tell it from what the machine's environment holds besides."""
    if source in ("nagios", "checkmk", "monit"):
        return {k: v for k, v in env.items() if k.startswith(("NAGIOS_", "NOTIFY_", "MONIT_"))}
    kept = _harmless(env)
    if source == "netdata":
        return {k: v for k, v in kept.items() if k.islower() and not k.endswith("_proxy")}
    return kept


_OURS = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "TERM", "LANG", "MAIL", "_")


def _harmless(env: Mapping[str, str]) -> dict[str, str]:
    """Without what a shell brings along and what looks like a secret."""
    words = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE", "API_KEY")
    return {k: v for k, v in env.items() if k not in _OURS and not any(w in k.upper() for w in words)}


def _tell(verdicts: list[str], as_json: bool) -> None:
    if as_json:
        report.say_json({"verdicts": verdicts})
    else:
        say("\n".join(verdicts) or "It said nothing about a problem.")


def _push(at_desk: Desk) -> None:
    """What follows is delivered, unless somebody is at work already."""
    if at_desk.store.waiting() and not daemon(at_desk.store):
        at_desk.house.dispatcher(at_desk.store, "cli").run_dry()


# watch


def _span(text: str) -> float | None:
    try:
        return span(text).total_seconds() if text else None
    except ValueError as error:
        raise Refused(f"--timeout: {error}") from error


def _report(ctx: Any, name: str, what: str, status: str = "") -> None:
    """To the heartbeat of that name, if there is one. Nothing of ours keeps the command from running."""
    if begin.remote(ctx):
        return  # heartbeats are the server's; what came of the command is told it as a signal
    try:
        at_desk = desk(ctx)
        intake = at_desk.intake
        for job in intake.duty.jobs:
            if job.name == name:
                Beats(intake).ping(job, what, status)
        at_desk.store.close()
    except (StoreError, Refused) as error:
        if what != heartbeat.START:
            raise
        complain(f"{name}: its start could not be recorded. {error}")


def _run(command: list[str], limit: float | None) -> tuple[int, str]:
    """Exit status and the end of what it printed, which is passed on as it comes. No shell reads the words."""
    import threading

    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    except OSError as error:
        complain(f"{command[0]}: {error.strerror}")
        return 127, f"{command[0]}: {error.strerror}"
    timed = threading.Timer(limit or 0, lambda: _kill(process))
    with process:
        try:
            if limit:
                timed.start()
            tail, code = _passed_on(process), process.wait()
        except KeyboardInterrupt:
            _kill(process)
            raise
    late = limit is not None and not timed.is_alive()
    timed.cancel()
    return (TIMED_OUT if late and code < 0 else code if code >= 0 else 128 - code), tail


def _passed_on(process: subprocess.Popen[bytes]) -> str:
    """The end of what it prints, all of which goes to our own output."""
    tail: list[str] = []
    for line in process.stdout or ():
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
        tail = [*tail[-49:], line.decode("utf-8", "replace")]
    return "".join(tail)[-TAIL:]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The command and what it started."""
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


# heartbeats


def _listed(beat: Heartbeat, zone: ZoneInfo) -> Entry:
    looks = {"up": "green", "down": "bold red"}
    last = f"last {beat.last.astimezone(zone):%d.%m. %H:%M:%S}" if beat.last else "has never reported"
    due = f", expected till {beat.due.astimezone(zone):%d.%m. %H:%M:%S}" if beat.due else ""
    return Entry(f"{beat.state:<5} {beat.name}  ", f"{last}{due} {beat.status}".rstrip(), looks.get(beat.state, ""))
