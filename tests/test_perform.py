"""The call that changes the outside world: every end of it is an answer, and no answer tells a secret."""

import pytest

from notifier.channel import (
    Message,
    Moved,
    Permanent,
    Receipt,
    Secret,
    SecretMissing,
    Temporary,
    Unsure,
    value,
)
from notifier.model import Delivery, Step
from notifier.perform import Caller
from notifier.store import Claim, Target


@value
class Config:
    token: Secret
    chat: str = "@old"


class Remote:
    """A channel whose next answers are given; it keeps where it was connected to and what it was asked."""

    def __init__(self, config, answers, log):
        self.config, self.answers, self.log = config, answers, log

    def _do(self, what, *about):
        self.log.append((what, self.config.chat, *(a.id if isinstance(a, Receipt) else a.text for a in about)))
        answer = self.answers.pop(0) if self.answers else Receipt("m")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def post(self, message):
        return self._do("post", message)

    def reply(self, to, message):
        return self._do("reply", to, message)

    def edit(self, receipt, message):
        return self._do("edit", receipt, message)

    def pin(self, receipt):
        return self._do("pin", receipt)

    def find(self, message):
        return self._do("find", message)

    def close(self):
        self.log.append(("close", self.config.chat))


def caller(*answers, chat="@old"):
    log: list[tuple] = []
    left = list(answers)
    config = Config(Secret("hush-hush-token"), chat)
    made = Caller(Remote(config, left, log), lambda c: Remote(c, left, log), config, (config.token,), dict)
    return made, log


def claim(step=Step.POST, target="", doubted=None):
    row = Delivery("x", "x/b", step, "k", message=Message("k", "Weg."), doubted=doubted)
    return Claim(row, Target(1, Receipt(target)) if target else None)


def test_each_step_is_one_call_with_its_receipt():
    """Post, reply, edit, pin."""
    calls, log = caller()
    for step, target in ((Step.POST, ""), (Step.REPLY, "r"), (Step.EDIT, "r"), (Step.PIN, "r")):
        assert calls.perform(claim(step, target), step, {}) == Receipt("m")

    assert [entry[0] for entry in log] == ["post", "reply", "edit", "pin"]
    assert log[1] == ("reply", "@old", "r", "Weg.")


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (Temporary("no hush-hush-token"), Temporary),
        (Permanent("no hush-hush-token"), Permanent),
        (ValueError("no hush-hush-token"), Unsure),
        (SecretMissing("NAME is not set"), Temporary),
        (OSError("hush-hush-token"), Unsure),
    ],
)
def test_whatever_is_raised_becomes_an_answer_without_secrets(raised, kind, caplog):
    """What no table knows is unsure, and logged; nothing tells the token."""
    calls, _ = caller(raised)

    answer = calls.perform(claim(), Step.POST, {})

    assert isinstance(answer, kind)
    assert "hush" not in answer.why + repr(answer) + caplog.text


def test_a_row_in_doubt_is_looked_up_before_it_is_said_again():
    """Found: that is its receipt. Not found: it is posted."""
    found, log = caller(Receipt("there"))
    assert found.perform(claim(doubted=1), Step.POST, {}) == Receipt("there")
    assert [e[0] for e in log] == ["find"]

    lost, log = caller(None, Receipt("new"))
    assert lost.perform(claim(doubted=1), Step.POST, {}) == Receipt("new")
    assert [e[0] for e in log] == ["find", "post"]


def test_a_channel_that_moved_is_followed_until_it_is_configured_anew():
    """The group's new number counts as long as the configuration still has the old one."""
    calls, log = caller(Moved("migrated", {"chat": "-100"}))
    moved = calls.perform(claim(), Step.POST, {}).to
    calls.perform(claim(), Step.POST, moved)
    calls.perform(claim(), Step.POST, moved)
    anew, later = caller(chat="@another")
    anew.perform(claim(), Step.POST, moved)

    assert [e for e in log if e[0] == "post"] == [("post", c, "Weg.") for c in ("@old", "-100", "-100")]
    assert [e for e in later if e[0] == "post"] == [("post", "@another", "Weg.")]


def test_an_answer_to_nothing_is_no_crash():
    """A row that refers to a message that is gone fails for good."""
    calls, _ = caller()

    assert isinstance(calls.perform(claim(Step.PIN), Step.PIN, {}), Permanent)


class Edition(dict):
    """One that was withdrawn, or not."""

    withdrawn = False


@pytest.mark.parametrize("error", [Temporary("no"), Permanent("no"), ValueError("of a board that wraps what it gets")])
@pytest.mark.parametrize("withdrawn", [True, False])
def test_an_edition_that_is_withdrawn_is_followed_by_the_next_at_once(error, withdrawn):
    """Once, and only then; whatever the board makes of it."""
    given, errors = [], [error]

    class Board:
        def publish(self, files):
            given.append(files)
            if errors:
                files.withdrawn = withdrawn
                raise errors.pop()
            return Receipt("site")

    made = Caller(Board(), lambda c: Board(), None, (), Edition)

    answer = made.perform(claim(Step.PUBLISH), Step.PUBLISH, {})

    assert len(given) == 1 + withdrawn
    assert (answer == Receipt("site")) is withdrawn
    assert given[0] is not given[-1] or not withdrawn
