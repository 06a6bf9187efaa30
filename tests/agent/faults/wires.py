"""The six wire formats as a server speaks them, so that one fault can be played in each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.providers import aws_stream
from agent.providers.loopback import Act, Reply, events, streamed

__all__ = ["KEY", "WIRES", "Call", "Said", "Wire"]

KEY = "key-that-nobody-may-see"


@dataclass(frozen=True)
class Call:
    """A tool call; its arguments are JSON as the model wrote it, None for none at all."""

    tool: str
    arguments: str | None = '{"word": "x"}'
    id: str = ""

    @property
    def value(self) -> dict[str, Any]:
        """The arguments for wire formats that carry no text; empty where the text is damaged."""
        try:
            value: dict[str, Any] = json.loads(self.arguments or "{}")
        except ValueError:
            value = {}
        return value


@dataclass(frozen=True)
class Said:
    """One answer of a model."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    stop: Literal["stop", "length"] = "stop"
    usage: tuple[Any, Any] | None = (100, 10)
    """What is said of the tokens read and written; None for nothing."""

    @property
    def cut(self) -> bool:
        """Whether it met a limit."""
        return self.stop == "length"


@dataclass(frozen=True)
class Wire:
    """A wire format."""

    name: str
    model: str
    address: str
    """The variable that holds the server's address."""
    settings: Mapping[str, str]
    frames: Callable[[Said], list[bytes]]
    """An answer in pieces, whose last one ends it."""
    content_type: str = "text/event-stream"
    opening: Callable[[int], bytes] = lambda size: b"data: {"
    """The beginning of a unit of so many bytes; most formats do not say how many."""
    unit: Callable[[bytes], bytes] = lambda body: b"data: " + body + b"\n\n"
    """A unit that holds any bytes."""
    altered: Callable[[bytes, bytes, bytes], bytes] = bytes.replace
    """A frame with some bytes for others, as long, and sound all the same."""

    def environ(self, url: str) -> dict[str, str]:
        """The variables that lead to a server at this address."""
        return {**self.settings, self.address: url}

    def says(self, said: Said) -> Reply:
        """A whole answer."""
        return self.stream(*self.frames(said))

    def begins(self, said: Said, end: Act) -> Reply:
        """An answer that stops before its end."""
        return self.stream(*self.frames(said)[:-1], end=end)

    def stream(self, *chunks: bytes, end: Act | None = None) -> Reply:
        """Any bytes as a stream."""
        return streamed(*chunks, content_type=self.content_type, end=end)


def _with_id(value: dict[str, Any], key: str, call: Call) -> dict[str, Any]:
    return value | ({key: call.id} if call.id else {})


def _chat(said: Said) -> list[bytes]:
    deltas: list[dict[str, Any]] = [{"content": said.text}] if said.text else []
    for index, call in enumerate(said.calls):
        function = {"name": call.tool}
        if call.arguments is not None:
            function["arguments"] = call.arguments
        deltas.append(
            {"tool_calls": [_with_id({"index": index, "function": function}, "id", call)]}
        )
    reason = "length" if said.cut else "tool_calls" if said.calls else "stop"
    end: dict[str, Any] = {"choices": [{"delta": {}, "finish_reason": reason}]}
    if said.usage is not None:
        end["usage"] = dict(zip(("prompt_tokens", "completion_tokens"), said.usage, strict=True))
    frames = [events({"choices": [{"delta": delta}]}) for delta in deltas]
    return [*frames, events(end, last="data: [DONE]\n\n")]


def _responses(said: Said) -> list[bytes]:
    frames = []
    if said.text:
        delta = {"type": "response.output_text.delta", "output_index": 0, "delta": said.text}
        frames.append(events(delta))
    for index, call in enumerate(said.calls, 1):
        item = _with_id({"type": "function_call", "name": call.tool}, "call_id", call)
        whole = item if call.arguments is None else item | {"arguments": call.arguments}
        arguments = "response.function_call_arguments.delta"
        frames.append(
            events(
                {"type": "response.output_item.added", "output_index": index, "item": item},
                {"type": arguments, "output_index": index, "delta": call.arguments or ""},
                {"type": "response.output_item.done", "output_index": index, "item": whole},
            )
        )
    response: dict[str, Any] = {"status": "completed"}
    if said.cut:
        response = {"incomplete_details": {"reason": "max_output_tokens"}}
    if said.usage is not None:
        response["usage"] = dict(zip(("input_tokens", "output_tokens"), said.usage, strict=True))
    kind = "response.incomplete" if said.cut else "response.completed"
    return [*frames, events({"type": kind, "response": response})]


