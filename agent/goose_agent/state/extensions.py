"""What is known of the extensions of a session that are servers."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goose_agent.events import ExtensionPhase, ServerPrompt

__all__ = ["ExtensionState", "tools_of_servers"]


class ExtensionState(Struct, frozen=True):
    """An extension that is a server."""

    phase: ExtensionPhase
    tools: tuple[str, ...] = ()
    """As the model calls them."""
    prompts: tuple[ServerPrompt, ...] = ()
    resources: int = 0


def tools_of_servers(extensions: Mapping[str, ExtensionState]) -> frozenset[str]:
    """What the servers of a session bring, as the model calls it: no part of this program."""
    found = {tool for extension in extensions.values() for tool in extension.tools}
    return frozenset(found | {"list_resources", "read_resource"} if extensions else found)
