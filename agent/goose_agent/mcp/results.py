"""What a server answers to a call, as a tool's output: words, pictures, and notes for all else."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from goose_agent.tools.output import human_size, plain
from goose_agent.tools.picture_file import BrokenPicture, PictureFile, picture_of
from goose_agent.tools.tool import ToolOutput

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock, ReadResourceResult

__all__ = ["cleaned", "output_of", "read_text", "resource_text"]

_MOST_PICTURES = 20


def output_of(result: CallToolResult, unseen: Callable[[PictureFile], str]) -> ToolOutput:
    """The output of a call.

    Args:
        result: what the server answered.
        unseen: why the model cannot be shown a picture; empty where it can.
    """
    texts: list[str] = []
    pictures: list[PictureFile] = []
    for block in result.content:
        picture = _picture(block)
        if isinstance(picture, PictureFile):
            why = unseen(picture) if len(pictures) < _MOST_PICTURES else "it is one of too many"
            texts.append(f"[{picture.words}{f', not shown: {why}' if why else ''}]")
            pictures += [] if why else [picture]
        else:
            texts.append(picture if picture is not None else _text(block))
    if result.structured_content is not None and not any(text.strip() for text in texts):
        texts = [json.dumps(result.structured_content, indent=1, ensure_ascii=False)]
    text = cleaned("\n".join(texts)) or "(The tool answered nothing.)"
    return ToolOutput(text, is_error=bool(result.is_error), pictures=tuple(pictures))


def cleaned(text: str) -> str:
    """A server's text without escape codes; what holds none is left as it is."""
    if any((char < " " and char not in "\n\t") or "\x7f" <= char <= "\x9f" for char in text):
        return plain(text)
    return text


def _picture(block: ContentBlock) -> PictureFile | str | None:
    """The picture that a block is, or why it is none; None for a block of another kind."""
    if block.type != "image":
        return None
    try:
        data = base64.b64decode(block.data, validate=True)
        picture = picture_of(data)
    except (binascii.Error, ValueError) as error:
        why = str(error) if isinstance(error, BrokenPicture) else "cannot be read"
        return f"[a picture that {why}]"
    return picture or f"[a picture of a kind that nobody can be shown: {block.mime_type}]"


def _text(block: ContentBlock) -> str:
    match block.type:
        case "text":
            return block.text
        case "audio":
            return f"[sound, {block.mime_type}, left out]"
        case "resource_link":
            words = f": {block.description}" if block.description else ""
            return f"[resource {block.uri} ({block.name}){words}]"
        case "resource":
            return resource_text(block.resource)
        case _:
            return ""


def resource_text(content: object) -> str:
    """One content of a resource as text."""
    uri, text = getattr(content, "uri", ""), getattr(content, "text", None)
    if isinstance(text, str):
        return f"[resource {uri}]\n{text}"
    blob = str(getattr(content, "blob", ""))
    kind = getattr(content, "mime_type", None) or "bytes"
    return f"[resource {uri}: {kind}, {human_size(len(blob) * 3 // 4)}, left out]"


def read_text(result: ReadResourceResult) -> str:
    """All that a resource holds as text."""
    return cleaned("\n\n".join(map(resource_text, result.contents)))
