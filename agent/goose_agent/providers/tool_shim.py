"""Tools for models that cannot call any: their text says what to call.

Where the server can hold a model to a JSON schema, its whole answer is one object, either a call or a
reply; elsewhere what it prints is searched for calls. The rest of the program sees calls like any.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from goose_agent.errors import ProviderError
from goose_agent.evolve import evolve
from goose_agent.growing import Chain, Each
from goose_agent.messages import Message, Part, Text, ToolCall, ToolResult, ToolSchema
from goose_agent.providers.counting import CountsTexts
from goose_agent.providers.encoder import Encoded, Encoder
from goose_agent.providers.history import Joining, settling
from goose_agent.providers.model import (
    AnswerEnd,
    CallDelta,
    CallStart,
    Model,
    ModelInfo,
    ModelRequest,
    Piece,
    TextDelta,
)
from goose_agent.providers.printed_calls import PrintedCall, PrintedCalls, broken_call
from goose_agent.providers.wire import arguments_object

__all__ = ["ShimModel"]

_PRINTED = """\
# Tools

To call a tool, write this and then stop:

<tool_call>
{"name": "the tool", "arguments": {"its": "arguments"}}
</tool_call>

The result comes in the next message. Never write a result yourself. When nothing is left to do, \
answer in words without a call. The tools:

"""
_HELD = """\
# Tools

Answer with one JSON object. To call a tool, name it and its arguments: \
{"tool": "…", "arguments": {…}}. The result comes in the next message. When nothing is left to do, \
say so: {"reply": "…"}. The tools:

