"""The only line in the program that changes the outside world, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from notifier.channel import (
    DeliveryError,
    Message,
    Moved,
    Permanent,
    Receipt,
    Secret,
    SecretMissing,
    Temporary,
    Unsure,
)
from notifier.model import Step
from notifier.store import Claim
from notifier.values import replace

WAS = " was"
Files = Callable[[], Mapping[str, bytes]]


class Caller:
    """Makes the calls of one channel, one at a time, and turns whatever comes of them into an answer.

    ``files`` renders the site, for boards. No secret of the channel leaves in an answer.
    """

    def __init__(
        self, channel: Any, connect: Callable[[Any], Any], config: Any, secrets: Sequence[Secret], files: Files
    ) -> None:
        self._channel = channel
        self._connect = connect
        self._config = config
        self._secrets = secrets
        self._files = files
        self._moved: Mapping[str, str] = {}

    def perform(self, claim: Claim, step: Step, moved: Mapping[str, str]) -> Receipt | DeliveryError:
        """Make one step; never raises. ``moved``: keys of the configuration that have a new value."""
        try:
            self._follow(moved)
            receipt: Receipt = _call(self._channel, claim, step, self._files)
            return receipt
        except Moved as error:
            left = {f"{key}{WAS}": str(getattr(self._config, key)) for key in error.to}
            return Moved(self.scrub(error.why), {**error.to, **left})
        except DeliveryError as error:
            error.why = self.scrub(error.why)
            error.args = (error.why,)
            return error
        except SecretMissing as error:
            return Temporary(self.scrub(str(error)), whole=True)
        except Exception as error:
            _log(self._channel, error, self.scrub)
            return Unsure(self.scrub(f"{type(error).__name__}: {error}"))

    def _follow(self, moved: Mapping[str, str]) -> None:
        """Connect to where the channel has moved; a key that was configured anew meanwhile counts as it is."""
        if moved == self._moved:
            return
        at = {key: new for key, new in moved.items() if moved.get(key + WAS) == str(getattr(self._config, key, None))}
        self._channel.close()
        self._channel = self._connect(replace(self._config, **at))
        self._moved = moved

    def scrub(self, text: str) -> str:
        """``text`` without the channel's secrets, on one line."""
        for secret in self._secrets:
            text = secret.scrub(text)
        return " ".join(text.split())[:500]

    def close(self) -> None:
        """Let go of the channel's connections."""
        self._channel.close()


def _call(channel: Any, claim: Claim, step: Step, files: Files) -> Any:
    if step is Step.PUBLISH:
        return _publish(channel, files)
    message = claim.row.message or Message(claim.row.key, "")
    if step in (Step.POST, Step.REPLY) and claim.row.doubted is not None and hasattr(channel, "find"):
        found = channel.find(message)
        if found is not None:
            return found
    if step is Step.POST:
        return channel.post(message)
    if claim.target is None:
        raise Permanent(f"there is no message to {step}")
    receipt = claim.target.receipt
    if step is Step.REPLY:
        return channel.reply(receipt, message)
    if step is Step.EDIT:
        return channel.edit(receipt, message)
    return getattr(channel, step.value)(receipt)


def _publish(channel: Any, files: Files) -> Any:
    """An edition that was withdrawn while it was published is followed by the next at once: who was started for this
    publish alone will not be there for a later one."""
    given = files()
    try:
        return channel.publish(given)
    except Exception:
        if not getattr(given, "withdrawn", False):
            raise
    return channel.publish(files())


def _log(channel: Any, error: Exception, scrub: Callable[[str], str]) -> None:
    """What no table of the adapter knows is a fault to look into."""
    import logging
    import traceback

    lines = traceback.format_exception(error)
    logging.getLogger("notifier").error("%s: %s", type(channel).__module__, "\n".join(map(scrub, lines)))
