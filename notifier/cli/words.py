"""Where texts and times come from: options, standard input, the editor, or the ready phrases."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.incident import Refused
from notifier.model import Texts, Window

_TAGGED = re.compile(r"([a-z]{2,3}(?:-[A-Za-z]{2,4})?)=(.*)", re.S)
_AGO = re.compile(r"-?(\d+)\s*(m|min|h)")
_AHEAD = re.compile(r"\+?(\d{1,5})\s*(m|min|h|d)")
_LENGTH = re.compile(r"(?:(\d{1,5})\s*d)?\s*(?:(\d{1,5})\s*h)?\s*(?:(\d{1,5})\s*m(?:in)?)?")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}
_LANGUAGES = frozenset(
    "ar bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka ko lb lt lv mk mt nb nl "
    "nn no pl pt ro ru sk sl sq sr sv sw ta th tr uk ur vi zh".split()
)
_HINT = """\
# The text that users will read, for each language below its line.
# Lines that begin with # are left out. Leave it empty to store nothing.
"""


def texts(given: Sequence[str], languages: Sequence[str], option: str) -> dict[str, str]:
    """Texts by language from what stood behind -m or -t. Raises Refused."""
    found: dict[str, str] = {}
    for one in given:
        match = _TAGGED.fullmatch(one)
        tagged = match is not None and (match[1] in languages or match[1] in _LANGUAGES)
        lang, text = (match[1], match[2]) if match and tagged else (languages[0], one)
        if lang not in languages:
            known = ", ".join(languages)
            raise Refused(f"{option} {lang}=...: {lang} is none of the languages of this site ({known}).")
        if lang in found:
            raise Refused(f'{option}: two texts for {lang}. Write {option} de="..." {option} en="..." for several.')
        found[lang] = text
    return found


def message(given: Sequence[str], languages: Sequence[str], ready: Texts, ask: bool) -> Texts:
    """The text of an update: from -m, standard input, the editor if ``ask``, else the ready phrases."""
    if list(given) == ["-"]:
        return texts([sys.stdin.read()], languages, "-m")
    if given:
        return texts(given, languages, "-m")
    if piped():
        read = sys.stdin.read().strip()
        return texts([read], languages, "-m") if read else ready
    return edit(ready) if ask and sys.stdin.isatty() and sys.stdout.isatty() else ready


def piped() -> bool:
    """Whether standard input is a pipe or a file, so that somebody means us to read it."""
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or (stat.S_ISREG(mode) and os.fstat(0).st_size > 0)


def edit(ready: Texts) -> Texts:
    """The text from $EDITOR, which shows the ready phrases. Raises Refused when it is left empty."""
    template = _HINT + "".join(f"\n--- {lang}\n{text}\n" for lang, text in ready.items())
    found = unfold(_from_editor(template), next(iter(ready)))
    if not found:
        raise Refused("The text was empty. Nothing was stored.")
    return found


def _from_editor(template: str) -> str:
    import shlex
    import subprocess
    from tempfile import NamedTemporaryFile

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano"
    with NamedTemporaryFile("w+", suffix=".md", encoding="utf-8") as file:
        file.write(template)
        file.flush()
        try:
            subprocess.run([*shlex.split(editor), file.name], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Refused(f"The editor {editor} did not work; set $EDITOR, or give the text by -m.") from error
        with open(file.name, encoding="utf-8") as written:
            return written.read()


def unfold(written: str, first: str) -> dict[str, str]:
    """Texts by language from an edited template."""
    found: dict[str, list[str]] = {}
    lang = first
    for line in written.splitlines():
        if line.startswith("#"):
            continue
        if match := re.fullmatch(r"---\s*([A-Za-z-]{2,12})\s*", line):
            lang = match[1]
        else:
            found.setdefault(lang, []).append(line)
    joined = {lang: "\n".join(lines).strip() for lang, lines in found.items()}
    return {lang: text for lang, text in joined.items() if text}


def moment(text: str | None, now: datetime, zone: str) -> datetime | None:
    """What --at names, aware UTC: "15:00" of today or yesterday, "20m" ago, or a whole date. Raises Refused."""
    if text is None:
        return None
    from datetime import UTC
    from zoneinfo import ZoneInfo

    local = now.astimezone(ZoneInfo(zone))
    text = text.strip()
    try:
        if match := _AGO.fullmatch(text):
            return now - timedelta(**{"hours" if match[2] == "h" else "minutes": int(match[1])})
        if match := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
            at = local.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
            return (at if at <= local else at - timedelta(days=1)).astimezone(UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f'--at "{text}": write a time as 15:00, 20m (ago), or 2026-05-01 15:00.') from error


def window(
    begins: str | None, until: str | None, lasts: str | None, now: datetime, zone: str, was: Window | None = None
) -> Window:
    """The window that --from, --until and --for name; what is not said stays as it ``was``. Raises Refused."""
    if until and lasts:
        raise Refused("--until and --for: say one of them.")
    if was and not (begins or until or lasts):
        raise Refused("Say the new time: --from, --until or --for.")
    if not was and not begins:
        raise Refused('Say when it begins: --from "2026-12-01 02:00".')
    if not was and not (until or lasts):
        raise Refused('Say how long it takes: --until "04:00" or --for 2h.')
    start = ahead(begins, now, now, zone, "--from") if begins else was.start if was else now
    if until:
        return Window(start, ahead(until, now, max(start, now), zone, "--until"))
    if lasts:
        return Window(start, start + length(lasts))
    return Window(start, start + (was.end - was.start if was else timedelta()))


def ahead(text: str, now: datetime, after: datetime, zone: str, option: str) -> datetime:
    """A time to come, aware UTC: "now", "+2h" from now, "02:00" as it is next ``after``, or a date and a time. Raises
    Refused."""
    from datetime import UTC
    from zoneinfo import ZoneInfo

    text, minute = text.strip(), now.replace(second=0, microsecond=0)
    if text == "now":
        return minute
    try:
        if match := _AHEAD.fullmatch(text):
            return minute + timedelta(**{_UNITS[match[2]]: int(match[1])})
        if match := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
            local = after.astimezone(ZoneInfo(zone))
            at = local.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
            return (at if at > local else at + timedelta(days=1)).astimezone(UTC)
        at = datetime.fromisoformat(text)
        if ":" not in text:
            raise ValueError(text)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(f'{option} "{text}": write a time as "2026-12-01 02:00", 02:00 (the next), or +2h.') from error


def length(text: str) -> timedelta:
    """How long "2h", "90m", "1h30m" or "1d" is. Raises Refused."""
    match = _LENGTH.fullmatch(text.strip())
    days, hours, minutes = (int(n or 0) for n in match.groups()) if match else (0, 0, 0)
    if not (days or hours or minutes):
        raise Refused(f'--for "{text}": write a length of time as 2h, 90m, or 1h30m.')
    return timedelta(days=days, hours=hours, minutes=minutes)
