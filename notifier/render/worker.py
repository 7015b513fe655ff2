"""Scripts for the forum's own origin: the offline worker, the one that takes it away, and the banner.

Pure and deterministic: the same settings give the same bytes. The worker holds all it needs, the outage page included:
it loads nothing from the status hosts but ``status.json``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin, urlsplit

from notifier.model import Site
from notifier.render import markup, phrases
from notifier.render.site import text

_WORDS = (
    "title", "hang", "post", "no_notice", "offline", "unreachable", "waiting", "back", "retry", "wait", "home", "text",
    "copy", "off",
)  # fmt: skip
_PIECES = re.compile(
    r"""(?P<style>`\n[^`]*`) | `(?:\\.|[^`\\])*` | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | (?<=[(,=!:&|?\[{;>\s]) /(?![/*\s]) (?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+ /[a-z]*
    | (?P<gap>(?:\s|//[^\n]*|/\*.*?\*/)+)""",
    re.DOTALL | re.VERBOSE,
)


def settings(site: Site) -> dict[str, Any]:
    """What is baked into the worker; times in milliseconds. ``hosts`` are addresses of status.json, in order."""
    return {
        "status_url": text.home(site),
        "hosts": hosts(site),
        "wait": 4_000,
        "next": 1_000,
        "hang": _ms(site.worker.hang),
        "give_up": _ms(site.worker.give_up),
        "spread": _ms(site.worker.reload_spread),
        "poll": 20_000,
        "first": 4_000,
        "last": 60_000,
        "old": 3_600_000,
        "words": {lang: _words(site, lang) for lang in site.languages},
    }


def hosts(site: Site) -> list[str]:
    """Where status.json is found: on the worker's hosts, else beside the status page. Empty where neither is known."""
    bases = site.worker.hosts or ((text.home(site),) if text.home(site) else ())
    return [urljoin(base if base.endswith("/") else base + "/", "status.json") for base in bases]


def scope(site: Site) -> str:
    """The part of the forum that the worker looks after: the path of its address, with a slash at the end."""
    path = urlsplit(site.url).path
    return path if path.endswith("/") else path + "/"


def script(baked: Mapping[str, Any]) -> str:
    """The worker. ``baked``: what :func:`settings` gives."""
    style = _style()
    code = _whole("outage.js")
    page = _fill(text.asset("outage.html"), {"__STYLE__": style, "__SCRIPT__": code})
    values = {
        "__CONFIG__": _json(baked),
        "__HEADERS__": _json(_headers(baked["hosts"], style, code)),
        "__PAGE__": re.sub(r"[\\`]|\$\{", r"\\\g<0>", page),
    }
    return _fill(_whole("worker.js"), values)


def uninstaller() -> str:
    """A worker for the same address that removes itself, and what the other one kept."""
    return _slim(text.asset("unworker.js"))


def banner(baked: Mapping[str, Any] | None = None) -> str:
    """The banner's script. ``baked``: what :func:`for_banner` gives; without it, attributes of its element say it."""
    return _fill(_whole("banner.js"), {"__CONFIG__": _json(baked or {})})


def for_banner(site: Site) -> dict[str, Any]:
    """What is baked into the banner: addresses of status.json, and path and scope of the worker."""
    return {"hosts": hosts(site), "worker": site.worker.path, "scope": scope(site)}


def _words(site: Site, lang: str) -> dict[str, str]:
    """What the outage page says by itself; the words about incidents come with status.json."""
    keys = {"status_page": "page.status_page", **{name: f"outage.{name}" for name in _WORDS}}
    said = {name: markup.clean(phrases.say(lang, key, site)) for name, key in keys.items()}
    return {"dir": text.direction(lang), **said}


def _headers(urls: list[str], style: str, code: str) -> dict[str, str]:
    """Headers of the outage page: it may do what it must, and nothing else (CSP level 3)."""
    origins = dict.fromkeys("{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in urls)
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(code)}'; "
            f"connect-src 'self' {' '.join(origins)}; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'"
        ),
    }


def _digest(code: str) -> str:
    return "sha256-" + base64.b64encode(sha256(code.encode()).digest()).decode()


def _style() -> str:
    return _slim_style(text.asset("outage.css"))


def _whole(name: str) -> str:
    """A script with what it includes by lines such as ``//= ask.js``."""
    code = re.sub(r"^ *//= (\S+)$", lambda found: text.asset(found[1]), text.asset(name), flags=re.MULTILINE)
    return _slim(code)


def _slim(code: str) -> str:
    """A script without spaces and comments that mean nothing, but for the comment at its top.

    It must end its statements by semicolons; a template may not stand in a template, nor a pattern begin with a space.
    """
    top, body = re.fullmatch(r"(/\*.*?\*/\n)?(.*)", code, re.DOTALL).groups()  # type: ignore[union-attr]
    return (top or "") + _PIECES.sub(_piece, body.strip()) + "\n"


def _piece(found: re.Match[str]) -> str:
    """A string or pattern stays; space stays between two words; a style in a template is slimmed too."""
    code, here = found.string, found[0]
    if found["style"]:
        return f"`{_slim_style(here[1:-1])}`"
    if not found["gap"]:
        return here
    around = code[found.start() - 1 : found.start()] + code[found.end() : found.end() + 1]
    return " " if re.fullmatch(r"[\w$]{2}|\+\+|--", around) else ""


def _slim_style(style: str) -> str:
    return re.sub(r"\s*([{};,>])\s*|(:) +", r"\1\2", " ".join(style.split())).replace(";}", "}")


def _fill(template: str, values: Mapping[str, str]) -> str:
    """``template`` with each name replaced; what is put in is not looked at again."""
    return re.sub("|".join(map(re.escape, values)), lambda found: values[found[0]], template)


def _json(data: Any) -> str:
    """JSON that can stand in a script: pure ASCII, without "<"."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _ms(span: timedelta) -> int:
    return round(span / timedelta(milliseconds=1))
