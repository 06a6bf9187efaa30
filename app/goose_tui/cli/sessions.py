"""`goose-tui sessions`: list past sessions, show one as text, hand one on, take one in."""

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
    FoldRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_tui.cli.output import note, say, say_json, table
from goose_tui.cli.reports import call_line
from goose_tui.view.attachments import attachment_words
from goose_tui.view.compaction_words import fold_words
from goose_tui.view.formatting import age, byte_count, cut_end, cut_path, money
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["add_arguments", "main"]

_RESULT_LINES = 12
_RESULT_WIDTH = 2000
"""Lines of a result, and characters of each, that `show` prints."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    commands = parser.add_subparsers(
        dest="action", metavar="list|show|export|import", required=True
    )
    listing = commands.add_parser("list", help="all sessions, the one used last first")
    listing.add_argument("--here", action="store_true", help="only those of this folder")
    showing = commands.add_parser("show", help="one session as text")
    showing.add_argument("id", metavar="ID", help="its id, a unique start of it, or its title")
    giving = commands.add_parser("export", help="write a whole session into one file")
    giving.add_argument("id", metavar="ID", help="its id, a unique start of it, or its title")
    giving.add_argument("-o", dest="file", metavar="FILE", required=True, help="the file to write")
    taking = commands.add_parser("import", help="take in a session that was exported")
    taking.add_argument("file", metavar="FILE")
    for command in (listing, showing):
        command.add_argument("--output", choices=("text", "json"), default="text")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    library = Library(Places.of(os.environ).sessions)
    match namespace.action:
        case "list":
            _list(library, here=namespace.here, as_json=namespace.output == "json")
        case "show":
            _show(library, namespace.id, as_json=namespace.output == "json")
        case "export":
            _export(library, namespace.id, Path(namespace.file))
        case _:
            _import(library, Path(namespace.file))
    return 0


def _export(library: Library, wanted: str, target: Path) -> None:
    from goose_agent.sessions.bundle import export_session

    size = export_session(library.path(library.find(wanted)), target)
    note(f"Wrote {target} ({byte_count(size)}): all that was said, read and put out, as it was.")
    note("Look it through before you hand it on: goose-tui sessions show shows what it holds.")


def _import(library: Library, source: Path) -> None:
    from goose_agent.clock import World
    from goose_agent.sessions.bundle import import_session

    session_id, new = import_session(library, source, World())
    say(session_id)
    note("Taken in." if new else "It was here already.")
    note(f"Look at it: goose-tui sessions show {session_id}")


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
        # A thought without words is only for the provider to read.
        if not isinstance(record, ThinkingRecord) or record.text.strip():
            yield f"\n{_text(record)}"
    if state.pending:
        yield f"\nwaits for you: goose-tui --resume {state.session_id}"


def _text(record: Record) -> str:
    match record:
        case UserRecord():
            attached = (f"\n    {attachment_words(each)}" for each in record.attachments)
            return f"you: {clean(record.text)}{''.join(attached)}"
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
        case FoldRecord():
            summary = f"\n{_bounded(record.summary)}" if record.summary else ""
            return f"-- {fold_words(record)}{summary}"


def _bounded(text: str) -> str:
    """The first and last lines of a result."""
    lines = [f"    {cut_end(line, _RESULT_WIDTH)}" for line in clean(text.strip()).splitlines()]
    if len(lines) > _RESULT_LINES + 1:
        half = _RESULT_LINES // 2
        left_out = f"    … {len(lines) - 2 * half} lines …"
        lines = [*lines[:half], left_out, *lines[-half:]]
    return "\n".join(lines)
