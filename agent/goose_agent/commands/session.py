"""The session as a whole."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from goose_agent.events import EndReason, Mode
from goose_agent.messages import Effort, ModelRole

__all__ = ["Close", "Rename", "SetEffort", "SetMode", "SetModel", "TakeOver"]


class SetMode(Struct, frozen=True):
    """Let another permission mode hold."""

    name: ClassVar[str] = "set_mode"

    mode: Mode


class SetEffort(Struct, frozen=True):
    """Let the model think harder or less hard."""

    name: ClassVar[str] = "set_effort"

    effort: Effort | None
    """None leaves it to the provider."""


class SetModel(Struct, frozen=True):
    """Let another model answer, or be there for another role."""

    name: ClassVar[str] = "set_model"

    model: str
    """`provider/model`; empty to let the main model do what a role is for."""
    role: ModelRole = "main"


class Rename(Struct, frozen=True):
    """Give the session a title."""

    name: ClassVar[str] = "rename"

    title: str


class TakeOver(Struct, frozen=True):
    """Go on with a session that was only read along, now that nobody writes it any more."""

    name: ClassVar[str] = "take_over"


class Close(Struct, frozen=True):
    """End the session in order; what is pending stays pending."""

    name: ClassVar[str] = "close"

    reason: EndReason = "quit"
