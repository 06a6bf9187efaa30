"""`goose-tui demo` without a terminal: the tour, told as text."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import anyio

from goose_agent.config.places import Places
from goose_agent.events import (
    Event,
    FileChanged,
    ModelResponded,
    PlanUpdated,
    RequestAnswered,
    ToolFinished,
    UserMessage,
)
from goose_agent.state.records import AnswerRecord, ThinkingRecord
from goose_agent.state.session_state import SessionState
from goose_agent.wire import Open
from goose_tui import __version__
from goose_tui.cli.output import note, say
from goose_tui.cli.reports import call_line
from goose_tui.faces import Errand, HeadlessFace, engine_here
from goose_tui.view.untrusted import clean

__all__ = ["add_arguments", "main"]

_PLAN_MARKS = {"pending": "○", "active": "▸", "done": "✓", "dropped": "⊘"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    from goose_tui.arguments import add_session_arguments

    add_session_arguments(parser)


def main(namespace: argparse.Namespace) -> int:
    """Run the tour; the result is the exit status."""
    from goose_tui.tour.prepare import prepare_tour

    environ = dict(os.environ)
    # Nobody watches: without pauses, unless they are asked for.
    environ.setdefault("GOOSE_TOUR_SPEED", "0")
    tour = prepare_tour(Places.of(environ))
    word = Open(str(tour.folder), opened_in=str(Path.cwd()), model=tour.model, mode="smart")
    errand = Errand(word, tour.prompt, approve=True)
    say("The tour of goose-tui: a scripted model works with real tools on a throw-away project.")
    say(f"Folder: {tour.folder}\n")
    outcome = anyio.run(HeadlessFace(engine_here(__version__, environ), errand, Transcript()).run)
    if refused := outcome.refused:
        note(f"goose-tui: {refused.message} {refused.hint}")
    else:
        say(f"\nOn the screen: goose-tui --resume {outcome.state.session_id}")
    return outcome.exit_code


class Transcript:
    """Tells a session as a person at the screen would see it."""

    def happened(self, event: Event, line: bytes, state: SessionState) -> None:
        """Tell of one event."""
        match event.data:
            case UserMessage(text=text):
                say(f"you: {text}\n")
            case ModelResponded(request_id=request_id):
                _answer(state, request_id)
            case PlanUpdated(items=items):
                say("\n".join(f"  {_PLAN_MARKS[item.state]} {item.text}" for item in items))
            case RequestAnswered():
                say("  (asks first; approved here, as nobody watches)")
            case FileChanged(diff=diff):
                say(_indented(diff))
            case ToolFinished(call_id=call_id):
                call = state.call(call_id)
                say(call_line(call))
                if call.tool == "shell":
                    say(_indented(call.result))
            case _:
                pass


def _answer(state: SessionState, request_id: str) -> None:
    for record in state.records:
        match record:
            case ThinkingRecord() if record.request_id == request_id:
                say(f"\nthinking: {clean(record.text)}")
            case AnswerRecord() if record.request_id == request_id and record.text.strip():
                say(f"\n{clean(record.text.strip())}\n")
            case _:
                pass


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in clean(text.rstrip()).splitlines())
