"""Between the program and the shell: what was asked for in general, what is said, what becomes of an error."""

from __future__ import annotations

import sys
from collections.abc import Callable

from notifier.channel import DeliveryError, MissingExtra, SecretMissing
from notifier.config import ConfigError
from notifier.incident import Refused
from notifier.store import StoreError
from notifier.values import value

USAGE = 2
STOPPED = 130
NOT_UTF8 = "The words given are not UTF-8 text. Nothing was stored. Set the terminal to UTF-8 (such as LANG=C.UTF-8)."


@value
class Asked:
    """What was asked for before the command: which configuration, whether to show tracebacks, which server to drive."""

    config: str | None = None
    debug: bool = False
    remote: str = ""


def guarded(call: Callable[[], int], debug: bool) -> int:
    """The exit code of ``call``; what goes wrong is told in one clear text."""
    try:
        return call()
    except (KeyboardInterrupt, EOFError):
        complain("Stopped. Nothing more was done.")
        return STOPPED
    except BrokenPipeError:
        return 0
    except UnicodeEncodeError:
        if debug:
            raise
        complain(NOT_UTF8)
        return USAGE
    except (Refused, StoreError, ConfigError, MissingExtra, SecretMissing, DeliveryError, OSError) as error:
        if debug:
            raise
        complain(_explain(error))
        return USAGE


def say(text: str = "") -> None:
    """Print a line at once, without what would steer the terminal or turn the words around."""
    print(plain(text), flush=True)


def complain(text: str) -> None:
    """Say something on standard error."""
    print(plain(text), file=sys.stderr, flush=True)


def plain(text: str) -> str:
    """``text`` without control characters and overrides of its direction, line breaks and tabs excepted."""
    if text.isprintable():
        return text
    from notifier.render import markup

    return markup.clean(text)


def confirm(question: str) -> bool:
    """Ask; only y or yes (j or ja) means yes."""
    return input(f"{plain(question)} [y/N]: ").strip().lower() in ("y", "yes", "j", "ja")


def _explain(error: Exception) -> str:
    if isinstance(error, ConfigError):
        return "The configuration needs mending:\n" + "\n".join(f"  {p}" for p in error.problems)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)
