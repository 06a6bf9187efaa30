"""Reading what Anthropic's Messages API streams."""

from __future__ import annotations

from typing import Any

from goose_agent.messages import Usage
from goose_agent.providers.answer import GatheredAnswer
from goose_agent.providers.encoding import as_body
from goose_agent.providers.failures import stream_refusal
from goose_agent.providers.model import (
    CallStart,
    Piece,
    StopReason,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.service import Service
from goose_agent.providers.sse import ServerSentEvent
from goose_agent.providers.wire import (
    count_at,
    list_at,
    object_at,
    parse_object,
    text_at,
)

__all__ = ["REDACTED", "AnthropicAnswer"]

REDACTED = "redacted:"
"""Tells the sealed content of a hidden thought from the signature of one that is shown."""

_STOPS: dict[str, StopReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class AnthropicAnswer(GatheredAnswer):
    """Reads the events of one answer.

    Args:
        service: who answers.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._calls: dict[int, int] = {}
        """The index of a block to that of its call."""
        self._inputs: dict[int, str] = {}
        """Arguments that came with the start of a block; deltas take their place."""
        self._signature = ""
        self._usage: dict[str, int] = {}

    def read(self, batch: tuple[ServerSentEvent, ...]) -> tuple[Piece, ...]:
        """What these events say."""
        for event in batch:
            if event.data.strip() and not self.ended:
                self._event(event, parse_object(event.data, self._service))
        return self._gatherer.take()

    def _event(self, event: ServerSentEvent, value: dict[str, Any]) -> None:
        match text_at(value, "type") or event.event:
            case "content_block_delta":
                self._delta(count_at(value, "index"), object_at(value, "delta"))
            case "content_block_start":
                self._start(count_at(value, "index"), object_at(value, "content_block"))
            case "content_block_stop":
                self._close(count_at(value, "index"))
            case "message_start":
                self._count(object_at(object_at(value, "message"), "usage"))
            case "message_delta":
                reason = text_at(object_at(value, "delta"), "stop_reason")
                if reason:
                    self._stop = _STOPS.get(reason, "other")
                self._count(object_at(value, "usage"))
            case "message_stop":
                self._end()
            case "message":
                self._message(value)
            case "error":
                raise stream_refusal(self._service, value)
            case _:
                # Pings, and kinds that may be added at any time.
                return

    def _message(self, value: dict[str, Any]) -> None:
        """An answer that is not streamed: all its blocks at once."""
        for index, block in enumerate(list_at(value, "content")):
            if isinstance(block, dict):
                self._start(index, block)
                self._close(index)
        self._stop = _STOPS.get(text_at(value, "stop_reason"), "other")
        self._count(object_at(value, "usage"))
        self._end()

    def _start(self, index: int, block: dict[str, Any]) -> None:
        match text_at(block, "type"):
            case "text":
                self._gatherer.put("text", text_at(block, "text"))
            case "thinking":
                self._gatherer.put("thinking", text_at(block, "thinking"))
                self._signature = text_at(block, "signature")
            case "redacted_thinking":
                self._gatherer.add(ThinkingSeal(REDACTED + text_at(block, "data")))
            case "tool_use":
                place = self._calls.setdefault(index, len(self._calls))
                self._gatherer.add(CallStart(place, text_at(block, "id"), text_at(block, "name")))
                # A call without arguments is this empty object, and no delta follows.
                self._inputs[index] = as_body(object_at(block, "input")).decode("utf-8")
            case _:
                return

    def _delta(self, index: int, delta: dict[str, Any]) -> None:
        match text_at(delta, "type"):
            case "text_delta":
                self._gatherer.put("text", text_at(delta, "text"))
            case "thinking_delta":
                self._gatherer.put("thinking", text_at(delta, "thinking"))
            case "signature_delta":
                self._signature += text_at(delta, "signature")
            case "input_json_delta":
                text = text_at(delta, "partial_json")
                if text and index in self._calls:
                    self._inputs.pop(index, None)
                    self._gatherer.put("call", text, self._calls[index])
            case _:
                return

    def _close(self, index: int) -> None:
        if text := self._inputs.pop(index, ""):
            self._gatherer.put("call", text, self._calls[index])
        if self._signature:
            self._gatherer.add(ThinkingSeal(self._signature))
            self._signature = ""

    def _count(self, usage: dict[str, Any]) -> None:
        """Later numbers of an answer stand for the whole of it."""
        self._usage |= {
            key: count_at(usage, key)
            for key in (
                "input_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
                "output_tokens",
            )
            if usage.get(key) is not None
        }
        details = object_at(usage, "output_tokens_details")
        if details:
            self._usage["thinking_tokens"] = count_at(details, "thinking_tokens")
        if not self._usage:
            return
        known = self._usage.get
        read = known("cache_read_input_tokens", 0)
        written = known("cache_creation_input_tokens", 0)
        self._gatherer.add(
            UsageReport(
                Usage(
                    # The service counts what came from the cache apart.
                    input_tokens=known("input_tokens", 0) + read + written,
                    output_tokens=known("output_tokens", 0),
                    cache_read_tokens=read,
                    cache_write_tokens=written,
                    reasoning_tokens=known("thinking_tokens", 0),
                )
            )
        )

    def _end(self) -> None:
        self._end_with(self._stop or "stop", called=bool(self._calls))