def _anthropic(said: Said) -> list[bytes]:
    frames = [_block(0, {"type": "text"}, "text_delta", "text", said.text)] if said.text else []
    for index, call in enumerate(said.calls, 1):
        block = _with_id({"type": "tool_use", "name": call.tool, "input": {}}, "id", call)
        frames.append(
            _block(index, block, "input_json_delta", "partial_json", call.arguments or "")
        )
    reason = "max_tokens" if said.cut else "tool_use" if said.calls else "end_turn"
    end: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": reason}}
    if said.usage is not None:
        end["usage"] = dict(zip(("input_tokens", "output_tokens"), said.usage, strict=True))
    return [*frames, events(end, {"type": "message_stop"})]


def _block(index: int, block: dict[str, Any], kind: str, key: str, text: str) -> bytes:
    delta = {"type": kind, key: text}
    return events(
        {"type": "content_block_start", "index": index, "content_block": block},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    )


def _gemini(said: Said) -> list[bytes]:
    parts: list[dict[str, Any]] = [{"text": said.text}] if said.text else []
    for call in said.calls:
        function = _with_id({"name": call.tool}, "id", call)
        if call.arguments is not None:
            function["args"] = call.value
        parts.append({"functionCall": function})
    end: dict[str, Any] = {"candidates": [{"finishReason": "MAX_TOKENS" if said.cut else "STOP"}]}
    if said.usage is not None:
        names = ("promptTokenCount", "candidatesTokenCount")
        end["usageMetadata"] = dict(zip(names, said.usage, strict=True))
    frames = [events({"candidates": [{"content": {"parts": [part]}}]}) for part in parts]
    return [*frames, events(end)]


def _ollama(said: Said) -> list[bytes]:
    messages: list[dict[str, Any]] = [{"content": said.text}] if said.text else []
    for call in said.calls:
        function: dict[str, Any] = {"name": call.tool}
        if call.arguments is not None:
            function["arguments"] = call.value
        messages.append({"tool_calls": [_with_id({"function": function}, "id", call)]})
    end: dict[str, Any] = {"done": True, "done_reason": said.stop}
    if said.usage is not None:
        end |= zip(("prompt_eval_count", "eval_count"), said.usage, strict=True)
    values = [*({"message": message} for message in messages), end]
    return [json.dumps(value).encode() + b"\n" for value in values]


def _bedrock(said: Said) -> list[bytes]:
    deltas: list[list[tuple[str, object]]] = []
    if said.text:
        deltas.append(
            [("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": said.text}})]
        )
    for index, call in enumerate(said.calls, 1):
        tool = _with_id({"name": call.tool}, "toolUseId", call)
        delta = {"toolUse": {"input": call.arguments or ""}}
        deltas.append(
            [
                ("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": tool}}),
                ("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}),
                ("contentBlockStop", {"contentBlockIndex": index}),
            ]
        )
    reason = "max_tokens" if said.cut else "tool_use" if said.calls else "end_turn"
    end: list[tuple[str, object]] = [("messageStop", {"stopReason": reason})]
    if said.usage is not None:
        counts = dict(zip(("inputTokens", "outputTokens"), said.usage, strict=True))
        end.append(("metadata", {"usage": counts}))
    return [aws_stream.messages(*events) for events in (*deltas, end)]


_OPENAI = {"OPENAI_API_KEY": KEY}

WIRES = (
    Wire("chat", "openai/one", "OPENAI_BASE_URL", {**_OPENAI, "OPENAI_WIRE": "chat"}, _chat),
    Wire(
        "responses",
        "openai/one",
        "OPENAI_BASE_URL",
        {**_OPENAI, "OPENAI_WIRE": "responses"},
        _responses,
    ),
    Wire(
        "anthropic", "anthropic/one", "ANTHROPIC_BASE_URL", {"ANTHROPIC_API_KEY": KEY}, _anthropic
    ),
    Wire("gemini", "gemini/one", "GEMINI_BASE_URL", {"GEMINI_API_KEY": KEY}, _gemini),
    # It takes no key; those of others are in the environment all the same.
    Wire(
        "ollama",
        "ollama/one",
        "OLLAMA_HOST",
        _OPENAI,
        _ollama,
        "application/x-ndjson",
        lambda size: b"{",
        lambda body: body + b"\n",
    ),
    Wire(
        "bedrock",
        "bedrock/one",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        {**aws_stream.WHO, "AWS_SECRET_ACCESS_KEY": KEY},
        _bedrock,
        aws_stream.STREAM,
        aws_stream.opening,
        lambda body: aws_stream.message("contentBlockDelta", body),
        aws_stream.altered,
    ),
)
