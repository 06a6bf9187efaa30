"""What a person says and does."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from goose_agent.events.attachments import Attachment
from goose_agent.events.durability import Durability

__all__ = ["MessageMoved", "MessageQueued", "MessageUnqueued", "UserCommand", "UserMessage"]


class UserMessage(Struct, frozen=True):
    """A message the model will see."""

    type: ClassVar[str] = "user.message"
    durability: ClassVar[Durability] = "act"

    message_id: str
    text: str
    steer: bool = False
    """Sent into a turn that was under way."""
    attachments: tuple[Attachment, ...] = ()
    """The files that it mentions."""
    note: bool = False
    """Whether nobody is to work on it now: it is read with what is said next."""
    by: str = ""
    """The agent that speaks, as its path; empty for a person."""


class MessageQueued(Struct, frozen=True):
    """A message waits until the agent is free."""

    type: ClassVar[str] = "message.queued"
    durability: ClassVar[Durability] = "act"

    message_id: str
    text: str
    steer: bool = False
    """To be sent at the next pause of the turn under way."""
    attachments: tuple[Attachment, ...] = ()
    """The files that it mentions, as they are now."""


class MessageMoved(Struct, frozen=True):
    """A waiting message has another place in the queue."""

    type: ClassVar[str] = "message.moved"
    durability: ClassVar[Durability] = "shown"

    message_id: str
    before: str = ""
    """The waiting message that it is before now; empty for the end of the queue."""


class MessageUnqueued(Struct, frozen=True):
    """A waiting message was taken back."""

    type: ClassVar[str] = "message.unqueued"
    durability: ClassVar[Durability] = "act"

    message_id: str


class UserCommand(Struct, frozen=True):
    """A person gave a command that acts on the session, such as interrupting it."""

    type: ClassVar[str] = "user.command"
    durability: ClassVar[Durability] = "shown"

    name: str
    argument: str = ""
