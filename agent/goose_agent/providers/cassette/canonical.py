"""What of a request counts when an answer to it is looked for on file.

Left out or made equal is what is another in every run, though nothing is meant by it: the turn
context, ids of calls, the day and the platform in the system prompt, where the folders are, and in
what tools say also dates, times, durations and addresses in memory.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.messages import Image, Message, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.model import ModelRequest

__all__ = ["Folders", "Piece", "key_of", "pieces_of"]

_OF_SYSTEM = re.compile(r"^(Begun|Platform): .*$", re.MULTILINE)
_DAY = r"\d{4}-\d\d-\d\d"
_CLOCK = r"\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?"
_OF_RESULTS = (
    (re.compile(rf"\b{_DAY}(?:[T ]{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?)?"), "⟦date⟧"),
    (re.compile(r"\b\d\d?:\d\d:\d\d(?:[.,]\d+)?\b"), "⟦time⟧"),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:[nmu\u00b5]?s|secs?|seconds?|minutes?)\b"), "⟦duration⟧"),
    (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "⟦address⟧"),
)


class Folders:
    """The folders of a session, which are elsewhere wherever its answers are given again.

    Args:
        folder: the working folder.
        further: further folders that it works in.
        home: the person's home folder; empty for none.
    """

    def __init__(self, folder: Path, further: Sequence[Path] = (), home: str = "") -> None:
        found = {str(folder): "⟦folder⟧"}
        for number, root in enumerate((each for each in further if each != folder), 2):
            found.setdefault(str(root), f"⟦folder {number}⟧")
        found.setdefault(home.rstrip("/"), "⟦home⟧")
        # What lies within another is found first; the root of all files stands in every path.
        self._names = {
            path: found[path] for path in sorted(found, key=len, reverse=True) if len(path) > 1
        }
        self._paths = {name: path for path, name in self._names.items()}
        either = "|".join(map(re.escape, self._names))
        self._named = re.compile(rf"(?:{either})(?![\w-]|\.\w)") if either else None

    def without(self, text: str) -> str:
        """A text with names in the place of the folders."""
        if self._named is None:
            return text
        return self._named.sub(lambda found: self._names[found[0]], text)

    def within(self, text: str) -> str:
        """A text with the folders in the place of their names."""
        if "⟦" in text:
            for name, path in self._paths.items():
                text = text.replace(name, path)
        return text


class Piece(Struct, frozen=True):
    """A piece of a request."""

    name: str
    """What it is, in a few words."""
    text: str


def pieces_of(model: str, request: ModelRequest, folders: Folders) -> tuple[Piece, ...]:
    """The pieces of a request that count, in their order.

    Args:
        model: `provider/model`.
        request: the request.
        folders: where its folders are.
    """
    system = _OF_SYSTEM.sub(r"\1: ⟦volatile⟧", request.system)
    found = [Piece("the model", model), Piece("the system prompt", folders.without(system))]
    if request.effort is not None:
        found.append(Piece("the effort", request.effort))
    if request.answer_schema is not None:
        found.append(Piece("the answer's schema", _json(request.answer_schema)))
    for tool in request.stable_tools:
        schema = _json([tool.description, tool.parameters])
        found.append(Piece(f"the tool {tool.name}", folders.without(schema)))
    found += _said(request.messages, folders)
    return tuple(found)


def key_of(pieces: Sequence[Piece]) -> str:
    """The sha256 of a request's pieces."""
    return hashlib.sha256(_json([[p.name, p.text] for p in pieces]).encode()).hexdigest()


def _said(messages: Sequence[Message], folders: Folders) -> Iterator[Piece]:
    """A piece for each part of the conversation; calls are counted by their first appearance."""
    calls: dict[str, str] = {}
    for number, message in enumerate(messages, 1):
        for part in message.parts:
            what, text = _part(part, calls, folders)
            yield Piece(f"message {number}, {what} of the {message.role}", text)


def _part(part: Part, calls: dict[str, str], folders: Folders) -> tuple[str, str]:
    match part:
        case Text(text):
            return "text", folders.without(text)
        case Thinking(text, signature):
            return "thinking", folders.without(f"{text}\n{signature}")
        case Image(media_type, data, sha):
            return "picture", f"{media_type} {sha or hashlib.sha256(data).hexdigest()}"
        case ToolCall(call_id, name, arguments):
            return "call", folders.without(f"{_number(call_id, calls)} {name} {arguments}")
        case ToolResult(call_id, name, text, is_error, images):
            shown = [_part(image, calls, folders)[1] for image in images]
            head = f"{_number(call_id, calls)} {name}{' failed' if is_error else ''}"
            return "result", "\n".join((head, _steady(folders.without(text)), *shown))


def _number(call_id: str, calls: dict[str, str]) -> str:
    return calls.setdefault(call_id, f"#{len(calls) + 1}")


def _steady(text: str) -> str:
    for pattern, name in _OF_RESULTS:
        text = pattern.sub(name, text)
    return text


def _json(value: object) -> str:
    # Halves of characters, which file names may hold, are escaped.
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
