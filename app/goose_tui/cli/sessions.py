"""`goose-tui sessions`: list and search past sessions, show, keep, hand on and take in one."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import closing
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
    HintsRecord,
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
from goose_tui.cli.sessions_forked import fork
from goose_tui.cli.sessions_found import search
from goose_tui.cli.sessions_kept import archive, delete, rename, verify
from goose_tui.view.agent_words import agent_facts, agent_label, agent_word
from goose_tui.view.attachments import attachment_words
from goose_tui.view.branches import Placed, branch_title, tree_of
from goose_tui.view.compaction_words import fold_words
from goose_tui.view.formatting import age_of, cut_end, cut_path
from goose_tui.view.hints import hints_line
from goose_tui.view.numbers import byte_count, money
from goose_tui.view.session_words import SESSION_WORDS, folder_name
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["add_arguments", "main"]

_RESULT_LINES = 12
_RESULT_WIDTH = 2000
"""Lines of a result, and characters of each, that `show` prints."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    commands = parser.add_subparsers(
        dest="action",
        metavar="list|search|show|fork|rename|archive|delete|verify|export|import",
        required=True,
    )
    listing = commands.add_parser("list", help="all sessions, the one used last first")
    listing.add_argument("--here", action="store_true", help="only those of this folder")
    listing.add_argument("--archived", action="store_true", help="archived ones too")
    searching = commands.add_parser("search", help="find words in all sessions")
    searching.add_argument("query", metavar="QUERY", nargs="+", help="words that stand together")
    showing = commands.add_parser("show", help="one session as text")
    showing.add_argument(
        "--context",
        nargs="?",
        const=0,
        type=int,
        metavar="SEQ",
        help="what the model saw at event SEQ, or last",
    )
    showing.add_argument(
        "--raw", action="store_true", help="with --context: the exact body that was sent"
    )
    forking = commands.add_parser("fork", help="begin another session at an event of one")
    forking.add_argument(
        "which",
        metavar="ID[@SEQ]",
        help="the session, and its last event to be kept; @-1 ends before the last message",
    )
    forking.add_argument("--edit", action="store_true", help="edit the conversation in $EDITOR")
    renaming = commands.add_parser("rename", help="give one another title")
    archiving = commands.add_parser("archive", help="leave one out of the list")
    archiving.add_argument("--undo", action="store_true", help="have it back in the list")
    deleting = commands.add_parser("delete", help="delete one for good")
    deleting.add_argument("--yes", action="store_true", help="do not ask")
    giving = commands.add_parser("export", help="write a whole session into one file")
    for command in (showing, renaming, archiving, deleting, giving):
        command.add_argument("id", metavar="ID", help="its id, a unique start of it, or its title")
    renaming.add_argument("title", metavar="TITLE")
    verifying = commands.add_parser("verify", help="look for damage in one or all")
    verifying.add_argument("id", metavar="ID", nargs="?", default="", help="without it, all")
    giving.add_argument("-o", dest="file", metavar="FILE", required=True, help="the file to write")
    taking = commands.add_parser("import", help="take in a session that was exported")
    taking.add_argument("file", metavar="FILE")
    for command in (listing, searching, showing):
        command.add_argument("--output", choices=("text", "json"), default="text")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    library = Library(Places.of(os.environ).sessions)
    match namespace.action:
        case "list":
            _list(
                library,
                here=namespace.here,
                archived=namespace.archived,
                as_json=namespace.output == "json",
            )
        case "search":
            return search(library, " ".join(namespace.query), as_json=namespace.output == "json")
        case "show" if namespace.context is not None or namespace.raw:
            return _show_context(library, namespace)
        case "show":
            _show(library, namespace.id, as_json=namespace.output == "json")
        case "fork" | "rename" | "archive" | "delete" | "verify":
            return _keep(library, namespace)
        case "export":
            _export(library, namespace.id, Path(namespace.file))
        case _:
            _import(library, Path(namespace.file))
    return 0


def _keep(library: Library, namespace: argparse.Namespace) -> int:
    """What is done with a session besides showing it."""
    match namespace.action:
        case "fork":
            return fork(library, namespace.which, edit=namespace.edit)
        case "rename":
            rename(library, namespace.id, namespace.title)
        case "archive":
            archive(library, namespace.id, undo=namespace.undo)
        case "delete":
            return delete(library, namespace.id, sure=namespace.yes)
        case _:
            return verify(library, namespace.id)
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


