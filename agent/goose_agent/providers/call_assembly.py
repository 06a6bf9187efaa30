"""Putting streamed tool calls together, from services that differ in how they cut and name them."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from goose_agent.providers.encoding import as_body
from goose_agent.providers.model import CallStart
from goose_agent.providers.wire import PieceGatherer, arguments_object, object_at, text_at

__all__ = ["CallAssembly"]


class _Call(Struct):
    """A call as far as it has arrived."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    started: bool = False


class CallAssembly:
    """Tells the calls of one answer apart, whatever the service's habits with ids and indexes.

    Args:
        gatherer: takes the pieces.
    """

    def __init__(self, gatherer: PieceGatherer) -> None:
        self._gatherer = gatherer
        self._calls: list[_Call] = []
        self._place: dict[int, int] = {}
        """The service's index to ours."""

    def __len__(self) -> int:
        return len(self._calls)

    def delta(self, value: dict[str, Any]) -> None:
        """More of a call."""
        function = object_at(value, "function")
        name, arguments = text_at(function, "name"), function.get("arguments")
        if isinstance(arguments, dict):
            arguments = as_body(arguments).decode("utf-8")
        text = arguments if isinstance(arguments, str) else ""
        place = self._place_of(value.get("index"), text_at(value, "id"), name)
        call = self._calls[place]
        call.id = call.id or text_at(value, "id")
        call.name = call.name or name
        call.arguments += text
        if call.started:
            self._gatherer.put("call", text, place)
        elif call.name:
            self._start(place, call)

    def finish(self) -> None:
        """Announce the calls that never got a name."""
        for place, call in enumerate(self._calls):
            if not call.started:
                self._start(place, call)

    def _start(self, place: int, call: _Call) -> None:
        call.started = True
        self._gatherer.add(CallStart(place, call.id, call.name))
        self._gatherer.put("call", call.arguments, place)

    def _place_of(self, index: object, call_id: str, name: str) -> int:
        place: int | None = None
        if isinstance(index, int):
            place = self._place.get(index)
        elif call_id:
            known = (n for n, call in enumerate(self._calls) if call.id == call_id)
            place = next(known, None)
        elif self._calls:
            place = len(self._calls) - 1
        if place is not None and not self._is_another(self._calls[place], call_id, name):
            return place
        self._calls.append(_Call())
        if isinstance(index, int):
            self._place[index] = len(self._calls) - 1
        return len(self._calls) - 1

    def _is_another(self, call: _Call, call_id: str, name: str) -> bool:
        """Whether a delta that seems to continue `call` begins one of its own."""
        if not name or not call.name:
            return False
        if call_id and call.id:
            return call_id != call.id
        return name != call.name or arguments_object(call.arguments) is not None
