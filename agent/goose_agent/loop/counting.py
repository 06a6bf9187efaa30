"""Counts the tokens of requests beside the work on them, where that can be had for nothing.

What is counted replaces an estimate until the model itself reports. Texts are counted once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence

import anyio
from msgspec import Struct

from goose_agent.config.settings import TokenCounting
from goose_agent.context.build import Built
from goose_agent.context.estimate import picture_tokens
from goose_agent.context.spread import FRAME
from goose_agent.context.tokenizing import Tokenizing, TokenizingFailed
from goose_agent.errors import ProviderError
from goose_agent.events import ContextCounted, Notice, Segment
from goose_agent.messages import Image, Part, Text, Thinking, ToolCall, ToolResult
from goose_agent.providers.counting import CountsRequests, CountsTexts
from goose_agent.providers.model import Model, ModelRequest
from goose_agent.sessions.log import SessionLog

__all__ = ["Counting"]

_OPENAI = ("openai", "azure")
"""Providers of OpenAI's models alone."""
_PATIENCE = 0.1
"""Seconds that the model has to report before anything is counted: its own count is the surer one."""
_MOST_KNOWN = 50_000
"""Texts whose counts are remembered."""

_Count = Callable[[Sequence[str]], Awaitable[list[int]]]


class _Wish(Struct, frozen=True):
    """A request whose tokens are to be counted."""

    model: Model
    request: ModelRequest
    built: Built
    seq: int
    """Number of its `context.built`."""
    segments: tuple[Segment, ...]


class Counting:
    """Counts for one session.

    Args:
        log: the session's record, where counts become events.
        choice: who is to count.
    """

    def __init__(self, log: SessionLog, choice: TokenCounting) -> None:
        self._log = log
        self._choice = choice
        self._wish: _Wish | None = None
        self._news = anyio.Event()
        self._scope = anyio.CancelScope()
        self._known: dict[bytes, int] = {}
        self._given_up: set[str] = set()
        """Models whose tokens cannot be counted."""

    def wish(self, model: Model, request: ModelRequest, built: Built, seq: int) -> None:
        """Count a request as soon as nothing else is counted; a later wish takes its place.

        Args:
            model: who answers it.
            request: as it is sent.
            built: what it is made of.
            seq: number of its `context.built`.
        """
        if self._counts(model):
            segments = self._log.state.context.segments
            self._wish = _Wish(model, request, built, seq, segments)
            self._news.set()

    async def run(self) -> None:
        """Count what is wished until stopped."""
        with self._scope:
            async with Tokenizing() as tokenizing:
                while True:
                    await self._news.wait()
                    await anyio.sleep(_PATIENCE)
                    wish, self._wish, self._news = self._wish, None, anyio.Event()
                    if wish is not None and self._wanted(wish):
                        await self._try(wish, tokenizing)

    def _wanted(self, wish: _Wish) -> bool:
        """Whether the model has not reported its own count by now."""
        use = self._log.state.context
        return use.built == wish.seq and use.source != "provider"

    def stop(self) -> None:
        """Count no more."""
        self._scope.cancel()

    def _counts(self, model: Model) -> bool:
        if self._choice == "estimate" or model.info.name in self._given_up:
            return False
        if self._choice == "o200k" or _by_provider(model, self._choice):
            return True
        provider, _, name = model.info.name.partition("/")
        return provider in _OPENAI or name.startswith("openai/")

    async def _try(self, wish: _Wish, tokenizing: Tokenizing) -> None:
        name = wish.model.info.name
        try:
            self._log.record(await self._count(wish, tokenizing), "agent", cause=wish.seq)
        except (ProviderError, TokenizingFailed) as error:
            self._given_up.add(name)
            text = f"The tokens of {name} cannot be counted: {error}"
            self._log.record(Notice("warning", text, "They are estimated."), "agent")

    async def _count(self, wish: _Wish, tokenizing: Tokenizing) -> ContextCounted:
        model = wish.model
        if _by_provider(model, self._choice):
            if isinstance(model, CountsRequests):
                whole = await model.count_request(wish.request)
                return ContextCounted(wish.seq, whole, "provider")
            assert isinstance(model, CountsTexts)
            return await self._segments(wish, model.count_texts)
        return await self._segments(wish, tokenizing.count)

    async def _segments(self, wish: _Wish, count: _Count) -> ContextCounted:
        """The tokens of those segments that are not counted yet."""
        places, texts, more = [], [], []
        for place, segment in enumerate(wish.segments):
            text = _text_at(wish.built, place) if segment.source == "estimate" else None
            if text is not None and segment.size:
                places.append(place)
                texts.append(text)
                more.append(_pictures_at(wish.built, place))
        known = self._known
        keys = [
            f"{wish.model.info.name}\0{text}".encode("utf-8", "surrogatepass") for text in texts
        ]
        names = [hashlib.sha256(key).digest() for key in keys]
        new = {name: text for name, text in zip(names, texts, strict=True) if name not in known}
        if new:
            if len(known) > _MOST_KNOWN:
                known.clear()
                new = dict(zip(names, texts, strict=True))
            known.update(zip(new, await count(list(new.values())), strict=True))
        counts = [known[name] + add for name, add in zip(names, more, strict=True)]
        tokens = [segment.tokens for segment in wish.segments]
        for place, tally in zip(places, counts, strict=True):
            tokens[place] = tally
        whole = sum(tokens) + FRAME * sum(map(bool, tokens))
        return ContextCounted(wish.seq, whole, "tokenizer", tuple(places), tuple(counts))


def _by_provider(model: Model, choice: TokenCounting) -> bool:
    """Whether the service of a model is to count, and can."""
    if choice != "provider":
        return False
    if isinstance(model, CountsRequests):
        return model.counts_requests
    return isinstance(model, CountsTexts) and model.counts_texts


def _text_at(built: Built, place: int) -> str | None:
    """The text of a segment; None for a picture."""
    if place < len(built.opening):
        return built.opening[place]
    part = _part_at(built, place)
    return built.turn_context if part is None else _text_of(part)


def _part_at(built: Built, place: int) -> Part | None:
    """The part of the conversation that a segment is; None for what stands before and behind it."""
    at = place - len(built.opening)
    return built.parts[at].part if 0 <= at < len(built.parts) else None


def _text_of(part: Part) -> str | None:
    match part:
        case Text() | Thinking() | ToolResult():
            return part.text
        case ToolCall():
            return f"{part.name} {part.arguments}"
        case Image():
            return None


def _pictures_at(built: Built, place: int) -> int:
    """Tokens of the pictures in a result, estimated."""
    part = _part_at(built, place)
    images = part.images if isinstance(part, ToolResult) else ()
    return sum(picture_tokens(image.width, image.height) for image in images)