def _list(library: Library, *, here: bool, archived: bool, as_json: bool) -> None:
    folder = str(Path.cwd())
    entries = [
        entry
        for entry in library.entries()
        if (not here or folder in (entry.folder, entry.opened_in))
        and (entry.messages or entry.state == "damaged")
        and (archived or not entry.archived)
    ]
    entries.sort(key=lambda entry: not entry.pinned)
    if as_json:
        say_json([_plain(entry) for entry in entries])
    elif not entries:
        say("No sessions yet. Start one: goose-tui")
    else:
        heads = ("ID", "USED", "STATE", "COST", "MODEL", "FOLDER", "TITLE")
        say(table([heads, *map(_row, tree_of(entries))], right=frozenset({3})))


def _plain(entry: SessionEntry) -> dict[str, object]:
    return {
        "id": entry.session_id,
        "title": entry.title,
        "folder": entry.folder,
        "model": entry.model,
        "cost": entry.cost,
        "state": entry.state,
        "updated": entry.updated or None,
        "messages": entry.messages,
        "turns": entry.turns,
        "calls": entry.calls,
        "pinned": entry.pinned,
        "archived": entry.archived,
        "parent": entry.parent or None,
        "forked_at": entry.forked_at or None,
        "branch": entry.branch or None,
    }


def _row(placed: Placed) -> tuple[str, ...]:
    entry = placed.entry
    indent = f"{'  ' * (placed.depth - 1)}└ " if placed.depth else ""
    title = cut_end(clean_line(branch_title(entry, placed.parent)), 60)
    return (
        entry.session_id,
        age_of(entry.updated, datetime.now(UTC)),
        SESSION_WORDS[entry.state],
        "" if entry.cost is None else money(entry.cost),
        cut_end(clean_line(entry.model), 32),
        cut_path(clean_line(folder_name(entry.folder)), 36),
        f"{indent}{title}{' (archived)' if entry.archived else ''}",
    )


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


def _show_context(library: Library, namespace: argparse.Namespace) -> int:
    """What the model saw."""
    from goose_tui.cli.session_context import show_context

    upto = namespace.context or None
    as_json = namespace.output == "json"
    with closing(SessionStore(library.path(library.find(namespace.id)), write=False)) as store:
        return show_context(store, upto, as_json=as_json, raw=namespace.raw)


def _told(state: SessionState) -> Iterator[str]:
    head = [state.title or "(untitled)", state.session_id, state.folder, state.model]
    if state.fork is not None:
        head.append(f"forked from {state.fork.parent} at event {state.fork.at}")
    yield clean("\n".join(head))
    for record in state.records:
        # A thought without words is only for the provider to read.
        if not isinstance(record, ThinkingRecord) or record.text.strip():
            yield f"\n{_text(record)}"
    for agent in state.agents.values():
        facts = ", ".join([agent_word(agent), *agent_facts(state, agent, None)])
        yield "\n" + clean_line(f"=== subagent {agent_label(agent)} ({facts})", strict=True)
        for record in agent.state.records:
            if not isinstance(record, ThinkingRecord) or record.text.strip():
                yield f"\n{_text(record)}"
    if state.questions:
        yield f"\nwaits for you: goose-tui --resume {state.session_id}"


def _text(record: Record) -> str:
    match record:
        case UserRecord():
            attached = (f"\n    {attachment_words(each)}" for each in record.attachments)
            who = record.by or "you"
            return f"{who}: {clean(record.text)}{''.join(attached)}"
        case AnswerRecord():
            cut = "\n(cut off)" if record.interrupted else ""
            return clean(record.text.strip()) + cut
        case ThinkingRecord():
            return f"thinking: {clean(record.text.strip())}"
        case CallRecord():
            return f"{call_line(record)}\n{_bounded(record.result)}".rstrip()
        case NoticeRecord():
            return clean_line(f"! {record.text} {record.hint}".strip())
        case HintsRecord():
            return f"-- {clean_line(hints_line(record.data))}"
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
