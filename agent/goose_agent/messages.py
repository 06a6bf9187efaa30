"""Messages between the engine and a model, in no provider's format.

A provider module translates them; nothing else knows a wire format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Image",
    "Message",
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


@dataclass(frozen=True, slots=True)
class Text:
    """Words, from a person or a model."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A model's reasoning, to be sent back unchanged where the provider asks for it."""

    text: str
    signature: str = ""
    """The provider's seal; empty where it gives none."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`."""
    data: bytes


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to run a tool."""

    id: str
    name: str
    arguments: str
    """JSON text, just as the model wrote it: it may be malformed."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered."""

    call_id: str
    name: str
    text: str
    is_error: bool = False


Part = Text | Thinking | Image | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; `tool` messages hold only tool results."""

    role: Role
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A tool as a model sees it."""

    name: str
    description: str
    parameters: dict[str, object]
    """JSON schema of the arguments: an object."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens a provider reported for one request."""

    input_tokens: int = 0
    """All input, cached parts included."""
    output_tokens: int = 0
    """All output, thinking included."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
