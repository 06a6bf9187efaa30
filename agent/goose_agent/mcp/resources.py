"""Tools with which a model finds and reads what servers have for reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from goose_agent.mcp.connection import Connection
from goose_agent.mcp.results import read_text
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["NAME", "ResourceTools"]

NAME = "resources"
_MOST = 200
"""Resources that are listed at once."""


class ResourceTools(Extension):
    """Lists and reads the resources of all servers that are there.

    Args:
        connections: those servers.
    """

    name = NAME

    def __init__(self, connections: Callable[[], Iterable[Connection]]) -> None:
        self._connections = connections

    @tool(effect="session", summary="extension")
    async def list_resources(self, call: CallContext, extension: str = "") -> str:
        """List what extensions have for reading: documents, records, files of a service.

        Args:
            call: The running call.
            extension: Only those of this extension.
        """
        found = [
            f"{connection.spec.name}  {resource.uri}  {resource.name}  {resource.words}".rstrip()
            + ("  (fill in the parts in braces)" if resource.template else "")
            for connection in self._connections()
            if not extension or connection.spec.name == extension
            for resource in connection.resources
        ]
        if not found:
            raise ToolFailure(
                "There are no resources." if not extension else f"{extension} has none."
            )
        more = f"\n… and {len(found) - _MOST} more" if len(found) > _MOST else ""
        return "\n".join(found[:_MOST]) + more

    @tool(effect="run", summary="extension,uri")
    async def read_resource(self, call: CallContext, extension: str, uri: str) -> str:
        """Read a resource of an extension.

        Args:
            call: The running call.
            extension: Whose it is, as list_resources tells.
            uri: Its address.
        """
        for connection in self._connections():
            if connection.spec.name == extension:
                return read_text(await connection.read(uri))
        raise ToolFailure(f"There is no extension {extension} with resources.")
