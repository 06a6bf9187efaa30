"""What a person changed of what the model sees, applied so that every request stays a valid one.

A call goes with its result, and a result that is taken out leaves a sentence behind: services refuse
a call without a result and a result without a call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import accumulate

from goose_agent.context.conversation import Placed, conversation, parts_of
from goose_agent.context.hints import hint_words
from goose_agent.context.summary_words import summary_key, summary_text
from goose_agent.events import Alteration, Segment, SegmentChange, SegmentKind
from goose_agent.evolve import evolve
from goose_agent.messages import Image, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.state.hints import hint_key, opening_hints
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit

__all__ = [
    "contents",
    "edited_parts",
    "edited_text",
    "piece_of",
    "refusal",
    "shortened",
    "with_a_user",
]

RESULT_GONE = "(The person took this result out of the conversation.)"
MESSAGE_GONE = "(The person took this message out of the conversation.)"

_KEPT = 1000
"""Characters that a cut leaves at either end."""

_NOT_EDITED: dict[SegmentKind, str] = {
    "tools": "The tools can be dropped, not edited.",
    "thinking": "Thoughts are sealed by their provider: they can be dropped, not edited.",
    "image": "A picture can be dropped, not edited.",
    "turn": "This is made anew for each request: it can be dropped, not edited.",
}


def refusal(segment: Segment | None, change: SegmentChange, text: str) -> str:
    """Why a segment cannot be changed so, as a sentence; empty where it can.

    Args:
        segment: the one to be changed; None where there is none of that key.
        change: what is to be done.
        text: what is to stand there.
    """
    if segment is None:
        return "The model sees no such piece."
    if change != "edit":
        return ""
    if segment.kind in _NOT_EDITED:
        return _NOT_EDITED[segment.kind]
    if not text.strip():
        return "There would be nothing left: drop it instead."
    if segment.kind == "tool_call" and not _is_object(text):
        return "The arguments of a call must be a JSON object."
    return ""


def shortened(text: str) -> str:
    """The start and the end of what a tool put out, with a line for what is left out."""
    if len(text) <= 2 * _KEPT:
        return text
    lines = text.splitlines(keepends=True)
    first, last = _fitting(lines), _fitting(lines[::-1])[::-1]
    if not first and not last:  # one long line
        first, last = [text[:_KEPT] + "\n"], ["\n" + text[-_KEPT:]]
    left = len(text) - sum(map(len, first)) - sum(map(len, last))
    gap = f"(The person left {left:,} characters out here.)\n"
    return f"{''.join(first)}{gap}{''.join(last)}" if left > len(gap) else text


def _fitting(lines: list[str]) -> list[str]:
    """As many lines from the first as there is room for at one end."""
    sizes = accumulate(map(len, lines))
    return [line for line, size in zip(lines, sizes, strict=True) if size <= _KEPT]


def edited_text(text: str, edit: SegmentEdit | None) -> tuple[str, Alteration]:
    """What is left of a text, and what was done to it.

    Args:
        text: as it came.
        edit: what a person changed of it.
    """
    if edit is None:
        return text, ""
    if edit.dropped:
        return "", "dropped"
    return (text, "") if edit.text is None else (edit.text, "edited")


def edited_parts(
    placed: tuple[Placed, ...], edits: Mapping[str, SegmentEdit]
) -> tuple[Placed, ...]:
    """The parts of one exchange as the model is to see them; the same object where nothing changed.

    Args:
        placed: as they came.
        edits: what a person changed, by key.
    """
    if not any(item.key in edits for item in placed):
        return placed
    gone = {
        item.ref
        for item in placed
        if item.kind == "tool_call" and (edit := edits.get(item.key)) and edit.dropped
    }
    return tuple(_edited(item, edits.get(item.key), gone) for item in placed)


def _edited(item: Placed, edit: SegmentEdit | None, gone: set[str]) -> Placed:
    if item.kind in ("tool_call", "tool_result") and item.ref in gone:
        return evolve(item, altered="dropped")
    if edit is None:
        return item
    if edit.dropped:
        if isinstance(item.part, ToolResult):
            stub = evolve(item.part, text=RESULT_GONE, images=())
            return evolve(item, part=stub, altered="stub")
        return evolve(item, altered="dropped")
    if edit.text is None:
        return item
    return evolve(item, part=_with_text(item.part, edit.text), altered="edited")


def _with_text(part: Part, text: str) -> Part:
    match part:
        case Text():
            return Text(text)
        case ToolCall():
            return evolve(part, arguments=text)
        case ToolResult():
            return evolve(part, text=text)
        case Thinking() | Image():  # nobody is let edit these
            return part


def with_a_user(placed: tuple[Placed, ...]) -> tuple[Placed, ...]:
    """The parts with a sentence in the place of a message of the person that was taken out."""
    for at, item in enumerate(placed):
        if item.role == "user" and item.kind != "hints" and item.altered == "dropped":
            stub = evolve(item, part=Text(MESSAGE_GONE), altered="stub")
            return (*placed[:at], stub, *placed[at + 1 :])
    return placed


def contents(state: SessionState) -> dict[str, str | None]:
    """The texts of the conversation as they came, before a person changed them, by key.

    None for a picture. What the program brings is not among them: the blobs of a request have that.
    """
    opening = {hint_key(record): hint_words(record.data) for record in opening_hints(state)}
    summaries: dict[str, str | None] = {
        summary_key(fold.seq): summary_text(fold.applied.way, fold.applied.summary)
        for fold in (*state.folding.applied, *state.folding.undone)
    }
    return {**opening, **summaries} | {
        item.key: _text_of(item.part)
        for exchange in conversation(state.records)
        for item in parts_of(exchange)
    }


def piece_of(state: SessionState, key: str) -> Segment | None:
    """A piece of what the model would see next, by its key; without its size. None where there is none."""
    heads: tuple[SegmentKind, ...] = ("system", "tools", "turn")
    pieces = [Segment(kind, 0) for kind in heads]
    pieces += [Segment("hints", each.seq, each.data.path) for each in opening_hints(state)]
    pieces += [Segment("summary", fold.seq) for fold in state.folding.applied]
    pieces += [
        Segment(item.kind, item.origin, item.ref)
        for exchange in conversation(state.records)
        for item in parts_of(exchange)
    ]
    return next((piece for piece in pieces if piece.key == key), None)


def _text_of(part: Part) -> str | None:
    match part:
        case Text() | Thinking() | ToolResult():
            return part.text
        case ToolCall():
            return part.arguments
        case Image():
            return None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
