"""Answers in the wire formats of several services, for a session that talks to all of them."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, overload

from agent.providers.loopback import Loopback, Received, Reply, serving

__all__ = ["answer_for", "speaking_server"]


def _openai(text: str, call: dict[str, Any] | None, counted: int) -> bytes:
    delta: dict[str, Any] = {"content": text}
    if call is not None:
        function = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
        delta["tool_calls"] = [{"index": 0, "id": call["id"], "function": function}]
    reason = "stop" if call is None else "tool_calls"
    usage = {"prompt_tokens": counted, "completion_tokens": 9}
    return _events(
        {"choices": [{"delta": delta, "finish_reason": reason}]}, {"choices": [], "usage": usage}
    ) + (b"data: [DONE]\n\n")


def _anthropic(text: str, call: dict[str, Any] | None, counted: int) -> bytes:
    blocks: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": f"About {text}"},
        ),
        ({"type": "text", "text": ""}, {"type": "text_delta", "text": text}),
    ]
    if call is not None:
        begins = {"type": "tool_use", "id": call["id"], "name": call["name"], "input": {}}
        rest = {"type": "input_json_delta", "partial_json": json.dumps(call["arguments"])}
        blocks.append((begins, rest))
    said: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"usage": {"input_tokens": counted}}}
    ]
    for at, (block, delta) in enumerate(blocks):
        said.append({"type": "content_block_start", "index": at, "content_block": block})
        said.append({"type": "content_block_delta", "index": at, "delta": delta})
        if block["type"] == "thinking":
            seal = {"type": "signature_delta", "signature": f"seal of {text}"}
            said.append({"type": "content_block_delta", "index": at, "delta": seal})
        said.append({"type": "content_block_stop", "index": at})
    reason = "end_turn" if call is None else "tool_use"
    usage = {"output_tokens": 9}
    said.append({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage})
    said.append({"type": "message_stop"})
    return _events(*said)


def _gemini(text: str, call: dict[str, Any] | None, counted: int) -> bytes:
    parts: list[dict[str, Any]] = [{"text": text}]
    if call is not None:
        parts.append({"functionCall": {"name": call["name"], "args": call["arguments"]}})
    usage = {"promptTokenCount": counted, "candidatesTokenCount": 9}
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}
    return _events({"candidates": [candidate], "usageMetadata": usage})


def _ollama(text: str, call: dict[str, Any] | None, counted: int) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if call is not None:
        function = {"name": call["name"], "arguments": call["arguments"]}
        message["tool_calls"] = [{"function": function}]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": counted, "eval_count": 9}
    lines = ({"message": message, "done": False}, {"message": {"content": ""}, **end})
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _events(*values: dict[str, Any]) -> bytes:
    lines = []
    for value in values:
        name = f"event: {value['type']}\n" if "type" in value else ""
        lines.append(f"{name}data: {json.dumps(value)}\n\n")
    return "".join(lines).encode()


_SPEAKERS = {
    "chat/completions": _openai,
    "v1/messages": _anthropic,
    "generatecontent": _gemini,
    "api/chat": _ollama,
}
"""What each says, by what is found in the paths that it is asked at."""


def answer_for(path: str, text: str, call: dict[str, Any] | None, counted: int) -> bytes:
    """The body of an answer in the format that is spoken at a path.

    Args:
        path: of the request.
        text: what the answer says.
        call: a call in it, with `id`, `name` and `arguments`; None for none.
        counted: the tokens of the request that it reports.
    """
    for part, speak in _SPEAKERS.items():
        if part.lower() in path.lower():
            return speak(text, call, counted)
    raise AssertionError(f"nobody speaks at {path}")


class _Speech(Sequence[Reply]):
    """Replies that are made when they are wanted."""

    def __init__(self, server: Loopback, reply: Callable[[Received, int], Reply]) -> None:
        self._server = server
        self._reply = reply

    def __len__(self) -> int:
        return sys.maxsize

    @overload
    def __getitem__(self, at: int) -> Reply: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Reply]: ...
    def __getitem__(self, at: int | slice) -> Reply | Sequence[Reply]:
        assert isinstance(at, int)
        return self._reply(self._server.received[-1], at)


@asynccontextmanager
async def speaking_server(reply: Callable[[Received, int], Reply]) -> AsyncIterator[Loopback]:
    """A server that makes its replies of what it is asked, for the time of the block.

    Args:
        reply: the reply to a request, given its number from 0.
    """
    async with serving() as server:
        server.replies = _Speech(server, reply)
        yield server
