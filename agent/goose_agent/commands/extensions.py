"""Servers of the session and their tools."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from goose_agent.events import Decision

__all__ = [
    "AddExtension",
    "CompleteArgument",
    "ListExtensions",
    "RemoveExtension",
    "RestartExtension",
    "RuleExtensionTool",
    "SwitchExtension",
    "SwitchExtensionTool",
    "TryTool",
    "UsePrompt",
]


class ListExtensions(Struct, frozen=True):
    """Tell which extensions there are; they come back as a transient `extensions.listed`."""

    name: ClassVar[str] = "list_extensions"

    anew: bool = False
    """Whether the files they stand in are read again first."""


class SwitchExtension(Struct, frozen=True):
    """Let an extension be there or not, from now on; `extensions.listed` follows."""

    name: ClassVar[str] = "switch_extension"

    extension: str
    on: bool


class SwitchExtensionTool(Struct, frozen=True):
    """Let the model have a tool of an extension or not; `extensions.listed` follows."""

    name: ClassVar[str] = "switch_extension_tool"

    extension: str
    tool: str
    """Its name at the extension."""
    on: bool


class RuleExtensionTool(Struct, frozen=True):
    """Let a tool of an extension always run, ask or never run; `extensions.listed` follows."""

    name: ClassVar[str] = "rule_extension_tool"

    extension: str
    tool: str
    """Its name at the extension."""
    effect: Decision | None
    """None takes back what was said."""


class RestartExtension(Struct, frozen=True):
    """Start an extension anew; `extensions.listed` follows."""

    name: ClassVar[str] = "restart_extension"

    extension: str


class AddExtension(Struct, frozen=True):
    """Keep a new extension and start it; `extensions.listed` follows."""

    name: ClassVar[str] = "add_extension"

    extension: str
    entry: dict[str, Any]
    """As it stands in a file: `cmd`, `args`, `envs`, `uri` and so on."""


class RemoveExtension(Struct, frozen=True):
    """Forget an extension that this program wrote down; `extensions.listed` follows."""

    name: ClassVar[str] = "remove_extension"

    extension: str


class TryTool(Struct, frozen=True):
    """Call a tool of an extension to try it; `extension.tool_tested` follows, no model reads it."""

    name: ClassVar[str] = "try_tool"

    extension: str
    tool: str
    """Its name at the extension."""
    arguments: dict[str, Any]


class UsePrompt(Struct, frozen=True):
    """Send a message that an extension has ready."""

    name: ClassVar[str] = "use_prompt"

    extension: str
    prompt: str
    arguments: dict[str, str] = {}


class CompleteArgument(Struct, frozen=True):
    """Tell what an argument of a prompt may be; it comes back as a transient `completions.found`."""

    name: ClassVar[str] = "complete_argument"

    extension: str
    prompt: str
    argument: str
    value: str
    """What was typed of it."""
