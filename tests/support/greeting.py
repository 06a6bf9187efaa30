"""An extension of an installed package, for tests."""

from __future__ import annotations

from goose_agent.extensions.host import ExtensionHost
from goose_agent.tools.tool import CallContext, Extension, tool

__all__ = ["Installed"]


class Installed(Extension):
    """Made with what a session has."""

    name = "installed"

    def __init__(self, host: ExtensionHost) -> None:
        self._folder = host.folder

    @tool(effect="session")
    async def wave(self, call: CallContext) -> str:
        """Wave."""
        return f"waved in {self._folder.name}"
