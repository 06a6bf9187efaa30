"""The life of extensions that are servers: they start beside the session, and may fail alone."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import Struct

from goose_agent.events.durability import Durability

__all__ = [
    "CompletionsFound",
    "ExtensionChanged",
    "ExtensionFailed",
    "ExtensionPhase",
    "ExtensionReady",
    "ExtensionStarting",
    "ExtensionStopped",
    "ExtensionToolTested",
    "ExtensionsListed",
    "ListedExtension",
    "ListedExtensionTool",
    "PromptArgument",
    "ServerPrompt",
]

ExtensionPhase = Literal["off", "starting", "ready", "failed", "stopped"]


class PromptArgument(Struct, frozen=True):
    """What a prompt of a server wants to know."""

    name: str
    words: str = ""
    required: bool = False


class ServerPrompt(Struct, frozen=True):
    """A message that a server has ready for the person."""

    name: str
    words: str = ""
    arguments: tuple[PromptArgument, ...] = ()


class ExtensionStarting(Struct, frozen=True):
    """A server starts, or is connected to."""

    type: ClassVar[str] = "extension.starting"
    durability: ClassVar[Durability] = "shown"

    name: str
    shown: str = ""
    """How it is reached: the command or the address, without what looks like a secret."""


class ExtensionReady(Struct, frozen=True):
    """A server can be used."""

    type: ClassVar[str] = "extension.ready"
    durability: ClassVar[Durability] = "shown"

    name: str
    seconds: float
    """How long it took."""
    tools: tuple[str, ...] = ()
    """As the model calls them."""
    prompts: tuple[ServerPrompt, ...] = ()
    resources: int = 0
    server: str = ""
    """What it says it is, with its version."""
    protocol: str = ""


class ExtensionChanged(Struct, frozen=True):
    """A server offers something else than before."""

    type: ClassVar[str] = "extension.changed"
    durability: ClassVar[Durability] = "shown"

    name: str
    tools: tuple[str, ...] = ()
    """All it has now."""
    prompts: tuple[ServerPrompt, ...] = ()
    resources: int = 0
    altered: tuple[str, ...] = ()
    """Tools whose words or arguments are others than those that were allowed."""


class ExtensionFailed(Struct, frozen=True):
    """A server could not start, or has ended by itself."""

    type: ClassVar[str] = "extension.failed"
    durability: ClassVar[Durability] = "shown"

    name: str
    why: str
    lines: tuple[str, ...] = ()
    """What it wrote last on standard error."""
    again: float | None = None
    """Seconds until it is started once more; None for not by itself."""


class ExtensionStopped(Struct, frozen=True):
    """A server was switched off."""

    type: ClassVar[str] = "extension.stopped"
    durability: ClassVar[Durability] = "shown"

    name: str


class ListedExtensionTool(Struct, frozen=True):
    """A tool of an extension."""

    name: str
    """At the server."""
    called: str
    """As the model calls it."""
    words: str
    tokens: int
    """What its definition takes of each request, by our estimate."""
    on: bool
    pin: Literal["new", "same", "changed"] = "same"
    """Whether it is the one that was seen first, or was allowed since."""
    schema: dict[str, Any] | None = None
    """JSON schema of its arguments."""
    server_tool: str = ""
    """As rules call it: `server/tool`."""
    rule: str = ""
    """What the person's rules say of its calls: `allow`, `ask` or `deny`; empty for nothing."""


class ListedExtension(Struct, frozen=True):
    """An extension and how it is."""

    name: str
    phase: ExtensionPhase
    transport: str
    shown: str
    source: str
    enabled: bool
    seconds: float | None = None
    """How long its last start took."""
    server: str = ""
    protocol: str = ""
    why: str = ""
    tools: tuple[ListedExtensionTool, ...] = ()
    prompts: int = 0
    resources: int = 0
    lines: tuple[str, ...] = ()
    """What it wrote last beside the protocol."""


class ExtensionsListed(Struct, frozen=True):
    """The extensions that a face asked for."""

    type: ClassVar[str] = "extensions.listed"
    durability: ClassVar[Durability] = "transient"

    extensions: tuple[ListedExtension, ...]
    problems: tuple[str, ...] = ()
    """What is odd about the files they stand in."""


class ExtensionToolTested(Struct, frozen=True):
    """What came of a call that a person made to try a tool: no model reads it."""

    type: ClassVar[str] = "extension.tool_tested"
    durability: ClassVar[Durability] = "transient"

    extension: str
    tool: str
    text: str
    failed: bool
    seconds: float


class CompletionsFound(Struct, frozen=True):
    """What an argument of a server's prompt may be, as a face asked."""

    type: ClassVar[str] = "completions.found"
    durability: ClassVar[Durability] = "transient"

    server: str
    prompt: str
    argument: str
    value: str
    """What was typed of it."""
    values: tuple[str, ...]
