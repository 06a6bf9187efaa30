"""What holds just now: it stands behind all else in a request, and is made anew for each.

So nothing before it changes from request to request, and services can cache that.
"""

from __future__ import annotations

from datetime import datetime

from goose_agent.state.session_state import SessionState

__all__ = ["turn_context"]

_LONGEST = 120
"""Characters of a step of the plan."""


def turn_context(state: SessionState, now: datetime, branch: str) -> str:
    """The words, a line each.

    Args:
        state: the session.
        now: the time where the person is.
        branch: the git branch of the working folder; empty for none.
    """
    lines = [f"Date: {now:%a %Y-%m-%d}", f"Working folder: {state.folder.replace(chr(10), ' ')}"]
    if branch:
        lines.append(f"Git branch: {_line(branch)}")
    if left := _left(state):
        lines.append(f"Context left: {left}")
    if plan := _plan(state):
        lines.append(f"Plan: {plan}")
    return "\n".join(["<turn-context>", *lines, "</turn-context>"])


def _left(state: SessionState) -> str:
    """Room in the window, once a model has counted."""
    window, used = state.answering_window, state.context.tokens
    if not window or not used or state.context.source == "estimate":
        return ""
    return f"about {_rounded(max(0, window - used))} of {_rounded(window)} tokens"


def _rounded(tokens: int) -> str:
    return f"{round(tokens, -3):,}" if tokens >= 10_000 else f"{round(tokens, -2):,}"


def _plan(state: SessionState) -> str:
    """How far the plan has come, and what is at work."""
    items = [item for item in state.plan if item.state != "dropped"]
    if not items:
        return ""
    done = sum(item.state == "done" for item in items)
    active = next((item.text for item in items if item.state == "active"), "")
    words = f"{done} of {len(items)} steps done"
    return f"{words}, now: {_line(active)}" if active else words


def _line(text: str) -> str:
    """A text that stays in its line and cannot end the whole."""
    line = " ".join(text.split()).replace("</", "< /")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
