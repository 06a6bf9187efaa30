"""One line that tells all of a call: state, tool, what it does, how it went, how long it took."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_agent.state.records import CallRecord, CallState
from goose_tui.view.formatting import cut_end
from goose_tui.view.numbers import duration
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["call_head", "call_mark", "call_outcome", "shown_elsewhere"]

_OWN_PANEL = frozenset({"update_plan"})
"""Tools whose effect has a panel of its own."""

_TOOL_WIDTH = 5
"""Cells of the column of tool names; longer names push what follows."""

_WORDS: dict[CallState, str] = {
    "streaming": "",
    "proposed": "",
    "waiting": "waiting for you",
    "allowed": "",
    "running": "",
    "ok": "",
    "failed": "failed",
    "denied": "denied",
    "cancelled": "cancelled",
    "unknown": "outcome unknown",
}


def shown_elsewhere(call: CallRecord) -> bool:
    """Whether a panel shows all that the call did, so that nothing else need show it."""
    return call.tool in _OWN_PANEL and call.state == "ok"


def presented_plan(call: CallRecord) -> str:
    """The plan that a call showed to the person; empty where it is another call."""
    plan = (call.arguments or {}).get("plan")
    return plan if call.tool == "present_plan" and isinstance(plan, str) else ""


def call_mark(state: CallState, palette: Palette) -> tuple[str, Style]:
    """The glyph of a call's state and its style."""
    glyphs = palette.glyphs
    match state:
        case "streaming" | "proposed" | "allowed":
            return glyphs.pending, palette.dim
        case "waiting":
            return glyphs.waiting, palette.warn
        case "running":
            return glyphs.running, palette.accent
        case "ok":
            return glyphs.ok, palette.ok
        case "failed" | "unknown":
            return glyphs.failed, palette.error
        case "denied" | "cancelled":
            return glyphs.denied, palette.warn


def call_outcome(call: CallRecord, seconds: float | None) -> list[str]:
    """What stands at the right: how it went and how long it took.

    Args:
        call: the call.
        seconds: how long it has been running; None where it is not.
    """
    words = []
    if call.state == "failed" and call.exit_code is not None:
        words.append(f"exit {call.exit_code}")
    elif _WORDS[call.state]:
        words.append(_WORDS[call.state])
    if call.files:
        added = sum(change.added for change in call.files)
        removed = sum(change.removed for change in call.files)
        words.append(f"+{added} −{removed}")
    if call.original is not None:
        words.append("edited")
    if seconds is not None:
        words.append(f"{int(seconds)}s" if seconds >= 1 else "")
    elif call.seconds is not None and call.state in ("ok", "failed", "cancelled"):
        words.append(duration(call.seconds))
    return [word for word in words if word]


def call_head(
    call: CallRecord, width: int, palette: Palette, seconds: float | None = None
) -> Sequence[Segment]:
    """The line, exactly `width` cells wide.

    Args:
        call: the call.
        width: cells.
        palette: styles and glyphs.
        seconds: how long it has been running; None where it is not.
    """
    glyph, style = call_mark(call.state, palette)
    tool = clean_line(call.tool)
    name = tool + " " * max(0, _TOOL_WIDTH - cell_len(tool))
    right = "  ".join(call_outcome(call, seconds))
    room = width - cell_len(glyph) - 1 - cell_len(name) - 2 - (cell_len(right) + 2 if right else 0)
    ellipsis = palette.glyphs.ellipsis
    summary = cut_end(clean_line(call.summary), max(0, room), ellipsis)
    gap = " " * max(0, room - cell_len(summary))
    settled_well = call.state == "ok"
    segments = [
        Segment(glyph, style),
        Segment(" "),
        Segment(name, palette.dim if settled_well else palette.text),
        Segment("  "),
        Segment(summary, palette.text if settled_well else palette.bright),
        Segment(gap),
    ]
    if right:
        segments += [Segment("  "), Segment(right, _right_style(call, palette))]
    return segments


def _right_style(call: CallRecord, palette: Palette) -> Style:
    match call.state:
        case "failed" | "unknown":
            return palette.error
        case "waiting" | "denied" | "cancelled":
            return palette.warn
        case _:
            return palette.dim
