"""`goose-tui sessions`: list past sessions, or show one as text."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from goose_agent.codec import event_from
from goose_agent.config.places import Places
from goose_agent.sessions.library import Library, SessionEntry
from goose_agent.sessions.store import SessionStore
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_tui.cli.output import say, say_json, table
from goose_tui.cli.reports import call_line
from goose_tui.view.formatting import age, cut_end, cut_path, money
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["add_arguments", "main"]

_RESULT_LINES = 12
_RESULT_WIDTH = 2000
"""Lines of a result, and characters of each, that `show` prints."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    commands = parser.add_subparsers(dest="action", metavar="list|show", required=True)
    listing = commands.add_parser("list", help="all sessions, the one used last first")
    listing.add_argument("--here", action="store_true", help="only those of this folder")
    showing = commands.add_parser("show", help="one session as text")
    showing.add_argument("id", metavar="ID", help="its id, a unique start of it, or its title")
    for command in (listing, showing):
        command.add_argument("--output", choices=("text", "json"), default="text")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    library = Library(Places.of(os.environ).sessions)
    if namespace.action == "list":
        _list(library, here=namespace.here, as_json=namespace.output == "json")
    else:
        _show(library, namespace.id, as_json=namespace.output == "json")
    return 0


def _list(library: Library, *, here: bool, as_json: bool) -> None:
    folder = str(Path.cwd())
    entries = [
        entry
        for entry in library.entries()
        if (not here or folder in (entry.folder, entry.opened_in))
        and (entry.messages or entry.state == "damaged")
    ]
    if as_json:
        say_json([_plain(entry) for entry in entries])
    elif not entries:
        say("No sessions yet. Start one: goose-tui")
    else:
        heads = ("ID", "USED", "STATE", "COST", "MODEL", "FOLDER", "TITLE")
        say(table([heads, *map(_row, entries)], right=frozenset({3})))


def _plain(entry: SessionEntry) -> dict[str, object]:
    return {
        "id": entry.session_id,
        "title": entry.title,
        "folder": entry.folder,
        "model": entry.model,
        "cost": entry.cost,
        "state": entry.state,
        "updated": entry.updated or None,
    }


def _row(entry: SessionEntry) -> tuple[str, ...]:
    used = ""
    with suppress(ValueError):
        used = age((datetime.now(UTC) - datetime.fromisoformat(entry.updated)).total_seconds())
    return (
        entry.session_id,
        used,
        entry.state,
        "" if entry.cost is None else money(entry.cost),
        cut_end(clean_line(entry.model), 32),
        cut_path(clean_line(_at_home(entry.folder)), 36),
        cut_end(clean_line(entry.title), 60),
    )


def _at_home(folder: str) -> str:
    with suppress(ValueError, RuntimeError):
        return str(Path("~") / Path(folder).relative_to(Path.home()))
    return folder


def _show(library: Library, wanted: str, *, as_json: bool) -> None:
    session_id = library.find(wanted)
    with closing(SessionStore(library.path(session_id), write=False)) as store:
        lines = list(store.events())
    if as_json:
        say_json({"session_id": session_id, "events": [json.loads(line) for line in lines]})
        return
    state = SessionState(session_id=session_id)
    for line in lines:
        state = reduce(state, event_from(line))
    for text in _told(state):
        say(text)


def _told(state: SessionState) -> Iterator[str]:
    head = [state.title or "(untitled)", state.session_id, state.folder, state.model]
    yield clean("\n".join(head))
    for record in state.records:
        yield f"\n{_text(record)}"
    if state.pending:
        yield f"\nwaits for you: goose-tui --resume {state.session_id}"


def _text(record: Record) -> str:
    match record:
        case UserRecord():
            return f"you: {clean(record.text)}"
        case AnswerRecord():
            cut = "\n(cut off)" if record.interrupted else ""
            return clean(record.text.strip()) + cut
        case ThinkingRecord():
            return f"thinking: {clean(record.text.strip())}"
        case CallRecord():
            return f"{call_line(record)}\n{_bounded(record.result)}".rstrip()
        case NoticeRecord():
            return clean_line(f"! {record.text} {record.hint}".strip())
        case MarkRecord():
            return f"-- {clean_line(record.text)}"


def _bounded(text: str) -> str:
    """The first and last lines of a result."""
    lines = [f"    {cut_end(line, _RESULT_WIDTH)}" for line in clean(text.strip()).splitlines()]
    if len(lines) > _RESULT_LINES + 1:
        half = _RESULT_LINES // 2
        left_out = f"    … {len(lines) - 2 * half} lines …"
        lines = [*lines[:half], left_out, *lines[-half:]]
    return "\n".join(lines)
