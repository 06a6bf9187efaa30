"""A conversation as YAML that a person edits, and what they changed of it.

One item a piece of what the model would see next, in order. What comes back names a fork: texts that
are others are edits, pieces that are gone are dropped, and an item without a piece at the end is
something to say.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from msgspec import Struct

from goose_agent.characters import is_hidden
from goose_agent.context.conversation import Placed
from goose_agent.context.edits import refusal
from goose_agent.context.folding import view_of
from goose_agent.errors import UsageError
from goose_agent.events import Segment, SegmentKind
from goose_agent.messages import Image, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.state.session_state import SessionState
from goose_agent.wire import Fork, PieceChange

__all__ = ["Piece", "change_of", "pieces_of", "text_of", "with_problem"]

_WORDS: dict[SegmentKind, str] = {
    "user": "you",
    "assistant": "goose",
    "thinking": "thought",
    "tool_call": "call",
    "tool_result": "result",
    "hints": "hints",
    "summary": "summary",
    "image": "picture",
}
_ABOUT = """\
# The conversation of {title} as the model would see it next.
# Change texts; delete a piece, from its dash to the next one; write at the end what to say:
# - you: …
# What you save becomes a fork: this session stays as it is, and files stay as they are now.
# Pieces keep their order and their `piece`. Delete everything to leave all as it was.
"""
_MARK = "# !"
"""How a line begins that says what is wrong."""
_WIDE = 1_000_000
"""Columns: lines are never broken where the text has no end of a line."""


class Piece(Struct, frozen=True):
    """A piece of what the model would see."""

    segment: Segment
    text: str
    tool: str = ""
    """For a call or its result, the tool."""

    @property
    def key(self) -> str:
        """What names it."""
        return self.segment.key

    @property
    def name(self) -> str:
        """Its key as a person reads it."""
        return self.key.rstrip(":")

    @property
    def word(self) -> str:
        """Who speaks, or what it is."""
        return _WORDS.get(self.segment.kind, self.segment.kind)


def pieces_of(state: SessionState) -> list[Piece]:
    """What the model would see next of a conversation, in order; what the program brings is left out."""
    return [
        Piece(
            Segment(item.kind, item.origin, item.ref),
            _text(item),
            item.part.name if isinstance(item.part, ToolCall | ToolResult) else "",
        )
        for item in view_of(state)
    ]


def _text(item: Placed) -> str:
    part: Part = item.part
    match part:
        case Text() | Thinking() | ToolResult():
            return part.text
        case ToolCall():
            return part.arguments
        case Image():
            return f"{part.width}x{part.height}"


def text_of(pieces: Sequence[Piece], title: str, problem: str = "") -> str:
    """The text to be edited.

    Args:
        pieces: of the conversation.
        title: what the session is called.
        problem: what was wrong with it the last time; empty for nothing.
    """
    items = (_item(piece) for piece in pieces)
    return with_problem("".join([_ABOUT.format(title=title or "a session"), *items]), problem)


def with_problem(text: str, problem: str) -> str:
    """The text with what is wrong with it in the first lines, in the place of what was wrong before."""
    lines = text.splitlines(keepends=True)
    while lines and lines[0].startswith(_MARK):
        del lines[0]
    told = "".join(f"{_MARK} {line}\n" for line in problem.splitlines())
    return told + "".join(lines)


def _item(piece: Piece) -> str:
    plain = not is_hidden(piece.text.replace("\n", "").replace("\t", ""))
    tool = "".join(letter for letter in piece.tool if letter.isalnum() or letter in "_-.")
    about = f"# {tool}\n" if tool else ""
    return about + yaml.dump(
        [{"piece": piece.name, piece.word: _Block(piece.text) if plain else piece.text}],
        Dumper=_Dumper,
        allow_unicode=plain,  # what an editor would not show is written as an escape
        sort_keys=False,
        width=_WIDE,
        default_style=None,
    )


class _Block(str):
    """A text that is written line by line."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes texts as blocks."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|")


