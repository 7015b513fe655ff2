"""Where texts and times come from: options, standard input, the editor, or the ready phrases."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.incident import Refused
from notifier.model import Texts

_TAGGED = re.compile(r"([a-z]{2,3}(?:-[A-Za-z]{2,4})?)=(.*)", re.S)
_AGO = re.compile(r"-?(\d+)\s*(m|min|h)")
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
    if match := _AGO.fullmatch(text):
        return now - timedelta(**{"hours" if match[2] == "h" else "minutes": int(match[1])})
    try:
        if match := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
            at = local.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
            return (at if at <= local else at - timedelta(days=1)).astimezone(UTC)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f'--at "{text}": write a time as 15:00, 20m (ago), or 2026-05-01 15:00.') from error
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
