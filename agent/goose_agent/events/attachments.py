"""What goes with a message or a result besides its text."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["AttachedText", "Attachment", "Picture"]


class Picture(Struct, frozen=True, tag_field="kind", tag="picture"):
    """A picture; its bytes are a blob of the record."""

    sha: str
    """sha256 of the bytes, which names the blob."""
    media_type: str
    width: int
    """Pixels."""
    height: int
    size: int
    """Bytes."""
    name: str = ""
    """For people and the model: its path, or what it is; may be empty."""


class AttachedText(Struct, frozen=True, tag_field="kind", tag="text"):
    """The text of a file, or its beginning."""

    name: str
    """Its path as it was named."""
    text: str
    size: int
    """Bytes of the whole file."""
    lines: int
    """Lines of `text`."""
    cut: bool = False
    """Whether the file goes on behind `text`."""


Attachment = AttachedText | Picture
