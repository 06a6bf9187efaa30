"""Commands that tell how things stand: status, cost, tools."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import ListChanges, ListTools
from goose_tui.slash.command import Face, Report, Slash
from goose_tui.view.drop_words import drop_words
from goose_tui.view.numbers import duration, money, tokens
from goose_tui.view.session_words import MODES, folder_name

if TYPE_CHECKING:
    from goose_agent.events import ChangesListed, ListedTool
    from goose_agent.state.session_state import SessionState, Spent

__all__ = [
    "COST",
    "DIFF",
    "STATUS",
    "TOOLS",
    "changes_report",
    "cost_report",
    "status_report",
    "tools_report",
]

_EFFECTS = {
    "read": "looks",
    "edit": "changes files",
    "net": "asks the network",
    "run": "starts programs",
    "session": "plans, asks",
}


def _dollars(spent: Spent) -> str:
    if not spent.requests:
        return money(0)
    if spent.requests == spent.unpriced:
        return "no price is known"
    some = f", and {spent.unpriced} requests without a price" if spent.unpriced else ""
    return money(spent.cost) + some


def _now(state: SessionState) -> str:
    """Who answers in the place of the main model; empty where it does itself."""
    seat = state.seat
    return f"{seat.model} ({seat.role}): {seat.reason}" if seat is not None else ""


def _context(state: SessionState) -> str:
    used, about = state.context.tokens, "about " if state.context.source == "estimate" else ""
    window = state.answering_window
    if not window:
        return f"{about}{tokens(used)} tokens"
    share = round(100 * used / window)
    return f"{about}{tokens(used)} of {tokens(window)} tokens ({share} %)"


def status_report(state: SessionState, record_file: str, connection: str = "") -> Report:
    """How a session stands.

    Args:
        state: the session.
        record_file: where it is on record.
        connection: what is to be known of that to the terminal; may be empty.
    """
    stepping = ", pauses before each step" if state.stepping else ""
    rows = [
        ("model", state.model),
        ("answers now", _now(state)),
        *((f"for {role}", name) for role, name in state.models.items()),
        ("effort", state.effort or ""),
        ("mode", f"{state.mode}: {MODES[state.mode]}{stepping}"),
        ("folder", folder_name(state.folder)),
        *(("also", folder_name(root)) for root in state.roots if root != state.folder),
        ("branch", state.git_branch),
        ("title", state.title),
        ("context", _context(state)),
        ("cost", _dollars(state.spent)),
        ("session", state.session_id),
        ("record", folder_name(record_file)),
        ("connection", connection),
    ]
    foot = f"Come back with: goose-tui --resume {state.session_id}"
    return Report("Status", tuple(row for row in rows if row[1]), foot)


def _share(spent: Spent) -> str:
    """What one model of several used."""
    used = f"{tokens(spent.input_tokens)} in, {tokens(spent.output_tokens)} out"
    return f"{used}, {_dollars(spent)}"


def cost_report(state: SessionState) -> Report:
    """What a session has used so far, by kind, and by model where there are several."""
    spent = state.spent
    rows: tuple[tuple[str, str], ...] = (
        ("input", f"{spent.input_tokens:,} tokens"),
        ("of it cached", f"{spent.cache_read_tokens:,} tokens"),
        ("cache writes", f"{spent.cache_write_tokens:,} tokens"),
        ("output", f"{spent.output_tokens:,} tokens"),
        ("requests", f"{spent.requests:,}"),
        ("work", duration(spent.seconds)),
        ("cost", _dollars(spent)),
    )
    theirs = state.spent_agents
    if theirs.requests:
        rows = (*rows, ("of it subagents", _share(theirs)))
    several = state.spent_by if len(state.spent_by) > 1 else {}
    return Report("Cost", (*rows, *((name, _share(own)) for name, own in several.items())))


def tools_report(listed: Sequence[ListedTool]) -> Report:
    """The tools a model has, and what each may do to the world."""
    rows = tuple((t.name, f"{_EFFECTS.get(t.effect, t.effect):<16}{t.words}") for t in listed)
    return Report("Tools", rows, "" if rows else "The model has no tools.")


def changes_report(listed: ChangesListed) -> Report:
    """The files a session changed."""
    rows = tuple(
        (file.shown, f"{file.status} +{file.added} -{file.removed}  {file.note}".rstrip())
        for file in listed.files
    )
    return Report("Changes", rows, "" if rows else "Nothing was changed yet.")


def _status(face: Face, _: str) -> None:
    if face.state is not None:
        path = face.record_file(face.state.session_id)
        connection = drop_words(os.environ, face.detach)
        face.report(status_report(face.state, str(path), connection))


def _cost(face: Face, _: str) -> None:
    if face.state is not None:
        face.report(cost_report(face.state))


def _tools(face: Face, _: str) -> None:
    """The face shows `tools_report` when `tools.listed` comes."""
    face.tell(ListTools())


def _diff(face: Face, _: str) -> None:
    """The face shows `changes_report` when `changes.listed` comes."""
    face.tell(ListChanges())


STATUS = Slash("status", "", "model, mode, folder, context, cost, record", _status)
COST = Slash("cost", "", "tokens by kind, and dollars", _cost)
TOOLS = Slash("tools", "", "the tools the model has", _tools)
DIFF = Slash(
    "diff",
    "",
    "the files this session changed",
    _diff,
    on_screen=lambda app, _: app.action_show_changes(),
)
