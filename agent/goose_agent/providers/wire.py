"""Reading JSON off the wire, where nothing can be taken for granted, and gathering it into pieces."""

from __future__ import annotations

import json
from typing import Any, Literal

from goose_agent.errors import BadAnswer
from goose_agent.providers.model import CallDelta, Piece, TextDelta, ThinkingDelta
from goose_agent.providers.service import Service

__all__ = [
    "PieceGatherer",
    "arguments_object",
    "count_at",
    "list_at",
    "object_at",
    "parse_object",
    "text_at",
]

_scan = json.JSONDecoder().raw_decode

Run = Literal["", "text", "thinking", "call"]


def parse_object(text: str, service: Service) -> dict[str, Any]:
    """The JSON object that `text` is.

    Raises:
        BadAnswer: it is none.
    """
    try:
        # What `json.loads` does beyond this costs as much again, for every token.
        value, end = _scan(text, 0)
    except (ValueError, RecursionError):
        value, end = _scanned_slowly(text)
    if not isinstance(value, dict) or (end != len(text) and text[end:].strip()):
        raise _not_json(text, service)
    return value


def arguments_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a call's arguments are, or None where they are malformed."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_at(value: dict[str, Any], key: str) -> str:
    """The string at `key`, or an empty one."""
    found = value.get(key)
    return found if isinstance(found, str) else ""


def count_at(value: dict[str, Any], key: str) -> int:
    """The whole number at `key`, or 0."""
    found = value.get(key)
    return int(found) if isinstance(found, (int, float)) and 0 < found < 1e15 else 0


def object_at(value: dict[str, Any], key: str) -> dict[str, Any]:
    """The object at `key`, or an empty one."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def list_at(value: dict[str, Any], key: str) -> list[Any]:
    """The list at `key`, or an empty one."""
    found = value.get(key)
    return found if isinstance(found, list) else []


class PieceGatherer:
    """Collects what one batch of events says, joining neighbours of one kind into one piece.

    A character outside the basic plane may arrive as two halves in two events; the first half
    waits for the second, and a half without its other becomes the replacement character.
    """

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._run: list[str] = []
        self._kind: Run = ""
        self._index = 0
        self._halves: dict[tuple[Run, int], str] = {}

    def put(self, kind: Literal["text", "thinking", "call"], text: str, index: int = 0) -> None:
        """More text of a kind; `index` tells calls apart."""
        if not text:
            return
        if kind != self._kind or index != self._index:
            self._end_run()
            self._kind, self._index = kind, index
        self._run.append(text)

    def add(self, piece: Piece) -> None:
        """A piece that is whole."""
        self._end_run()
        self._pieces.append(piece)

    def take(self) -> tuple[Piece, ...]:
        """What has been gathered since the last time."""
        self._end_run()
        pieces = tuple(self._pieces)
        self._pieces.clear()
        return pieces

    def _end_run(self) -> None:
        if not self._run:
            return
        text = self._whole("".join(self._run))
        self._run.clear()
        kind, self._kind = self._kind, ""
        if not text:
            return
        if kind == "text":
            self._pieces.append(TextDelta(text))
        elif kind == "thinking":
            self._pieces.append(ThinkingDelta(text))
        else:
            self._pieces.append(CallDelta(self._index, text))

    def _whole(self, text: str) -> str:
        key = (self._kind, self._index)
        text = self._halves.pop(key, "") + text
        if text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            self._halves[key] = text[-1]
            text = text[:-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _scanned_slowly(text: str) -> tuple[object, int]:
    """The same for text with blanks around it; no value where it is no JSON."""
    try:
        return json.loads(text), len(text)
    except (ValueError, RecursionError):
        return None, len(text)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _not_json(text: str, service: Service) -> BadAnswer:
    shown = text if len(text) <= 120 else text[:119] + "…"
    return BadAnswer(
        service.masked(f"{service.name} sent an event that is not a JSON object: {shown}"),
        "Try again, or choose another model.",
    )
