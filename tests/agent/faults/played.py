"""What a fault is to a test: what a server does, and what has to be on record afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.faults.hurried import slept
from agent.faults.wires import Said, Wire
from agent.providers.loopback import Loopback, Reply
from support.engine import Face
from support.probe import Probe

__all__ = ["WELL", "Check", "Fault", "Seen", "answered", "failed", "retried"]

WELL = Said("I am well.")


@dataclass(frozen=True)
class Seen:
    """What came of the turn in which a fault was played."""

    face: Face
    server: Loopback
    probe: Probe

    @property
    def reason(self) -> str:
        """Why the turn ended."""
        turn = self.face.state.turn
        assert turn is not None
        assert turn.reason is not None
        return turn.reason

    @property
    def words(self) -> str:
        """All that was told of failures, for people to read."""
        told = [
            *self.face.data("model.failed"),
            *self.face.data("model.retrying"),
        ]
        notices = [notice.text for notice in self.face.data("notice")]
        return "\n".join([*(each.message for each in told), *notices])


Check = Callable[[Seen], None]


@dataclass(frozen=True)
class Fault:
    """A fault of the table.

    Args:
        name: of the row.
        replies: to the first requests; those after them are answered well.
        check: what is true after the turn.
        environ: more for the environment.
        compacts: whether the conversation can be made smaller.
        message: what the person says.
    """

    name: str
    replies: Callable[[Wire], Sequence[Reply]]
    check: Check
    environ: tuple[tuple[str, str], ...] = ()
    compacts: bool = False
    message: str = "go"

    def __str__(self) -> str:
        return self.name


def failed(kind: str, words: str, *, status: int = 0, hint: str = "") -> Check:
    """The turn ends at once with one sentence and what to do next.

    Args:
        kind: of the error.
        words: a part of the sentence.
        status: on record.
        hint: a part of what to do next; there has to be some in any case.
    """

    def check(seen: Seen) -> None:
        (error,) = seen.face.data("model.failed")
        assert seen.reason == "failed"
        assert len(seen.server.received) == 1
        assert not seen.face.data("model.retrying")
        assert (error.error, error.status) == (kind, status)
        assert words in error.message
        assert error.hint
        assert hint in error.hint

    return check


def retried(words: str, delay: float = 0.5, *, kept: str = "") -> Check:
    """The request is sent again after the delay, with a visible countdown, and answered.

    Args:
        words: a part of why.
        delay: seconds waited.
        kept: what of the broken answer is kept on record.
    """

    def check(seen: Seen) -> None:
        (again,) = seen.face.data("model.retrying")
        assert seen.reason == "done"
        assert seen.face.answer == WELL.text
        assert len(seen.server.received) == 2
        assert words in again.message
        assert again.delay == delay
        assert delay in [round(seconds, 3) for seconds in slept()]
        told = "".join(delta.text for delta in seen.face.data("model.delta"))
        assert told == kept + WELL.text

    return check


def answered(text: str) -> Check:
    """The turn goes well all the same.

    Args:
        text: the answer.
    """

    def check(seen: Seen) -> None:
        assert seen.reason == "done"
        assert seen.face.answer == text
        assert not seen.face.data("model.retrying")

    return check
