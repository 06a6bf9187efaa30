"""The files of a message as a model reads them: named, fenced, and what was cut is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from goose_agent.events import AttachedText, Attachment, Picture, SegmentKind
from goose_agent.messages import Image, Text

__all__ = ["attached_parts", "image_of"]

_FENCES = re.compile("`{3,}")


def attached_parts(
    attachments: Iterable[Attachment],
) -> Iterator[tuple[SegmentKind, Text | Image, str]]:
    """The parts of a message that its files are, each with its kind and what names it."""
    for attachment in attachments:
        match attachment:
            case AttachedText():
                yield "user", Text(_fenced(attachment)), attachment.name
            case Picture():
                yield "user", Text(f"Attached picture {attachment.name}:"), attachment.name
                yield "image", image_of(attachment), attachment.sha


def image_of(picture: Picture) -> Image:
    """A picture of the record as a part of a message, its bytes still to be read."""
    return Image(
        picture.media_type,
        sha=picture.sha,
        name=picture.name,
        width=picture.width,
        height=picture.height,
        size=picture.size,
    )


def _fenced(file: AttachedText) -> str:
    """The text between fences that are longer than any within it: nothing in it can end it."""
    longest = max(map(len, _FENCES.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    head = f"Attached file {file.name}"
    if file.cut:
        lines = "line" if file.lines == 1 else f"{file.lines} lines"
        head += f", only its first {lines} ({len(file.text.encode()):,} of {file.size:,} bytes)"
    return f"{head}:\n\n{fence}\n{file.text}\n{fence}"
