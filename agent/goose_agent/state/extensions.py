"""What is known of the extensions of a session that are servers."""

from __future__ import annotations

from msgspec import Struct

from goose_agent.events import ExtensionPhase, ServerPrompt

__all__ = ["ExtensionState"]


class ExtensionState(Struct, frozen=True):
    """An extension that is a server."""

    phase: ExtensionPhase
    tools: tuple[str, ...] = ()
    """As the model calls them."""
    prompts: tuple[ServerPrompt, ...] = ()
    resources: int = 0
