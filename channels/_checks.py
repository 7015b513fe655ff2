"""What kinds refuse in their configuration. Each raises a ValueError that begins with the key."""

from __future__ import annotations

import re

from channels._files import wrong
from notifier.channel import address_fault

LOGIN = re.compile(r"(?i)https?://[^/]*@|://[^/\[]*:(?!\d*(?:/|$))|^[^/@:]+:(?!//)[^/]*@")
BRANCH = re.compile(r"(?![-./])(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)))[\w./+#@=,-]*[\w+#@=,-](?<!^@)")


def address(key: str, given: str, like: str, login: str) -> None:
    """A web address. ``login``: the keys in which user and password stand."""
    if fault := address_fault(given, like):
        raise ValueError(f"{key}: {fault}" + (f"; put the login into {login}" if "password" in fault else ""))


def machine(host: str, port: int, like: str, usual: bool = True) -> None:
    """The name of a machine and a port. ``usual``: whether the port may be 0, for the usual one."""
    if not re.fullmatch(r"[\w.-]+|[\da-fA-F:.]+(%\w+)?", host):
        quoted = f'"{host}" ' if host.isprintable() and "@" not in host else ""
        raise ValueError(f"host: {quoted}must be a name and nothing else, such as {like}")
    if not (1 - usual) <= port <= 65535:
        raise ValueError("port: takes a number from 1 to 65535" + (", or 0 for the usual one" if usual else ""))


def bucket(given: str) -> None:
    """A name, whichever its service takes."""
    if not re.fullmatch(r"[^/\s]+", given):
        raise ValueError(f"bucket: {given!r} must be the name of one, such as status.example.org")


def inside(key: str, given: str, like: str) -> None:
    """A folder in something; none is its root."""
    inner = given.removesuffix("/")
    if given and (wrong(inner) or ".git" in inner.split("/") or '"' in inner or not inner.isprintable()):
        raise ValueError(f"{key}: {given!r} must lead down from the root, such as {like}")


def repository(given: str) -> None:
    """What git takes as a repository. It stands in errors, so it holds no password, nor the token of a user."""
    if given.startswith("-"):
        raise ValueError("repository: must not begin with -, as git would take it for an option; ./- begins a path")
    if LOGIN.search(given):
        raise ValueError("repository: must be without user and password; the keys user and token take these")


def branch(given: str) -> None:
    """A name that git takes for a branch, see git-check-ref-format(1)."""
    if not BRANCH.fullmatch(given):
        raise ValueError(f"branch: {given!r} is no name that git takes; it must look like gh-pages")
