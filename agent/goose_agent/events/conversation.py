"""What a person says and does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from goose_agent.events.durability import Durability

__all__ = ["MessageQueued", "MessageUnqueued", "UserCommand", "UserMessage"]


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A message the model will see."""

    type: ClassVar[str] = "user.message"
    durability: ClassVar[Durability] = "act"

    message_id: str
    text: str
    steer: bool = False
    """Sent into a turn that was under way."""


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """A message waits until the agent is free."""

    type: ClassVar[str] = "message.queued"
    durability: ClassVar[Durability] = "act"

    message_id: str
    text: str
    steer: bool = False
    """To be sent at the next pause of the turn under way."""


@dataclass(frozen=True, slots=True)
class MessageUnqueued:
    """A waiting message was taken back."""

    type: ClassVar[str] = "message.unqueued"
    durability: ClassVar[Durability] = "act"

    message_id: str


@dataclass(frozen=True, slots=True)
class UserCommand:
    """A person gave a command that acts on the session, such as interrupting it."""

    type: ClassVar[str] = "user.command"
    durability: ClassVar[Durability] = "shown"

    name: str
    argument: str = ""
