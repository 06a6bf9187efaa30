"""Events and commands to and from JSON: the border that records, pipes and files cross."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct, field

from goose_agent.commands import COMMANDS, Command
from goose_agent.decoding import decoder_of
from goose_agent.errors import StoreError
from goose_agent.events import KINDS, Actor, AnyData, Event, Unknown

__all__ = ["command_from", "command_to", "event_from", "event_to", "write_event"]

Data = TypeVar("Data")

_VERSION = b'{"v":1,'
_TYPE = b'"type":"'
"""How a line of this version begins, and what stands before its type: no data comes before that."""

_UNREADABLE = (ValueError, KeyError, TypeError, RecursionError)
"""What bytes that are not ours raise."""


class _EventLine(Struct, Generic[Data], kw_only=True):
    """An event as it is written: see `Event`."""

    v: int = 1
    seq: int
    id: str
    at: datetime
    mono: float
    session_id: str
    branch: str = "main"
    turn: int = 0
    agent: str = "main"
    cause: int | None = None
    actor: Actor
    type: str
    blobs: Mapping[str, str] = field(default_factory=dict)
    data: Data

    def event(self, data: AnyData) -> Event:
        """The event that this line tells of."""
        return Event(
            seq=self.seq,
            id=self.id,
            at=self.at,
            mono=self.mono,
            session_id=self.session_id,
            branch=self.branch,
            turn=self.turn,
            agent=self.agent,
            cause=self.cause,
            actor=self.actor,
            data=data,
            blobs=self.blobs,
            v=self.v,
        )


class _Head(Struct):
    """What tells how to read the rest."""

    v: int
    type: str


class _ForeignLine(Struct, kw_only=True):
    """An event of another version, whose words may be new."""

    v: int
    seq: int
    id: str
    at: datetime
    mono: float
    session_id: str
    branch: str
    turn: int
    agent: str
    cause: int | None
    actor: Any
    type: str
    blobs: dict[str, str]
    data: Any


class _CommandLine(Struct, Generic[Data]):
    """A command as it is written."""

    name: str
    data: Data


_ENCODER = msgspec.json.Encoder()


def event_to(event: Event) -> bytes:
    """One event as one line of JSON."""
    return _dump(_line_of(event))[0]


def write_event(event: Event) -> tuple[Event, bytes]:
    """An event just as it will be read again, and the line it is read from."""
    line, faithful = _dump(_line_of(event))
    return (event if faithful else event_from(line)), line


def _line_of(event: Event) -> _EventLine[Any]:
    data = event.data
    return _EventLine(
        v=event.v,
        seq=event.seq,
        id=event.id,
        at=event.at,
        mono=round(event.mono, 6),
        session_id=event.session_id,
        branch=event.branch,
        turn=event.turn,
        agent=event.agent,
        cause=event.cause,
        actor=event.actor,
        type=event.type,
        blobs=event.blobs,
        data=data.raw if isinstance(data, Unknown) else data,
    )


def _dump(line: Struct) -> tuple[bytes, bool]:
    """JSON, and whether it says all that `line` says.

    Halves of surrogate pairs, which no UTF-8 can hold, become replacement characters.
    """
    try:
        return _ENCODER.encode(line), True
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(line), ensure_ascii=False, separators=(",", ":"))
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        # As msgspec does: numbers that JSON does not have are written as null.
        plain = json.loads(whole, parse_constant=lambda _: None)
        return _ENCODER.encode(plain), False


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
        found = _event_decoder(kind).decode(line)
        return found.event(found.data)
    except _UNREADABLE as error:
        raise StoreError(f"A record cannot be read: {error}") from error


def _other_form(line: bytes) -> Event:
    """A line that another version, or another program, wrote."""
    raw = decoder_of(_Head).decode(line)
    kind = KINDS.get(raw.type)
    if kind is not None and raw.v <= 1:
        found = _event_decoder(kind).decode(line)
        return found.event(found.data)
    foreign = msgspec.structs.asdict(decoder_of(_ForeignLine).decode(line))
    data = Unknown(foreign.pop("type"), foreign.pop("data"))
    return Event(**foreign, data=data)


@cache
def _event_decoder(kind: type[Data]) -> msgspec.json.Decoder[_EventLine[Data]]:  # noqa: TID251 (a type)
    return decoder_of(_EventLine[kind])  # type: ignore[valid-type] # known only here


def command_to(command: Command) -> bytes:
    """A command as one line of JSON."""
    return _dump(_CommandLine(command.name, command))[0]


def command_from(line: bytes) -> Command:
    """The command in a line of JSON.

    Raises:
        StoreError: the line is not a command.
    """
    try:
        raw = decoder_of(_CommandLine[msgspec.Raw]).decode(line)
        command: Command = decoder_of(COMMANDS[raw.name]).decode(raw.data)
    except _UNREADABLE as error:
        raise StoreError(f"A command cannot be read: {error}") from error
    return command
