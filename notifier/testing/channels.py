"""The suite that every channel passes. Subclass it, 10 to 30 lines, and pytest runs it against your adapter.

Such as this one, in your tests:

    class TestPager(ChannelContract):
        secrets = ("s3cret-token",)

        @pytest.fixture
        def remote(self):
            pager = Pager()                                # the remote's own state, yours to write
            with FakeRemote(pager.answer) as remote:
                remote.pager = pager
                yield remote

        def changes(self, remote):
            return len(remote.pager.journal)

        def connect(self, remote):
            return connect(Config(url=remote.url, token=Secret("s3cret-token")))

        def dead(self):
            return connect(Config(url=refused(), token=Secret("s3cret-token")))
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar

from notifier.channel import Channel, DeliveryError, Message, Permanent, Receipt, Temporary, Unsure
from notifier.testing.trying import Verdict, expect, failure, hurried, opened, skip, through_json

VERDICTS: dict[str, Verdict] = {
    "throttle": Temporary,
    "unavailable": Temporary,
    "denied": Permanent,
    "refused": Temporary,
    "drop_before": (Temporary, Unsure),
    "drop_after": Unsure,
    "hang": Unsure,
}
FAULTS = tuple(fault for fault in ("busy", *VERDICTS) if fault != "refused")
_numbers = count(1)


class ChannelContract:
    """What a subclass says, then the tests.

    A pytest fixture ``remote`` gives a remote of any protocol with a method ``fault(name)``: the next request ends so;
    "" makes it behave again. FakeRemote says what each fault means.
    secrets: what must never show in an error or a log. verdicts: fault -> the error it ends in, where it differs from
    VERDICTS ("busy" is Temporary when ``limits.same_key`` is above 0, else Unsure). retry_after: what the remote says
    on "throttle", in seconds; None when it says nothing. warm: whether the first call asks the remote for more than
    the post itself, so that a fault would hit the wrong request; then one post goes ahead of each fault.
    An adapter whose calls wait keeps its time-outs in an attribute ``timeout``, a pair of seconds (connect, read),
    which is set to ``patience`` while the remote hangs.
    """

    secrets: ClassVar[tuple[str, ...]] = ()
    verdicts: ClassVar[dict[str, Verdict]] = {}
    faults: ClassVar[tuple[str, ...]] = FAULTS
    retry_after: float | None = 7
    warm = False
    patience: tuple[float, float] = (2, 0.4)

    def connect(self, remote: Any) -> Channel:
        """A channel to that remote, from the same configuration each time."""
        raise NotImplementedError(f"{type(self).__name__}.connect(remote)")  # a subclass says it

    def dead(self) -> Channel:
        """A channel to an address where nobody listens; see refused()."""
        raise NotImplementedError(f"{type(self).__name__}.dead()")  # a subclass says it

    def changes(self, remote: Any) -> int:
        """How often the remote's own state was changed so far: a message stored, edited, pinned, unpinned, deleted.

        Counted where it happens, in the remote, and not by requests; what was so already is no change.
        """
        raise NotImplementedError(f"{type(self).__name__}.changes(remote)")  # a subclass says it

    def message(self, **over: Any) -> Message:
        """A message as rendering makes them: another key and other words each time, the same thread."""
        number = next(_numbers)
        text = over.pop("text", f"Voice is down, word {number}. We are looking into it.")
        given: dict[str, Any] = {
            "key": f"in1-u{number}-c1",
            "plain": text,
            "title": "Voice is down",
            "lang": "en",
            "link": "https://status.example.org/i/1",
            "thread": "in1",
            "data": {
                "step": "post",
                "incident": {"id": "in1"},
                "update": {"seq": number, "at": "2011-11-19T20:14:00Z"},
            },
        }
        return Message(text=text, **{**given, **over})

    # Said and done

    def test_post_is_one_change(self, remote: Any) -> None:
        """A post arrives once, and gives back a receipt."""
        with opened(self.connect(remote)) as channel:
            receipt = self._one_change(remote, lambda: channel.post(self.message()))
            assert isinstance(receipt, Receipt), f"post returned {receipt!r}, not a Receipt"

    def test_two_posts_are_two_changes(self, remote: Any) -> None:
        """Two different messages both arrive."""
        with opened(self.connect(remote)) as channel:
            self._changing(remote, lambda: [channel.post(self.message()), channel.post(self.message())], 2)

    def test_text_of_full_size_is_accepted(self, remote: Any) -> None:
        """A text of exactly limits.size arrives."""
        with opened(self.connect(remote)) as channel:
            size = channel.limits.size
            if size is None:
                skip("no limit of size")
            self._one_change(remote, lambda: channel.post(self.message(text="a" * size)))

    def test_same_key_twice_is_one_message(self, remote: Any) -> None:
        """Where the remote knows keys, a repeat with the same key makes no second message."""
        with opened(self.connect(remote)) as channel:
            if not channel.limits.same_key:
                skip("limits.same_key is 0")
            before, message = self.changes(remote), self.message()
            first, second = channel.post(message), channel.post(message)
            assert self.changes(remote) - before == 1, "a repeat with the same key made a second message"
            assert first == second, f"a repeat gave another receipt: {first!r}, then {second!r}"

    def test_close_twice_is_harmless(self, remote: Any) -> None:
        """Closing never raises, used or unused, once or twice."""
        self.connect(remote).close()
        channel = self.connect(remote)
        channel.post(self.message())
        channel.close()
        channel.close()

    # Receipts are values: they come back from JSON, in another process

    def test_reply_after_restart(self, remote: Any) -> None:
        """A new channel object answers a message that an earlier one posted: one change."""
        receipt, channel = self._restarted(remote, "reply")
        with opened(channel):
            answer = self._one_change(remote, lambda: channel.reply(receipt, self.message()))
            assert isinstance(answer, Receipt), f"reply returned {answer!r}, not a Receipt"
            assert answer != receipt, "an answer is a message of its own, with a receipt of its own"

    def test_edit_after_restart(self, remote: Any) -> None:
        """A new channel object edits an earlier message: one change; the same words again are success."""
        receipt, channel = self._restarted(remote, "edit")
        with opened(channel):
            words = self.message()
            edited = self._one_change(remote, lambda: channel.edit(receipt, words))
            assert isinstance(edited, Receipt), f"edit returned {edited!r}, not a Receipt"
            self._no_change(remote, lambda: channel.edit(edited, words))

    def test_edit_keeps_receipt_usable(self, remote: Any) -> None:
        """The receipt that an edit returns can be edited again."""
        receipt, channel = self._restarted(remote, "edit")
        with opened(channel):
            edited = through_json(channel.edit(receipt, self.message()))
            self._one_change(remote, lambda: channel.edit(edited, self.message()))

    def test_pin_and_unpin_after_restart(self, remote: Any) -> None:
        """A new channel object pins an earlier message and unpins it: one change each; repeats are success."""
        receipt, channel = self._restarted(remote, "pin")
        with opened(channel):
            pinned = self._one_change(remote, lambda: channel.pin(receipt))
            self._no_change(remote, lambda: channel.pin(receipt))
            unpinned = self._one_change(remote, lambda: channel.unpin(receipt))
            self._no_change(remote, lambda: channel.unpin(receipt))
            assert isinstance(pinned, Receipt), f"pin returned {pinned!r}, not a Receipt"
            assert isinstance(unpinned, Receipt), f"unpin returned {unpinned!r}, not a Receipt"

    def test_delete_after_restart(self, remote: Any) -> None:
        """A new channel object deletes an earlier message: one change; deleting it again is success."""
        receipt, channel = self._restarted(remote, "delete")
        with opened(channel):
            deleted = self._one_change(remote, lambda: channel.delete(receipt))
            assert isinstance(deleted, Receipt), f"delete returned {deleted!r}, not a Receipt"
            self._no_change(remote, lambda: channel.delete(receipt))

    def test_edit_of_a_deleted_message_is_permanent(self, remote: Any) -> None:
        """What is gone cannot be edited, ever."""
        receipt, channel = self._restarted(remote, "delete")
        with opened(channel):
            if not hasattr(channel, "edit"):
                skip("has no edit")
            channel.delete(receipt)
            expect(failure(lambda: channel.edit(receipt, self.message())), Permanent, "an edit of what is gone")

    def test_reply_to_a_deleted_message_is_posted(self, remote: Any) -> None:
        """A message that is gone is no obstacle to the news: they are posted all the same."""
        receipt, channel = self._restarted(remote, "delete")
        with opened(channel):
            if not hasattr(channel, "reply"):
                skip("has no reply")
            channel.delete(receipt)
            self._one_change(remote, lambda: channel.reply(receipt, self.message()))

    # Looking

    def test_find_settles_doubt(self, remote: Any) -> None:
        """A message that arrived is found, by another channel object too; one that did not is not. Nothing changes."""
        channel = self._able(remote, "find")
        message = self.message()
        with opened(channel):
            posted = channel.post(message)
        with opened(self.connect(remote)) as other:
            found = self._no_change(remote, lambda: other.find(message))
            assert found is not None, "the message is there and was not found"
            assert found.id == posted.id, f"found {found.id!r} where {posted.id!r} was posted"
            missing = self._no_change(remote, lambda: other.find(self.message()))
            assert missing is None, f"found {missing!r}, which nobody posted"

    def test_find_after_a_lost_answer(self, remote: Any) -> None:
        """What an unsure post left behind is found."""
        self._needs("drop_after")
        with opened(self._able(remote, "find")) as channel:
            message = self.message()
            self._post_meets(remote, channel, "drop_after", message)
            assert channel.find(message) is not None, "the lost answer's message is there and was not found"

    def test_probe_changes_nothing(self, remote: Any) -> None:
        """Trying credentials and reachability says one line and leaves no trace."""
        channel = self._able(remote, "probe")
        with opened(channel):
            said = self._no_change(remote, channel.probe)
            assert isinstance(said, str), f"probe returned {said!r}, not a line of text"
            assert "\n" not in said, "probe is to say one line"

    def test_probe_tells_bad_credentials(self, remote: Any) -> None:
        """Refused credentials are told as what breaks the whole channel."""
        channel = self._able(remote, "probe")
        self._needs("denied")
        with opened(channel):
            expect(self._met(remote, channel, "denied", channel.probe), self._wanted("denied", channel), "denied")

    # Faults: each ends in the one error that says what is known

    def test_throttle(self, remote: Any) -> None:
        """Too many requests: later, and not before the remote said."""
        error = self._fault(remote, "throttle")
        after = getattr(error, "after", None)
        if isinstance(error, Temporary) and self.retry_after is not None:
            assert after is not None, "the remote said when to come back, the error does not"
            assert abs(after - self.retry_after) <= 2, f"after {after} s where the remote said {self.retry_after}"

    def test_unavailable(self, remote: Any) -> None:
        """Down for maintenance: later."""
        self._fault(remote, "unavailable")

    def test_busy(self, remote: Any) -> None:
        """An inner error: it may have been delivered, unless a repeat is harmless."""
        self._fault(remote, "busy")

    def test_denied(self, remote: Any) -> None:
        """Credentials refused: never, and not for other messages either."""
        error = self._fault(remote, "denied")
        if isinstance(error, Permanent):
            assert error.whole, "refused credentials break the whole channel, not this message"

    def test_drop_before(self, remote: Any) -> None:
        """Connection reset while sending: later or unsure, never given up."""
        self._fault(remote, "drop_before")

    def test_drop_after(self, remote: Any) -> None:
        """Taken, and the connection lost before the answer: unsure."""
        self._fault(remote, "drop_after")

    def test_hang(self, remote: Any) -> None:
        """Taken, and no answer in time: unsure, and within the time-out."""
        self._fault(remote, "hang")

    def test_refused(self) -> None:
        """Nobody listens: surely not delivered, later."""
        with opened(self.dead()) as channel:
            expect(failure(lambda: channel.post(self.message())), self._wanted("refused", channel), "refused")

    def test_abilities_keep_the_verdict_of_a_lost_answer(self, remote: Any) -> None:
        """Not only a post may lose its answer: a reply is unsure too, and what may be repeated is never given up."""
        self._needs("drop_after")
        with opened(self.connect(remote)) as channel:
            calls = self._calls(channel, channel.post(self.message()))
            if not calls:
                skip("can only post")
            for verb, call in calls.items():
                wanted = self._wanted("drop_after", channel) if verb == "reply" else (Temporary, Unsure)
                expect(self._met(remote, channel, "drop_after", call), wanted, f"{verb} meeting drop_after")

    # Secrets

    def test_secrets_never_show(self, remote: Any, caplog: Any) -> None:
        """Whatever goes wrong: no secret in the error, its repr, its traceback, nor in the log at DEBUG."""
        if not self.secrets:
            skip("has no secrets")
        caplog.set_level(logging.DEBUG)
        for fault in self.faults:
            with opened(self.connect(remote)) as channel:
                self._conceals(repr(channel), "repr of the channel")
                self._error_conceals(self._post_meets(remote, channel, fault, self.message()))
        with opened(self.dead()) as channel:
            self._error_conceals(failure(lambda: channel.post(self.message())))
        self._conceals("\n".join(caplog.messages) + caplog.text, "the log")

    def test_secrets_never_show_in_what_works(self, remote: Any, caplog: Any) -> None:
        """When all is well the log at DEBUG has no secret either, nor has the receipt."""
        if not self.secrets:
            skip("has no secrets")
        caplog.set_level(logging.DEBUG)
        with opened(self.connect(remote)) as channel:
            receipt = channel.post(self.message())
            self._conceals(json.dumps(vars(receipt)), "the receipt")
        self._conceals("\n".join(caplog.messages) + caplog.text, "the log")

    # How they are done

    def _fault(self, remote: Any, fault: str) -> DeliveryError:
        """Meet a fault with a post, judge the error, and see that the next post gets through."""
        self._needs(fault)
        with opened(self.connect(remote)) as channel:
            error = self._post_meets(remote, channel, fault, self.message())
            before = self.changes(remote)
            channel.post(self.message())
            assert self.changes(remote) - before == 1, f"the channel was of no use after {fault}"
        return error

    def _post_meets(self, remote: Any, channel: Channel, fault: str, message: Message) -> DeliveryError:
        """The error in which a post ends when it meets ``fault``, judged."""
        if self.warm:
            channel.post(self.message())
        error = self._met(remote, channel, fault, lambda: channel.post(message))
        expect(error, self._wanted(fault, channel), fault)
        return error

    def _met(self, remote: Any, channel: Channel, fault: str, call: Callable[[], object]) -> DeliveryError:
        """The error in which ``call`` ends when it meets ``fault``."""
        remote.fault(fault)
        with hurried(channel, self.patience if fault == "hang" else None):
            error = failure(call)
        remote.fault("")
        return error

    def _wanted(self, fault: str, channel: Channel) -> Verdict:
        usual = {"busy": Temporary if channel.limits.same_key > 0 else Unsure, **VERDICTS}
        return {**usual, **self.verdicts}[fault]

    def _needs(self, fault: str) -> None:
        if fault not in self.faults:
            skip(f"cannot meet {fault}")

    def _able(self, remote: Any, verb: str) -> Any:
        channel = self.connect(remote)
        if not hasattr(channel, verb):
            channel.close()
            skip(f"has no {verb}")
        return channel

    def _restarted(self, remote: Any, verb: str) -> tuple[Receipt, Any]:
        """A receipt that went through JSON, and a new channel of the same configuration."""
        with opened(self._able(remote, verb)) as channel:
            receipt = channel.post(self.message())
        return through_json(receipt), self.connect(remote)

    def _calls(self, channel: Any, receipt: Receipt) -> dict[str, Callable[[], object]]:
        """One call of each ability that changes something, by its verb."""
        calls: dict[str, Callable[[], object]] = {
            "reply": lambda: channel.reply(receipt, self.message()),
            "edit": lambda: channel.edit(receipt, self.message()),
            "pin": lambda: channel.pin(receipt),
            "unpin": lambda: channel.unpin(receipt),
            "delete": lambda: channel.delete(receipt),
        }
        return {verb: call for verb, call in calls.items() if hasattr(channel, verb)}

    def _one_change(self, remote: Any, call: Callable[[], Any]) -> Any:
        return self._changing(remote, call, 1)

    def _no_change(self, remote: Any, call: Callable[[], Any]) -> Any:
        return self._changing(remote, call, 0)

    def _changing(self, remote: Any, call: Callable[[], Any], wanted: int) -> Any:
        before = self.changes(remote)
        result = call()
        made = self.changes(remote) - before
        assert made == wanted, f"{made} remote changes where {wanted} was to be made"
        return result

    def _error_conceals(self, error: DeliveryError) -> None:
        self._conceals("".join(traceback.format_exception(error)), "the traceback")
        self._conceals(f"{error} {error!r} {error.args!r} {vars(error)!r}", "the error")

    def _conceals(self, text: str, place: str) -> None:
        shown = [number for number, secret in enumerate(self.secrets) if secret in text]
        assert not shown, f"{place} shows secrets number {shown}"
