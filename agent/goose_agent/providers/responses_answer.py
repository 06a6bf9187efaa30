"""Reading what OpenAI's Responses API streams."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from goose_agent.messages import Usage
from goose_agent.providers.answer import GatheredAnswer
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

__all__ = ["WIRE", "ResponsesAnswer"]

WIRE = "responses"
"""Names this wire format in seals."""

_STOPS: dict[str, StopReason] = {"max_output_tokens": "length", "content_filter": "refusal"}
_SEALED = ("type", "id", "summary", "content", "encrypted_content")


class _Call(Struct):
    """A call as far as it has arrived."""

    place: int
    begun: bool = False
    """Whether any of its arguments came."""


class ResponsesAnswer(GatheredAnswer):
    """Reads the events of one answer.

    Args:
        service: who answers.
        model: the model's name for its service.
    """

    def __init__(self, service: Service, model: str) -> None:
        super().__init__(service)
        self._model = model
        self._calls: dict[str, _Call] = {}
        """By what joins events to their item."""
        self._reasoning: dict[str, Any] | None = None
        """A complete reasoning item that waits for what it led to."""
        self._spoken = False
        """Whether text came for the message under way."""
        self._refused = False

    def read(self, batch: tuple[ServerSentEvent, ...]) -> tuple[Piece, ...]:
        """What these events say."""
        for event in batch:
            if event.data.strip() and event.data != "[DONE]" and not self.ended:
                value = parse_object(event.data, self._service)
                self._event(text_at(value, "type") or event.event, value)
        return self._gatherer.take()

    def _event(self, kind: str, value: dict[str, Any]) -> None:
        match kind:
            case "response.output_text.delta":
                self._say(text_at(value, "delta"))
            case "response.function_call_arguments.delta":
                self._arguments(value, text_at(value, "delta"))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                self._gatherer.put("thinking", text_at(value, "delta"))
            case "response.reasoning_summary_part.added":
                if count_at(value, "summary_index"):
                    self._gatherer.put("thinking", "\n\n")
            case "response.refusal.delta":
                self._say("", text_at(value, "delta"))
            case "response.output_item.added":
                self._begin(value, object_at(value, "item"))
            case "response.output_item.done":
                self._complete(value, object_at(value, "item"))
            case _:
                self._close(kind, value)

    def _close(self, kind: str, value: dict[str, Any]) -> None:
        response = object_at(value, "response")
        match kind:
            case "response.completed":
                self._completed(response, "tool_calls" if self._calls else "stop")
            case "response.incomplete":
                reason = text_at(object_at(response, "incomplete_details"), "reason")
                self._completed(response, _STOPS.get(reason, "other"))
            case "response.failed":
                self._count(response)
                raise stream_refusal(self._service, response)
            case "error":
                raise stream_refusal(self._service, value)
            case "" if text_at(value, "object") == "response":
                self._whole(value)
            case _:
                # Progress, and kinds that may be added at any time.
                return

    def _whole(self, response: dict[str, Any]) -> None:
        """An answer that is not streamed: all its items at once."""
        for index, item in enumerate(list_at(response, "output")):
            if isinstance(item, dict):
                place = {"output_index": index}
                thoughts = [each for each in list_at(item, "summary") if isinstance(each, dict)]
                self._begin(place, item)
                self._gatherer.put("thinking", "\n\n".join(text_at(t, "text") for t in thoughts))
                self._complete(place, item)
        self._close(f"response.{text_at(response, 'status')}", {"response": response})

    def _begin(self, value: dict[str, Any], item: dict[str, Any]) -> None:
        self._seal(text_at(item, "phase"))
        self._spoken = False
        if text_at(item, "type") == "function_call":
            self._call(value, item)

    def _complete(self, value: dict[str, Any], item: dict[str, Any]) -> None:
        match text_at(item, "type"):
            case "reasoning":
                self._seal()
                kept = {key: item[key] for key in _SEALED if item.get(key) is not None}
                kept.setdefault("summary", [])
                self._reasoning = kept
            case "function_call":
                call = self._call(value, item)
                if not call.begun:
                    self._arguments(value, text_at(item, "arguments"))
            case "message" if not self._spoken:
                for content in list_at(item, "content"):
                    if isinstance(content, dict):
                        self._say(text_at(content, "text"), text_at(content, "refusal"))
            case _:
                return

    def _call(self, value: dict[str, Any], item: dict[str, Any]) -> _Call:
        """The call of an item, announced when it is first met."""
        key = _key(value, item)
        if key not in self._calls:
            self._seal()
            self._calls[key] = _Call(len(self._calls))
            call_id, name = text_at(item, "call_id"), text_at(item, "name")
            self._gatherer.add(CallStart(self._calls[key].place, call_id, name))
        return self._calls[key]

    def _say(self, text: str, refusal: str = "") -> None:
        self._spoken = True
        self._refused = self._refused or bool(refusal)
        self._gatherer.put("text", text + refusal)

    def _arguments(self, value: dict[str, Any], text: str) -> None:
        call = self._calls.get(_key(value, object_at(value, "item")))
        if call is not None and text:
            call.begun = True
            self._gatherer.put("call", text, call.place)

    def _seal(self, phase: str = "") -> None:
        """Seal the reasoning that waits, with the phase of the message it led to.

        Without its sealed content the service would look for the item, which it did not store.
        """
        item, self._reasoning = self._reasoning, None
        if item is not None and item.get("encrypted_content"):
            value = {"item": item} | ({"phase": phase} if phase else {})
            self._gatherer.add(ThinkingSeal(pack(WIRE, self._model, value)))

    def _count(self, response: dict[str, Any]) -> None:
        usage = object_at(response, "usage")
        if not usage:
            return
        read = object_at(usage, "input_tokens_details")
        written = object_at(usage, "output_tokens_details")
        self._gatherer.add(
            UsageReport(
                Usage(
                    input_tokens=count_at(usage, "input_tokens"),
                    output_tokens=count_at(usage, "output_tokens"),
                    cache_read_tokens=count_at(read, "cached_tokens"),
                    cache_write_tokens=count_at(read, "cache_write_tokens"),
                    reasoning_tokens=count_at(written, "reasoning_tokens"),
                )
            )
        )

    def _completed(self, response: dict[str, Any], reason: StopReason) -> None:
        self._seal()
        self._count(response)
        self._end_with("refusal" if self._refused else reason, called=bool(self._calls))


def _key(value: dict[str, Any], item: dict[str, Any]) -> str:
    """What joins an event to its item: its place, or its id where the service leaves that out."""
    index = value.get("output_index")
    if isinstance(index, int):
        return str(index)
    return text_at(value, "item_id") or text_at(item, "id")
