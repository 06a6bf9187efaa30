"""Reading what Google's Gemini API streams."""

from __future__ import annotations

from typing import Any, Literal

from goose_agent.errors import GarbledAnswer, ProviderError
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
from goose_agent.providers.seals import pack
from goose_agent.providers.service import Service
from goose_agent.providers.sse import ServerSentEvent
from goose_agent.providers.wire import (
    count_at,
    list_at,
    object_at,
    parse_object,
    text_at,
)

__all__ = ["WIRE", "GeminiAnswer", "Place"]

WIRE = "gemini"
"""Names this wire format in seals."""

Place = Literal["thought", "text", "call"]
"""The part a signature came with: the thought itself, the text before it, the call behind it."""

_STOPS: dict[str, StopReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "refusal",
    "RECITATION": "refusal",
    "LANGUAGE": "refusal",
    "BLOCKLIST": "refusal",
    "PROHIBITED_CONTENT": "refusal",
    "SPII": "refusal",
    "ESCALATION": "refusal",
    "MODEL_ARMOR": "refusal",
}
_GARBLED = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"})


class GeminiAnswer(GatheredAnswer):
    """Reads the events of one answer; the end of the body is the end of the answer.

    Args:
        service: who answers.
        model: the model's name for its service.
    """

    def __init__(self, service: Service, model: str) -> None:
        super().__init__(service)
        self._model = model
        self._calls = 0
        self._usage: Usage | None = None

    def read(self, batch: tuple[ServerSentEvent, ...]) -> tuple[Piece, ...]:
        """What these events say."""
        for event in batch:
            if event.data.strip():
                self._chunk(parse_object(event.data, self._service))
        return self._gatherer.take()

    def _end(self) -> None:
        """The counts come last, since each event may correct them."""
        if self._usage is not None:
            self._gatherer.add(UsageReport(self._usage))
        self._end_with(self._stop or "stop", called=self._calls > 0)

    def _chunk(self, chunk: dict[str, Any]) -> None:
        if chunk.get("error"):
            raise stream_refusal(self._service, chunk)
        if reason := text_at(object_at(chunk, "promptFeedback"), "blockReason"):
            raise ProviderError(
                f"{self._service.name} blocked the request ({reason}).",
                "Rephrase it, or choose another model.",
            )
        if usage := object_at(chunk, "usageMetadata"):
            self._usage = _usage(usage)
        # There is one candidate where not more are asked for.
        candidates = list_at(chunk, "candidates")[:1]
        for candidate in (value for value in candidates if isinstance(value, dict)):
            for part in list_at(object_at(candidate, "content"), "parts"):
                if isinstance(part, dict):
                    self._part(part)
            if finish := text_at(candidate, "finishReason"):
                self._finished(finish, text_at(candidate, "finishMessage"))

    def _part(self, part: dict[str, Any]) -> None:
        signature = text_at(part, "thoughtSignature")
        call = object_at(part, "functionCall")
        if call:
            self._seal("call", signature)
            name = text_at(call, "name")
            self._gatherer.add(CallStart(self._calls, text_at(call, "id"), name))
            arguments = as_body(object_at(call, "args")).decode("utf-8")
            self._gatherer.put("call", arguments, self._calls)
            self._calls += 1
        elif part.get("thought") is True:
            self._gatherer.put("thinking", text_at(part, "text"))
            self._seal("thought", signature)
        else:
            self._gatherer.put("text", text_at(part, "text"))
            self._seal("text", signature)

    def _seal(self, place: Place, signature: str) -> None:
        if signature:
            sealed = pack(WIRE, self._model, {"on": place, "signature": signature})
            self._gatherer.add(ThinkingSeal(sealed))

    def _finished(self, reason: str, message: str) -> None:
        if reason in _GARBLED:
            words = self._service.masked(" ".join(message.split())[:200]) or reason
            raise GarbledAnswer(
                f"The model wrote a call that {self._service.name} could not read: {words}",
                "Try again.",
            )
        self._stop = _STOPS.get(reason, "other")


def _usage(usage: dict[str, Any]) -> Usage:
    thoughts = count_at(usage, "thoughtsTokenCount")
    prompt = count_at(usage, "promptTokenCount")
    return Usage(
        input_tokens=prompt + count_at(usage, "toolUsePromptTokenCount"),
        # The service counts thoughts apart.
        output_tokens=count_at(usage, "candidatesTokenCount") + thoughts,
        cache_read_tokens=count_at(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )
