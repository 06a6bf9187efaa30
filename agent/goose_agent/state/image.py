"""A session's state as bytes, so that a long session opens without reading all its events.

An image says nothing that the events do not: it may be thrown away at any time, and one of another
version is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from goose_agent.errors import StoreError
from goose_agent.state.records import Record
from goose_agent.state.session_state import SessionState, Turn
from goose_agent.state.vector import Vector

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["IMAGE_VERSION", "state_from", "state_to"]

IMAGE_VERSION = 1
"""Raise it whenever the reducer or the state changes: older images are then left aside."""

_VECTORS = ("records", "turns")


@cache
def _adapter() -> TypeAdapter[dict[str, Any]]:
    """Reads and writes the fields of a state, its vectors as lists."""
    from pydantic import Field, TypeAdapter  # only for sessions long enough to have an image
    from typing_extensions import TypedDict  # pydantic asks for this one below Python 3.12

    hints = dict(get_type_hints(SessionState))
    hints["records"] = list[Annotated[Record, Field(discriminator="kind")]]
    hints["turns"] = list[Turn]
    fields: Any = TypedDict("fields", hints)  # type: ignore[misc] # the names are those of the state
    made: TypeAdapter[Any] = TypeAdapter(fields)
    return made


def state_to(state: SessionState) -> bytes:
    """The image of a state: one line of JSON. Blocks: call it in a thread."""
    values = {name: getattr(state, name) for name in get_type_hints(SessionState)}
    values |= {name: list(values[name]) for name in _VECTORS}
    return _adapter().dump_json(values)


def state_from(image: bytes) -> SessionState:
    """The state of an image. Blocks: call it in a thread.

    Raises:
        StoreError: it is not the image of a state.
    """
    try:
        values = _adapter().validate_json(image)
    except ValueError as error:
        raise StoreError(f"The image of a session cannot be read: {error}") from error
    values |= {name: Vector(values[name]) for name in _VECTORS}
    # As `evolve` does: the constructor's checks are those the adapter has made.
    state = object.__new__(SessionState)
    state.__dict__.update(values)
    return state
