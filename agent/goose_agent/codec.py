"""Dataclasses to and from JSON: the border that records, pipes and files cross.

Adapters are built on first use, a kind at a time: building all of them takes as long as the rest of
the start.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from goose_agent.commands import COMMANDS, Command
from goose_agent.errors import StoreError
from goose_agent.events import (
    KINDS,
    AnyData,
    ContextBuilt,
    Event,
    ModelDelta,
    ModelRequested,
    SessionStarted,
    TurnStarted,
    Unknown,
    UserMessage,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["command_from", "command_to", "event_from", "event_to", "load_adapters", "write_event"]

T = TypeVar("T")

_FIRST: tuple[type[AnyData], ...] = (
    SessionStarted,
    UserMessage,
    TurnStarted,
    ContextBuilt,
    ModelRequested,
    ModelDelta,
)

_VERSION = b'{"v":1,'
_TYPE = b'"type":"'
"""How a line of this version begins, and what stands before its type: no data comes before that."""


_ADAPTERS: dict[object, TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        from pydantic import TypeAdapter  # slow to import; a first frame must not wait for it

        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    return adapter


def load_adapters() -> None:
    """Import and build what the first turn of any session needs. Blocks: call it in a thread."""
    for kind in _FIRST:
        _adapter(kind)
        _line_adapter(kind)


def event_to(event: Event) -> bytes:
    """One event as one line of JSON."""
    return _written(event)[0]


def write_event(event: Event) -> tuple[Event, bytes]:
    """An event just as it will be read again, and the line it is read from."""
    line, faithful = _written(event)
    return (event if faithful else event_from(line)), line


def _written(event: Event) -> tuple[bytes, bool]:
    data = event.data
    head: dict[str, Any] = {
        "v": event.v,
        "seq": event.seq,
        "id": event.id,
        "at": event.at.isoformat(),
        "mono": round(event.mono, 6),
        "session_id": event.session_id,
        "branch": event.branch,
        "turn": event.turn,
        "agent": event.agent,
        "cause": event.cause,
        "actor": event.actor,
        "type": event.type,
        "blobs": dict(event.blobs),
    }
    if isinstance(data, Unknown):
        body, faithful = json.dumps(data.raw).encode(), True
    else:
        body, faithful = _dump(data)
    line = json.dumps(head, separators=(",", ":")).encode()[:-1] + b',"data":' + body + b"}"
    return line, faithful


def _dump(data: AnyData | Command) -> tuple[bytes, bool]:
    """JSON, and whether it says all that `data` says.

    Halves of surrogate pairs, which no UTF-8 can hold, become replacement characters.
    """
    adapter = _adapter(type(data))
    try:
        return adapter.dump_json(data), True
    except ValueError:
        text = json.dumps(adapter.dump_python(data), ensure_ascii=False)
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.encode(), False


def event_from(line: bytes) -> Event:
    """The event in a line of JSON; a kind this version does not know is kept as `Unknown`.

    Raises:
        StoreError: the line is not an event.
    """
    start = line.find(_TYPE) + len(_TYPE)
    kind = KINDS.get(line[start : line.find(b'"', start)].decode("utf-8", "replace"))
    try:
        if kind is None or not line.startswith(_VERSION):
            return _other_form(line)
        # One pass from bytes to dataclasses: a long session has tens of thousands of these.
        event = object.__new__(Event)
        event.__dict__.update(_line_adapter(kind).validate_json(line))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"A record cannot be read: {error}") from error
    return event


def _other_form(line: bytes) -> Event:
    """A line that another version, or another program, wrote."""
    raw = json.loads(line)
    kind = KINDS.get(raw["type"])
    if kind is not None and not raw["v"] > 1:
        return Event(**_line_adapter(kind).validate_json(line))
    data = Unknown(raw["type"], raw["data"])
    names = {field.name for field in fields(Event)} - {"data", "at"}
    known = {name: raw[name] for name in names}
    return Event(**known, at=datetime.fromisoformat(raw["at"]), data=data)


_LINE_ADAPTERS: dict[type[AnyData], TypeAdapter[dict[str, Any]]] = {}


def _line_adapter(kind: type[AnyData]) -> TypeAdapter[dict[str, Any]]:
    """Reads a whole line whose data is of this kind, into the fields of an `Event`."""
    adapter = _LINE_ADAPTERS.get(kind)
    if adapter is None:
        from pydantic import TypeAdapter
        from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

        hints = get_type_hints(Event) | {"data": kind}
        line: Any = TypedDict("line", hints)  # type: ignore[misc] # the names are those of `Event`
        made: TypeAdapter[Any] = TypeAdapter(line)
        adapter = _LINE_ADAPTERS[kind] = made
    return adapter


def command_to(command: Command) -> bytes:
    """A command as one line of JSON."""
    body, _ = _dump(command)
    return b'{"name":' + json.dumps(command.name).encode() + b',"data":' + body + b"}"


def command_from(line: bytes) -> Command:
    """The command in a line of JSON.

    Raises:
        StoreError: the line is not a command.
    """
    try:
        raw = json.loads(line)
        command: Command = _adapter(COMMANDS[raw["name"]]).validate_python(raw["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"A command cannot be read: {error}") from error
    return command