"""
_OPENING = re.compile(r'\s*\{\s*"reply"\s*:\s*"')
_CHARACTERS = re.compile(r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')


class _Connected(Model, Protocol):
    """A model that holds connections."""

    async def warm(self) -> None:
        """Load what the first request needs."""

    async def aclose(self) -> None:
        """Close the connections."""


class ShimModel:
    """A model whose calls are read from its text.

    Args:
        model: who answers.
        constrained: whether its server holds an answer to a JSON schema.
    """

    def __init__(self, model: _Connected, *, constrained: bool) -> None:
        self._model = model
        self._constrained = constrained
        render = _as_object if constrained else _as_print
        self._spoken: Chain[Message, Message] = Chain(
            *settling(), Each(lambda message: (_spoken(message, render),)), Joining()
        )
        self._last: tuple[ModelRequest, ModelRequest] | None = None

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return evolve(self._model.info, tool_shim=True)

    @property
    def encoder(self) -> Encoder | None:
        """How it encodes requests; None where its model cannot tell."""
        if not isinstance(self._model, Encoded) or (plain := self._model.encoder) is None:
            return None
        return evolve(plain, shim="held" if self._constrained else "printed")

    @property
    def counts_texts(self) -> bool:
        """Whether its server tells the tokens of texts."""
        return isinstance(self._model, CountsTexts) and self._model.counts_texts

    async def count_texts(self, texts: Sequence[str]) -> list[int]:
        """The tokens of each text.

        Raises:
            ProviderError: they cannot be had.
        """
        assert isinstance(self._model, CountsTexts)
        return await self._model.count_texts(texts)

    async def warm(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""
        await self._model.warm()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._model.aclose()

    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        return self._model.encode(self._plain(request))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        reader: _HeldReader | _PrintedReader | None = None
        if request.tools and self._constrained:
            reader = _HeldReader()
        elif request.tools:
            reader = _PrintedReader(request.tools)
        async with aclosing(self._model.stream(self._plain(request))) as stream:
            try:
                async for pieces in stream:
                    read = tuple(_read(pieces, reader)) if reader else pieces
                    if read:
                        yield read
            except ProviderError:
                if reader and (rest := reader.rest()):
                    yield (TextDelta(rest),)
                raise

    def _plain(self, request: ModelRequest) -> ModelRequest:
        """The request in words alone: the same one for the same, which is encoded only once."""
        if self._last is None or self._last[0] is not request:
            self._last = request, self._in_words(request)
        return self._last[1]

    def _in_words(self, request: ModelRequest) -> ModelRequest:
        messages = tuple(self._spoken.of(request.messages))
        if not request.tools:
            return evolve(request, messages=messages)
        words, describe = (_HELD, _exemplified) if self._constrained else (_PRINTED, _described)
        tools = "\n".join(describe(tool) for tool in request.stable_tools)
        system = f"{request.system.rstrip()}\n\n{words}{tools}"
        schema = _answer_schema(request.stable_tools) if self._constrained else None
        return evolve(request, system=system, messages=messages, tools=(), answer_schema=schema)


class _PrintedReader:
    """Finds calls in what a model prints."""

    def __init__(self, tools: Iterable[ToolSchema]) -> None:
        self._calls = PrintedCalls({tool.name for tool in tools})
        self.count = 0

    def text(self, text: str) -> Iterator[Piece]:
        """What more text makes certain."""
        yield from self._pieces(self._calls.feed(text))

    def end(self, *, cut: bool) -> Iterator[Piece]:
        """What the end makes certain; the calls of an answer that was cut are refused later."""
        yield from self._pieces(self._calls.finish())

    def rest(self) -> str:
        """Text that was held back when the answer broke off."""
        return self._calls.rest()

    def _pieces(self, found: Iterable[str | PrintedCall]) -> Iterator[Piece]:
        for item in found:
            if isinstance(item, str):
                yield TextDelta(item)
            else:
                yield from _call_pieces(self.count, item.name, item.arguments)
                self.count += 1


class _HeldReader:
    """Reads the object that an answer is held to, its text as it comes."""

    def __init__(self) -> None:
        self._body = ""
        self._at = 0
        self._shown = False
        self.count = 0

    def text(self, text: str) -> Iterator[Piece]:
        """What more of the object says."""
        self._body += text
        if not self._at:
            opening = _OPENING.match(self._body)
            if opening is None:
                return
            self._at = opening.end()
        found = _CHARACTERS.match(self._body, self._at)
        # The first half of a character waits for the second.
        whole = re.sub(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z", "", found[0]) if found else ""
        if whole:
            self._at += len(whole)
            self._shown = True
            yield TextDelta(json.loads(f'"{whole}"').encode("utf-8", "replace").decode())

    def rest(self) -> str:
        """Nothing: half an object is of no use to anybody."""
        return ""

    def end(self, *, cut: bool) -> Iterator[Piece]:
        """The call; an answer that is not the object it should be is shown as it is."""
        if self._shown:
            return
        value = arguments_object(self._body) or {}
        tool = value.get("tool")
        if isinstance(tool, str):
            arguments = json.dumps(value.get("arguments") or {}, ensure_ascii=False)
            yield from _call_pieces(0, tool, arguments)
            self.count = 1
        elif cut and (broken := broken_call(self._body)):
            yield from _call_pieces(0, broken[0].name, broken[0].arguments)
            self.count = 1
        elif not value and self._body.strip():
            yield TextDelta(self._body)


def _read(pieces: Iterable[Piece], reader: _PrintedReader | _HeldReader) -> Iterator[Piece]:
    for piece in pieces:
        match piece:
            case TextDelta(text):
                yield from reader.text(text)
            case AnswerEnd(reason):
                yield from reader.end(cut=reason == "length")
                calls = reader.count and reason == "stop"
                yield AnswerEnd("tool_calls") if calls else piece
            case _:
                yield piece


def _call_pieces(index: int, name: str, arguments: str) -> tuple[Piece, ...]:
    return CallStart(index, "", name), CallDelta(index, arguments)


class _Render(Protocol):
    def __call__(self, text: str, calls: list[ToolCall]) -> str: ...


def _as_print(text: str, calls: list[ToolCall]) -> str:
    told = (json.dumps(_told(call, "name")) for call in calls)
    blocks = [f"<tool_call>\n{call}\n</tool_call>" for call in told]
    return "\n".join([text, *blocks] if text else blocks)


def _as_object(text: str, calls: list[ToolCall]) -> str:
    if not calls:
        return json.dumps({"reply": text}, ensure_ascii=False)
    objects = [json.dumps(_told(call, "tool"), ensure_ascii=False) for call in calls]
    return "\n".join([text, *objects] if text else objects)


def _told(call: ToolCall, key: str) -> dict[str, Any]:
    return {key: call.name, "arguments": arguments_object(call.arguments) or {}}


def _spoken(message: Message, render: _Render) -> Message:
    """A message as one without tools has it: calls and results in words."""
    if message.role == "user":
        return message
    if message.role == "tool":
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        return Message("user", tuple(part for result in results for part in _brought(result)))
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    words = "".join(part.text for part in message.parts if isinstance(part, Text))
    kept: list[Part] = [p for p in message.parts if not isinstance(p, (Text, ToolCall))]
    return Message("assistant", (*kept, Text(render(words, calls))))


def _brought(result: ToolResult) -> Iterator[Part]:
    """A result in words, and its pictures behind them."""
    yield Text(_result(result))
    yield from result.images


def _result(result: ToolResult) -> str:
    state = "failed" if result.is_error else "ok"
    return f'<tool_response name="{result.name}" state="{state}">\n{result.text}\n</tool_response>'


def _described(tool: ToolSchema) -> str:
    fields = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    }
    return json.dumps(fields, ensure_ascii=False)


def _exemplified(tool: ToolSchema) -> str:
    """What a tool does and a call of it: weak models do better by what to write than by a schema."""
    needed, known = tool.parameters.get("required"), tool.parameters.get("properties")
    arguments = {}
    for name, schema in known.items() if isinstance(known, dict) else ():
        words = schema.get("description") if isinstance(schema, dict) else None
        optional = not isinstance(needed, list) or name not in needed
        arguments[name] = f"<{'optional: ' * optional}{str(words or name).rstrip('.')}>"
    call = {"tool": tool.name, "arguments": arguments}
    return f"{tool.description}\n{json.dumps(call, ensure_ascii=False)}"


def _answer_schema(tools: Iterable[ToolSchema]) -> dict[str, object]:
    """The JSON schema of an answer that is a call of one of these tools, or a reply.

    The calls come first, and each begins with its tool: where a weak model may begin with words, it
    says that it can do nothing.
    """
    calls = [
        _object({"tool": {"type": "string", "enum": [tool.name]}, "arguments": tool.parameters})
        for tool in tools
    ]
    return {"anyOf": [*calls, _object({"reply": {"type": "string"}})]}


def _object(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties)}
