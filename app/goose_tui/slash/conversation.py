"""Commands about what is said: again, into the turn under way, edited, queued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_agent.commands import Retry, Submit
from goose_tui.slash.command import Face, Report, Slash

if TYPE_CHECKING:
    from goose_tui.app import GooseApp

__all__ = ["EDIT", "QUEUE", "RETRY", "STEER"]


def _retry(face: Face, _: str) -> None:
    state = face.state
    if state is None or not state.turns:
        face.say("there is nothing to send again yet")
    elif state.working:
        face.say("the agent is at work: interrupt it first")
    else:
        face.tell(Retry())


def _steer(face: Face, argument: str) -> None:
    face.tell(Submit(argument, steer=True))
    if face.state is not None and face.state.working:
        face.say("goes in at the next pause")


def _edit(app: GooseApp, _: str) -> None:
    from goose_agent.state.records import UserRecord

    state = app.state
    if state is None:
        return
    if state.working:
        app.say("the agent is at work: interrupt it first, or /queue")
        return
    for record in reversed(state.records):
        if isinstance(record, UserRecord) and not record.by:
            app.workbench.composer.draft(record.text)
            return
    app.say("you have said nothing yet")


def _queue(face: Face, _: str) -> None:
    queue = face.state.queue if face.state is not None else ()
    if not queue:
        face.say("nothing is queued")
        return
    rows = [("next" if item.steer else str(at), item.text) for at, item in enumerate(queue, 1)]
    face.report(Report("Queue", tuple(rows)))


def _queue_on_screen(app: GooseApp, argument: str) -> None:
    if app.state is not None and app.state.queue:
        app.show_queue()
    else:
        _queue(app, argument)


RETRY = Slash("retry", "", "call the model again", _retry)
EDIT = Slash("edit", "", "your last message back into the composer", on_screen=_edit)
QUEUE = Slash("queue", "", "what waits: edit, move, drop", _queue, on_screen=_queue_on_screen)
STEER = Slash("steer", "TEXT", "say it at the next pause of the turn", _steer)
