"""A message that a server has ready, as the text that a person sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_agent.mcp.results import cleaned, resource_text

if TYPE_CHECKING:
    from mcp_types import ContentBlock, GetPromptResult

__all__ = ["prompt_text"]


def prompt_text(result: GetPromptResult) -> str:
    """All its messages as one; those of an assistant are told apart."""
    texts = [
        _text(message.content) if message.role == "user" else f"Assistant: {_text(message.content)}"
        for message in result.messages
    ]
    return cleaned("\n\n".join(filter(None, texts)))


def _text(block: ContentBlock) -> str:
    match block.type:
        case "text":
            return block.text
        case "resource":
            return resource_text(block.resource)
        case "resource_link":
            return f"[resource {block.uri} ({block.name})]"
        case _:
            return f"[{block.type}, left out]"
