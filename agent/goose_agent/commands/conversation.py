"""What a person says, and what becomes of what waits."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from goose_agent.events import Actor

__all__ = ["Interrupt", "MoveQueued", "Retry", "SteerQueued", "Submit", "Unqueue"]


class Submit(Struct, frozen=True):
    """Send a message with the files it mentions as `@path`; while the agent works it is queued."""

    name: ClassVar[str] = "submit"

    text: str
    steer: bool = False
    """While the agent works: send it at the next pause instead of after the turn."""
    actor: Actor = "user"
    """Who speaks: `system` for words that the program itself found."""


class Unqueue(Struct, frozen=True):
    """Take a queued message back."""

    name: ClassVar[str] = "unqueue"

    message_id: str


class MoveQueued(Struct, frozen=True):
    """Let a queued message be sent earlier or later."""

    name: ClassVar[str] = "move_queued"

    message_id: str
    before: str = ""
    """The queued message that it is to go before; empty for the end of the queue."""


class SteerQueued(Struct, frozen=True):
    """Send a queued message at the next pause of the turn under way, or now where there is none."""

    name: ClassVar[str] = "steer_queued"

    message_id: str


class Interrupt(Struct, frozen=True):
    """Stop the turn under way."""

    name: ClassVar[str] = "interrupt"


class Retry(Struct, frozen=True):
    """Call the model again after a failure, with nothing new."""

    name: ClassVar[str] = "retry"
