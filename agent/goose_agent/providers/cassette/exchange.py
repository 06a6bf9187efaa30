"""A request and what came of it, as it stands on file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from goose_agent import errors
from goose_agent.errors import ProviderError
from goose_agent.messages import Usage
from goose_agent.providers.cassette.canonical import Piece as RequestPiece
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    Piece,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ThinkingSeal,
    UsageReport,
)

__all__ = ["Batch", "Exchange", "Failure", "edited"]

_ERRORS: dict[str, type[ProviderError]] = {
    name: kind
    for name in errors.__all__
    if isinstance(kind := getattr(errors, name), type) and issubclass(kind, ProviderError)
}


class Failure(Struct, frozen=True, omit_defaults=True):
    """An error of a service."""

    error: str
    """Name of its class."""
    message: str
    hint: str = ""
    status: int = 0

    @classmethod
    def of(cls, error: ProviderError) -> Failure:
        """What is kept of it."""
        return cls(type(error).__name__, error.message, error.hint, error.status)

    def again(self) -> ProviderError:
        """The error once more; nobody waits as long for the next try as the service had asked."""
        kind = _ERRORS.get(self.error, ProviderError)
        return kind(self.message, self.hint, status=self.status, retry_after=0.0)


class Batch(Struct, frozen=True, array_like=True):
    """Pieces of an answer that arrived together."""

    at: int
    """Milliseconds after the request."""
    pieces: tuple[_Kept, ...]

    @classmethod
    def of(cls, at: int, pieces: Sequence[Piece]) -> Batch:
        """What is kept of them."""
        return cls(at, tuple(map(_kept, pieces)))

    def again(self) -> tuple[Piece, ...]:
        """The pieces."""
        return tuple(kept.again() for kept in self.pieces)


class Exchange(Struct, frozen=True):
    """One request, answered."""

    key: str
    model: str
    """`provider/model`."""
    request: tuple[RequestPiece, ...]
    answer: tuple[Batch, ...]
    failure: Failure | None = None
    """With what it ended; None for a whole answer."""


class _Kept(Struct, frozen=True, omit_defaults=True):
    """A piece of an answer."""

    kind: str
    text: str = ""
    """Also a signature, a tool's name, or why an answer ended."""
    index: int = 0
    id: str = ""
    usage: Usage | None = None

    def again(self) -> Piece:
        match self.kind:
            case "text":
                return TextDelta(self.text)
            case "thinking":
                return ThinkingDelta(self.text)
            case "seal":
                return ThinkingSeal(self.text)
            case "call":
                return CallStart(self.index, self.id, self.text)
            case "arguments":
                return CallDelta(self.index, self.text)
            case "usage":
                return UsageReport(self.usage or Usage())
            case _:
                return AnswerEnd(_STOPS.get(self.text, "other"))


_STOPS: dict[str, StopReason] = {
    "stop": "stop",
    "tool_calls": "tool_calls",
    "length": "length",
    "refusal": "refusal",
}


def _kept(piece: Piece) -> _Kept:
    match piece:
        case TextDelta(text):
            return _Kept("text", text)
        case ThinkingDelta(text):
            return _Kept("thinking", text)
        case ThinkingSeal(signature):
            return _Kept("seal", signature)
        case CallStart(index, call_id, name):
            return _Kept("call", name, index, call_id)
        case CallDelta(index, text):
            return _Kept("arguments", text, index)
        case UsageReport(usage):
            return _Kept("usage", usage=usage)
        case AnswerEnd(reason):
            return _Kept("end", reason)


def edited(answer: Sequence[Batch], edit: Callable[[str], str]) -> tuple[Batch, ...]:
    """An answer with its texts as `edit` makes them of each as a whole, in pieces as before.

    What is to be replaced may lie across pieces.

    Args:
        answer: as it arrived.
        edit: makes another text of one.
    """
    whole: dict[tuple[str, int], str] = {}
    for kept in _words(answer):
        channel = kept.kind, kept.index
        whole[channel] = whole.get(channel, "") + kept.text
    changed = {channel: new for channel, text in whole.items() if (new := edit(text)) != text}
    if not changed:
        return tuple(answer)
    left = {channel: sum(k.text != "" for k in _words(answer) if (k.kind, k.index) == channel)
            for channel in changed}  # fmt: skip

    def refit(kept: _Kept) -> _Kept:
        channel = kept.kind, kept.index
        if channel not in changed or kept.kind not in _TEXTS or not kept.text:
            return kept
        left[channel] -= 1
        rest = changed[channel]
        cut = len(kept.text) if left[channel] else len(rest)
        changed[channel] = rest[cut:]
        return _Kept(kept.kind, rest[:cut], kept.index)

    return tuple(Batch(batch.at, tuple(map(refit, batch.pieces))) for batch in answer)


_TEXTS = ("text", "thinking", "arguments")


def _words(answer: Sequence[Batch]) -> Iterator[_Kept]:
    return (kept for batch in answer for kept in batch.pieces if kept.kind in _TEXTS)
