"""Reading what Amazon Bedrock's Converse API answers, streamed or whole."""

from __future__ import annotations

import json
from typing import Any

from goose_agent.errors import GarbledAnswer, ProviderError
from goose_agent.messages import Usage
from goose_agent.providers.answer import GatheredAnswer
from goose_agent.providers.complaints import Complaint, complaint_of, status_of
from goose_agent.providers.encoding import as_body
from goose_agent.providers.event_stream import StreamMessage
from goose_agent.providers.failures import refusal
from goose_agent.providers.model import (
    CallStart,
    Piece,
    StopReason,
    ThinkingSeal,
    UsageReport,
)
from goose_agent.providers.seals import pack
from goose_agent.providers.service import Service
from goose_agent.providers.wire import (
    count_at,
    list_at,
    object_at,
    parse_object,
    text_at,
)

__all__ = ["WIRE", "ConverseAnswer"]

WIRE = "converse"
"""Names this wire format in seals."""

_STOPS: dict[str, StopReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "refusal",
    "content_filtered": "refusal",
}
_GARBLED = frozenset({"malformed_model_output", "malformed_tool_use"})


class ConverseAnswer(GatheredAnswer):
    """Reads the messages of one answer.

    Args:
        service: who answers.
        model: the model's name for its service.
    """

    def __init__(self, service: Service, model: str) -> None:
        super().__init__(service)
        self._model = model
        self._calls: dict[int, int] = {}
        """The index of a block to that of its call."""
        self._empty: set[int] = set()
        """Blocks of calls whose arguments have not begun."""
        self._signature = ""
        self._redacted = ""

    def read(self, batch: tuple[StreamMessage, ...]) -> tuple[Piece, ...]:
        """What these messages say."""
        for message in batch:
            if message.kind != "event":
                raise _failure(message, self._service)
            value = parse_object(message.text, self._service)
            if message.name:
                self._event(message.name, value)
            else:
                self._whole(value)
        return self._gatherer.take()

    def _event(self, name: str, value: dict[str, Any]) -> None:
        index = count_at(value, "contentBlockIndex")
        match name:
            case "contentBlockDelta":
                self._delta(index, object_at(value, "delta"))
            case "contentBlockStart":
                if call := object_at(object_at(value, "start"), "toolUse"):
                    self._call(index, call)
            case "contentBlockStop":
                self._close(index)
            case "messageStop":
                self._stopped(text_at(value, "stopReason"))
            case "metadata":
                self._count(object_at(value, "usage"))
                if self._stop is not None:
                    self._end()
            case _:
                # The start says nothing, and kinds may be added at any time.
                return

    def _whole(self, value: dict[str, Any]) -> None:
        """An answer that is not streamed."""
        blocks = list_at(object_at(object_at(value, "output"), "message"), "content")
        for index, block in enumerate(block for block in blocks if isinstance(block, dict)):
            if call := object_at(block, "toolUse"):
                self._call(index, call)
                self._arguments(index, as_body(object_at(call, "input")).decode("utf-8"))
            elif thought := object_at(block, "reasoningContent"):
                self._thought(object_at(thought, "reasoningText") or thought)
            else:
                self._gatherer.put("text", text_at(block, "text"))
            self._close(index)
        self._count(object_at(value, "usage"))
        self._stopped(text_at(value, "stopReason"))
        self._end()

    def _call(self, index: int, call: dict[str, Any]) -> None:
        place = self._calls.setdefault(index, len(self._calls))
        self._gatherer.add(CallStart(place, text_at(call, "toolUseId"), text_at(call, "name")))
        self._empty.add(index)

    def _delta(self, index: int, delta: dict[str, Any]) -> None:
        self._gatherer.put("text", text_at(delta, "text"))
        if thought := object_at(delta, "reasoningContent"):
            self._thought(thought)
        if index in self._calls:
            self._arguments(index, text_at(object_at(delta, "toolUse"), "input"))

    def _arguments(self, index: int, text: str) -> None:
        if text:
            self._empty.discard(index)
            self._gatherer.put("call", text, self._calls[index])

    def _thought(self, thought: dict[str, Any]) -> None:
        self._gatherer.put("thinking", text_at(thought, "text"))
        self._signature += text_at(thought, "signature")
        self._redacted += text_at(thought, "redactedContent")

    def _close(self, index: int) -> None:
        if index in self._empty:
            # A call without arguments has no delta.
            self._arguments(index, "{}")
        if self._redacted:
            sealed = pack(WIRE, self._model, {"redacted": self._redacted})
            self._gatherer.add(ThinkingSeal(sealed))
        if self._signature:
            self._gatherer.add(ThinkingSeal(self._signature))
        self._signature = self._redacted = ""

    def _stopped(self, reason: str) -> None:
        if reason in _GARBLED:
            raise GarbledAnswer(
                f"The model wrote what {self._service.name} could not read ({reason}).",
                "Try again.",
            )
        self._stop = _STOPS.get(reason, "other")

    def _count(self, usage: dict[str, Any]) -> None:
        if not usage:
            return
        read, written = (count_at(usage, f"cache{way}InputTokens") for way in ("Read", "Write"))
        self._gatherer.add(
            UsageReport(
                Usage(
                    # The service counts what came from the cache apart.
                    input_tokens=count_at(usage, "inputTokens") + read + written,
                    output_tokens=count_at(usage, "outputTokens"),
                    cache_read_tokens=read,
                    cache_write_tokens=written,
                )
            )
        )

    def _end(self) -> None:
        self._end_with(self._stop or "stop", called=bool(self._calls))


def _failure(message: StreamMessage, service: Service) -> ProviderError:
    """The error that a message inside a stream amounts to."""
    said: object = message.text
    if message.kind == "exception":
        try:
            said = json.loads(message.text)
        except (ValueError, RecursionError):
            said = message.text
    complaint = complaint_of(said)
    named = Complaint(complaint.words, (message.name.lower(), *complaint.codes), complaint.status)
    return refusal(service, status_of(named), named)
