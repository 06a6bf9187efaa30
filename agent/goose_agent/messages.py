"""Messages between the engine and a model, in no provider's format.

A provider module translates them; nothing else knows a wire format.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = [
    "Effort",
    "Image",
    "Message",
    "ModelRole",
    "Part",
    "Role",
    "Text",
    "Thinking",
    "ToolCall",
    "ToolResult",
    "ToolSchema",
    "Usage",
]

Role = Literal["user", "assistant", "tool"]
Effort = Literal["off", "low", "medium", "high", "max"]
"""How hard a model should think: each provider's words and budgets follow from it."""
ModelRole = Literal["main", "planning", "editing", "review", "fast", "lead"]
"""What a model is there for: `lead` begins a session's work and helps out, `fast` does small things."""


class Text(Struct, frozen=True):
    """Words, from a person or a model."""

    text: str


class Thinking(Struct, frozen=True):
    """A model's reasoning, to be sent back unchanged where the provider asks for it."""

    text: str
    signature: str = ""
    """The provider's seal; empty where it gives none."""


class Image(Struct, frozen=True):
    """A picture."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`."""
    data: bytes = b""
    """Empty as long as `sha` only tells where it is on record."""
    sha: str = ""
    name: str = ""
    """For the model; may be empty."""
    width: int = 0
    """Pixels; 0 where that is not known."""
    height: int = 0
    size: int = 0
    """Bytes of the picture, whether they are here or not."""


class ToolCall(Struct, frozen=True):
    """A model's wish to run a tool."""

    id: str
    name: str
    arguments: str
    """JSON text, just as the model wrote it: it may be malformed."""


class ToolResult(Struct, frozen=True):
    """What a tool answered."""

    call_id: str
    name: str
    text: str
    is_error: bool = False
    images: tuple[Image, ...] = ()
    """Pictures it brought besides its text."""


Part = Text | Thinking | Image | ToolCall | ToolResult


class Message(Struct, frozen=True):
    """One message of a conversation; `tool` messages hold only tool results."""

    role: Role
    parts: tuple[Part, ...]


class ToolSchema(Struct, frozen=True):
    """A tool as a model sees it."""

    name: str
    description: str
    parameters: dict[str, object]
    """JSON schema of the arguments: an object."""


class Usage(Struct, frozen=True):
    """Tokens a provider reported for one request."""

    input_tokens: int = 0
    """All input, cached parts included."""
    output_tokens: int = 0
    """All output, thinking included."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
