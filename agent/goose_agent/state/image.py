"""A session's state as bytes, so that a long session opens without reading all its events.

An image says nothing that the events do not: it may be thrown away at any time, and one of another
version is.
"""

from __future__ import annotations

from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from goose_agent.decoding import decoder_of
from goose_agent.errors import StoreError
from goose_agent.state.records import Record
from goose_agent.state.session_state import Agent, SessionState, Turn
from goose_agent.state.vector import Vector

__all__ = ["IMAGE_VERSION", "state_from", "state_to"]

IMAGE_VERSION = 20
"""Raise it whenever the reducer or the state changes: older images are then left aside."""

_LISTS = {"records": list[Record], "turns": list[Turn]}
"""The vectors, as they are written."""


@cache
def _agent_image() -> type[Struct]:
    """The fields of a subagent, its state as an image."""
    hints: dict[str, Any] = get_type_hints(Agent) | {"state": msgspec.Raw}
    return msgspec.defstruct("AgentImage", list(hints.items()))


@cache
def _image() -> type[Struct]:
    """The fields of a state, its vectors as lists and its subagents as images."""
    hints: dict[str, Any] = get_type_hints(SessionState) | _LISTS
    hints["agents"] = list[_agent_image()]  # type: ignore[misc] # it is made as the program runs
    return msgspec.defstruct("Image", list(hints.items()))


def state_to(state: SessionState) -> bytes:
    """The image of a state: one line of JSON. Blocks: call it in a thread."""
    values = msgspec.structs.asdict(state)
    values |= {name: list(values[name]) for name in _LISTS}
    values["agents"] = [_agent_to(agent) for agent in state.agents.values()]
    return msgspec.json.encode(_image()(**values))


def state_from(image: bytes) -> SessionState:
    """The state of an image. Blocks: call it in a thread.

    Raises:
        StoreError: it is not the image of a state.
    """
    try:
        values = msgspec.structs.asdict(decoder_of(_image()).decode(image))
    except (ValueError, RecursionError) as error:
        raise StoreError(f"The image of a session cannot be read: {error}") from error
    values |= {name: Vector(values[name]) for name in _LISTS}
    values["agents"] = {agent.path: agent for agent in map(_agent_from, values["agents"])}
    return SessionState(**values)


def _agent_to(agent: Agent) -> Struct:
    values = msgspec.structs.asdict(agent)
    return _agent_image()(**values | {"state": msgspec.Raw(state_to(agent.state))})


def _agent_from(image: Struct) -> Agent:
    values = msgspec.structs.asdict(image)
    return Agent(**values | {"state": state_from(bytes(values["state"]))})
