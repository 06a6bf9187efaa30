"""Commands that go back: to an earlier message, or to any event; the session stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_agent.errors import UsageError
from goose_agent.state.records import UserRecord
from goose_agent.state.session_state import FILES_STAY
from goose_agent.wire import Fork
from goose_tui.slash.command import Face, Report, Slash

if TYPE_CHECKING:
    from goose_tui.app import GooseApp

__all__ = ["FORK", "REWIND"]


def _rewind(face: Face, argument: str) -> None:
    said = _said(face)
    number, _, instead = argument.partition(" ")
    if not number:
        rows = tuple((str(at), " ".join(record.text.split())) for at, record in enumerate(said, 1))
        face.report(Report("You said", rows, f"/rewind N goes back to one. {FILES_STAY}"))
        return
    record = _chosen(said, number)
    prompt = instead.strip()
    draft = "" if prompt else record.text
    face.fork(Fork(record.seq - 1, afresh=True), draft=draft, prompt=prompt)


def _rewind_on_screen(app: GooseApp, argument: str) -> None:
    if argument:
        _rewind(app, argument)
    else:
        app.action_rewind()


def _said(face: Face) -> list[UserRecord]:
    state = face.state
    said = [item for item in state.records if isinstance(item, UserRecord)] if state else []
    if not said:
        raise UsageError("You have said nothing yet.")
    return said


def _chosen(said: list[UserRecord], number: str) -> UserRecord:
    """The message of this number, from 1; below 0 from the last one back."""
    at = int(number) if number.removeprefix("-").isdecimal() else 0
    if not 1 <= abs(at) <= len(said):
        raise UsageError(f"/rewind: a number from 1 to {len(said)}, not {number!r}.")
    return said[at - 1 if at > 0 else at]


def _fork(face: Face, argument: str) -> None:
    state = face.state
    if state is None or not state.turns:
        raise UsageError("There is nothing to fork yet.")
    if argument and not (argument.isdecimal() and 1 <= int(argument) <= state.seq):
        raise UsageError(f"/fork: the number of an event from 1 to {state.seq}.")
    face.fork(Fork(int(argument or 0)))


REWIND = Slash(
    "rewind",
    "[N] [TEXT]",
    "back to an earlier message, in a fork",
    _rewind,
    on_screen=_rewind_on_screen,
)
FORK = Slash("fork", "[SEQ]", "go on in a copy of this session", _fork)