_Dumper.add_representer(_Block, _block)


def change_of(text: str, pieces: Sequence[Piece], fork: Fork) -> Fork | None:
    """The fork that a text asks for; None where nothing was changed.

    Args:
        text: what came back from the editor.
        pieces: what it was made of.
        fork: where, and what else is otherwise.

    Raises:
        UsageError: it says nothing that can be done; with the place.
    """
    items = _items(text)
    known = {piece.name: at for at, piece in enumerate(pieces)}
    changes: dict[str, PieceChange] = {}
    last, said = -1, ""
    for number, item in enumerate(items, 1):
        if "piece" not in item:
            said = _said(item, number, is_last=number == len(items))
            continue
        at = known.get(str(item["piece"]), -1)
        if at < 0:
            raise _wrong(number, _unknown(str(item["piece"]), known))
        if at <= last:
            twice = "is there twice" if at == last else "stands before another that it came after"
            raise _wrong(number, f"{pieces[at].name} {twice}: pieces keep their order.")
        for gone in pieces[last + 1 : at]:
            changes[gone.key] = PieceChange(gone.key, "drop")
        last = at
        if (change := _edited(item, pieces[at], number)) is not None:
            changes[change.segment] = change
    for gone in pieces[last + 1 :]:
        changes[gone.key] = PieceChange(gone.key, "drop")
    _keep_together(changes, pieces)
    if not changes and not said:
        return None
    return Fork(fork.at, True, (*fork.changes, *changes.values()), said)


def _items(text: str) -> list[Mapping[str, Any]]:
    try:
        read = yaml.load(
            text, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        )
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"This is no YAML: {_yaml_words(error)}") from error
    if not isinstance(read, list) or not all(isinstance(item, dict) for item in read):
        raise UsageError("This is no list of pieces: each begins with a dash, such as `- you: …`.")
    return read


def _yaml_words(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark is not None else ""
    return f"{where}{getattr(error, 'problem', None) or error}."


def _said(item: Mapping[str, Any], number: int, *, is_last: bool) -> str:
    text = item.get("you")
    if set(item) != {"you"} or not isinstance(text, str) or not text.strip():
        raise _wrong(number, "what has no `piece` is something to say: `- you: …`.")
    if not is_last:
        raise _wrong(number, "what to say stands at the end.")
    return text.strip("\n")


def _edited(item: Mapping[str, Any], piece: Piece, number: int) -> PieceChange | None:
    if set(item) != {"piece", piece.word} or not isinstance(item[piece.word], str):
        raise _wrong(number, f"{piece.name} has a text as `{piece.word}`, and nothing else.")
    text = item[piece.word]
    if text == piece.text:
        return None
    if problem := refusal(piece.segment, "edit", text):
        raise _wrong(number, problem)
    return PieceChange(piece.key, "edit", text)


def _keep_together(changes: dict[str, PieceChange], pieces: Iterable[Piece]) -> None:
    """A result goes with its call; one that is left without it is a slip."""
    gone = {
        piece.segment.ref
        for piece in pieces
        if piece.segment.kind == "tool_call" and _is_dropped(changes, piece)
    }
    for piece in pieces:
        if piece.segment.kind == "tool_result" and piece.segment.ref in gone:
            if not _is_dropped(changes, piece):
                raise UsageError(
                    f"{piece.name} is the result of a call that is gone: delete both, or neither."
                )
            del changes[piece.key]


def _is_dropped(changes: Mapping[str, PieceChange], piece: Piece) -> bool:
    change = changes.get(piece.key)
    return change is not None and change.change == "drop"


def _unknown(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), 1)
    meant = f": did you mean {near[0]}?" if near else "."
    return f"there is no piece {key}{meant}"


def _wrong(number: int, what: str) -> UsageError:
    return UsageError(f"Item {number}: {what}")
