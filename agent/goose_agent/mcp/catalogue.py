"""What a server offers: tools, prompts, resources. Lists are bounded: a server may page for ever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from goose_agent.events import PromptArgument, ServerPrompt
from goose_agent.mcp.host import Resource
from goose_agent.tools.output import plain

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import ToolAnnotations

__all__ = ["Catalogue", "ListedTool", "read_catalogue"]

_MOST = 1000
"""Tools, prompts or resources of one server."""
_PAGES = 100
_WORDS = 300
"""Characters of words that are only for people."""
_INSTRUCTIONS = 4000
"""Characters that a server may add to the system prompt."""

Item = TypeVar("Item")


class ListedTool(Struct, frozen=True):
    """A tool as its server lists it."""

    name: str
    description: str
    schema: Mapping[str, Any]
    hints: str = ""
    """What the server says it does to the world, in words."""


class Catalogue(Struct, frozen=True):
    """What a server offers."""

    tools: tuple[ListedTool, ...] = ()
    prompts: tuple[ServerPrompt, ...] = ()
    resources: tuple[Resource, ...] = ()
    instructions: str = ""
    server: str = ""
    """What it says it is."""
    protocol: str = ""
    completes: bool = False
    """Whether it completes arguments."""


async def read_catalogue(client: Client) -> Catalogue:
    """Ask a server for all that it offers.

    Raises:
        MCPError: it does not tell.
        ValueError: what it tells makes no sense.
    """
    can = client.server_capabilities
    info = client.server_info
    return Catalogue(
        await _tools(client) if can.tools else (),
        await _prompts(client) if can.prompts else (),
        await _resources(client) if can.resources else (),
        plain(client.instructions or "")[:_INSTRUCTIONS],
        _words(f"{info.name} {info.version}") if info is not None else "",
        client.protocol_version,
        can.completions is not None,
    )


async def _tools(client: Client) -> tuple[ListedTool, ...]:
    async def page(cursor: str | None) -> tuple[list[Any], str | None]:
        found = await client.list_tools(cursor=cursor, cache_mode="bypass")
        return list(found.tools), found.next_cursor

    tools = await _all(page)
    return tuple(
        ListedTool(tool.name, tool.description or "", tool.input_schema, _hints(tool.annotations))
        for tool in {tool.name: tool for tool in tools}.values()
    )


def _hints(annotations: ToolAnnotations | None) -> str:
    if annotations is None:
        return ""
    said = (
        (annotations.read_only_hint, "only reads"),
        (annotations.destructive_hint, "may destroy"),
        (annotations.idempotent_hint, "may be repeated"),
        (annotations.open_world_hint, "reaches beyond this machine"),
    )
    return ", ".join(words for value, words in said if value)


async def _prompts(client: Client) -> tuple[ServerPrompt, ...]:
    async def page(cursor: str | None) -> tuple[list[Any], str | None]:
        found = await client.list_prompts(cursor=cursor, cache_mode="bypass")
        return list(found.prompts), found.next_cursor

    return tuple(
        ServerPrompt(
            prompt.name,
            _words(prompt.description or prompt.title or ""),
            tuple(
                PromptArgument(each.name, _words(each.description or ""), bool(each.required))
                for each in prompt.arguments or ()
            ),
        )
        for prompt in await _all(page)
    )


async def _resources(client: Client) -> tuple[Resource, ...]:
    async def page(cursor: str | None) -> tuple[list[Any], str | None]:
        found = await client.list_resources(cursor=cursor, cache_mode="bypass")
        return list(found.resources), found.next_cursor

    async def templates(cursor: str | None) -> tuple[list[Any], str | None]:
        found = await client.list_resource_templates(cursor=cursor, cache_mode="bypass")
        return list(found.resource_templates), found.next_cursor

    listed = [
        Resource(one.uri, _words(one.name), _words(one.description or ""), one.mime_type or "")
        for one in await _all(page)
    ]
    listed += [
        Resource(
            one.uri_template,
            _words(one.name),
            _words(one.description or ""),
            one.mime_type or "",
            template=True,
        )
        for one in await _all(templates)
    ]
    return tuple(listed)


async def _all(
    page: Callable[[str | None], Awaitable[tuple[list[Item], str | None]]],
) -> list[Item]:
    """All pages of a list; none where the server says that it knows no such list."""
    from mcp.shared.exceptions import MCPError
    from mcp_types import METHOD_NOT_FOUND

    found: list[Item] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        try:
            items, cursor = await page(cursor)
        except MCPError as error:
            if error.code == METHOD_NOT_FOUND:
                break
            raise
        found += items
        if not cursor or len(found) >= _MOST:
            break
    return found[:_MOST]


def _words(text: str) -> str:
    line = " ".join(plain(text).split())
    return line if len(line) <= _WORDS else f"{line[: _WORDS - 1]}…"
