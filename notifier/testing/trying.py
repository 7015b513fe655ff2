"""What the suites do again and again: open and close, expect an error, hurry, send a receipt through JSON."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from notifier.channel import DeliveryError, Receipt

Verdict = type[DeliveryError] | tuple[type[DeliveryError], ...]


def refused() -> str:
    """The address, such as "http://127.0.0.1:40001", of a port of this machine where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def failure(call: Callable[[], object]) -> DeliveryError:
    """The DeliveryError in which ``call`` ends. AssertionError when it ends well; other errors go through."""
    try:
        result = call()
    except DeliveryError as error:
        return error
    raise AssertionError(f"no error, but {result!r}")


def expect(error: DeliveryError, wanted: Verdict, what: str) -> None:
    """AssertionError unless ``error`` is of the ``wanted`` kind and says something to the admin."""
    names = [kind.__name__ for kind in (wanted if isinstance(wanted, tuple) else (wanted,))]
    assert isinstance(error, wanted), f"{what} ended in {error!r}, not in {' or '.join(names)}"
    assert error.why.strip(), f"{what}: the error says nothing to the admin"


def through_json(receipt: Receipt) -> Receipt:
    """The receipt as the store gives it back. AssertionError when it is not the same any more."""
    back = Receipt(**json.loads(json.dumps(vars(receipt))))
    assert back == receipt, f"JSON changes the receipt: {receipt!r} became {back!r}"
    return back


def skip(why: str) -> NoReturn:
    """Tell pytest that this test is not for this channel."""
    import pytest

    pytest.skip(why)


@contextmanager
def opened(channel: Any) -> Iterator[Any]:
    """The channel or board, closed at the end."""
    try:
        yield channel
    finally:
        channel.close()


@contextmanager
def hurried(channel: Any, patience: tuple[float, float] | None) -> Iterator[None]:
    """The channel's time-outs shortened for a while; None and channels without them stay as they are."""
    usual = getattr(channel, "timeout", None)
    if patience is None or usual is None:
        yield
        return
    channel.timeout = patience
    try:
        yield
    finally:
        channel.timeout = usual
