"""What header and status line say of a session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from goose_tui.view.agent_words import agent_label, agent_standing, agent_word
from goose_tui.view.formatting import age_of
from goose_tui.view.numbers import tokens
from goose_tui.view.session_words import MODES, folder_name
from goose_tui.widgets.header import Heading, Level
from goose_tui.widgets.status_line import Doing

if TYPE_CHECKING:
    from goose_agent.state.session_state import Agent, SessionState

__all__ = ["ages", "doing", "facts", "heading"]


def heading(state: SessionState, agent: Agent | None = None) -> Heading:
    """What the header says.

    Args:
        state: of the agent that is shown.
        agent: which one; None for the main one.
    """
    turn = state.turn
    word = ""
    level: Level = ""
    if state.questions:
        word, level = "waiting for you", "urgent"
    elif state.debugging.pause is not None:
        word, level = "paused", "urgent"
    elif state.summarising:
        word = "summing up"
    elif state.working:
        word = "working"
    elif agent is not None and agent.end is not None:
        word = agent_word(agent)
        level = "failed" if agent_standing(agent) == "failed" else ""
    elif turn is not None and turn.reason in ("failed", "interrupted", "recovered"):
        word = "failed" if turn.reason == "failed" else "interrupted"
        level = "failed" if turn.reason == "failed" else ""
    return Heading(
        title=state.title if agent is None else agent_label(agent),
        folder=folder_name(state.folder),
        branch=state.git_branch,
        model=state.answering,
        role=state.seat.role if state.seat is not None else "",
        word=word,
        level=level,
    )


def facts(state: SessionState) -> tuple[tuple[str, str], ...]:
    """What a new session starts from: names and values."""
    found = [("folder", folder_name(state.folder))]
    if state.git_branch:
        found.append(("branch", state.git_branch))
    found += [("also", folder_name(root)) for root in state.roots if root != state.folder]
    window = f", {tokens(state.window)} tokens" if state.window else ""
    found.append(("model", state.model + window))
    found += [(str(role), name) for role, name in state.models.items()]
    found.append(("mode", f"{state.mode}: {MODES[state.mode]}"))
    return tuple(found)


def ages(recent: Sequence[tuple[str, str]], now: datetime) -> tuple[tuple[str, str], ...]:
    """Titles and how long ago, from titles and times (ISO 8601, UTC)."""
    return tuple((title, age_of(time, now)) for title, time in recent)


def doing(state: SessionState, hints: tuple[tuple[str, str], ...], flash: str) -> Doing:
    """What the status line says.

    Args:
        state: the session.
        hints: keys that matter now.
        flash: a word for a moment; may be empty.
    """
    turn = state.turn
    return Doing(
        mode=state.mode,
        stepping=state.stepping,
        work=_work(state) if state.working and not state.asks else "",
        until=state.retry_at if state.phase == "retrying" else None,
        since=turn.started if turn is not None and state.working else None,
        flash=flash,
        hints=hints,
    )


def _work(state: SessionState) -> str:
    if state.summarising:
        return "summing up"
    match state.phase:
        case "requesting":
            seat = state.seat
            who = "the model" if seat is None else seat.model.rpartition("/")[2]
            return f"waiting for {who}"
        case "answering":
            return "answering"
        case "retrying":
            return "trying again"
        case "tools" | "idle":
            running = [call for call in state.open_calls() if call.state == "running"]
            if len(running) == 1:
                return f"running {running[0].tool}"
            return f"running {len(running)} tools" if running else "working"
