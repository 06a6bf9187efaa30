"""A tool of a server, as the session uses it: behind the same gate as any that runs programs.

What a server says of its own tools (that they only read, say) comes from whoever wrote it, and
loosens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from anyio import to_thread
from msgspec import Struct

from goose_agent.characters import is_hidden
from goose_agent.errors import GooseError
from goose_agent.events import Preview
from goose_agent.evolve import evolve
from goose_agent.mcp.pin_store import Definition, PinStore
from goose_agent.messages import ToolSchema
from goose_agent.tools.mending import mended
from goose_agent.tools.registry import Tool
from goose_agent.tools.schema import load_json
from goose_agent.tools.tool import (
    CallContext,
    Foreseen,
    ToolFailure,
    ToolMark,
    ToolOutput,
    Workspace,
)

__all__ = ["RemoteTool", "ServerTool", "shown_description"]

Run = Callable[[CallContext, "ServerTool", Mapping[str, Any]], Awaitable[ToolOutput]]

_DESCRIPTION = 8000
"""Characters of a description that a model reads."""
_MARK = ToolMark("run")


class ServerTool(Struct, frozen=True):
    """What is known of a tool."""

    called: str
    """As the model calls it."""
    server_tool: str
    """As rules call it: `server/tool`."""
    definition: Definition
    difference: str = ""
    """What is different since it was allowed, in lines; empty for nothing."""
    hints: str = ""
    """What the server says of it, for people; never a reason to let anything run."""


def shown_description(text: str) -> str:
    """A description without characters that no person sees, and bounded."""
    plain = _visible(text)
    return plain if len(plain) <= _DESCRIPTION else f"{plain[:_DESCRIPTION]}…"


def _visible(text: str) -> str:
    if not is_hidden(text):
        return text
    return "".join(char for char in text if char in "\n\t" or not is_hidden(char))


def _shown(node: object) -> object:
    """A piece of a schema without characters that no person sees in its words."""
    if isinstance(node, str):
        return _visible(node)
    if isinstance(node, Mapping):
        return {key: _shown(value) for key, value in node.items() if key != "$schema"}
    return [_shown(item) for item in node] if isinstance(node, list) else node


class RemoteTool(Tool):
    """One tool of a server.

    Args:
        tool: what is known of it.
        run: calls it at its server.
        pins: keep that a person has allowed it as it is.
    """

    def __init__(self, tool: ServerTool, run: Run, pins: PinStore) -> None:
        self.name = tool.called
        self.extension = tool.definition.server
        self.mark = _MARK
        self.server_tool = tool.server_tool
        self.changed = (
            "its words or arguments are not those that were allowed: see what is different"
            if tool.difference
            else ""
        )
        self._tool = tool
        self._run = run
        self._pins = pins

    @property
    def schema(self) -> ToolSchema:
        """The tool as a model sees it."""
        definition = self._tool.definition
        shown = {key: _shown(value) for key, value in definition.schema.items() if key != "$schema"}
        parameters = {"type": "object", "properties": {}, **shown}
        return ToolSchema(self.name, shown_description(definition.description), parameters)

    def as_json(self, arguments_text: str) -> str:
        """The model's text, or what it is without a fence and trailing commas."""
        for text in (arguments_text, mended(arguments_text)):
            with suppress(ValueError, RecursionError):
                load_json(text)
                return text
        return arguments_text

    def parse(self, arguments_text: str) -> dict[str, Any] | str:
        """The arguments in the model's JSON text, or a text for the model that says what is wrong."""
        try:
            given = load_json(arguments_text) if arguments_text.strip() else {}
        except (ValueError, RecursionError) as error:
            return self._refused(f"they are not valid JSON: {error}")
        if not isinstance(given, dict):
            return self._refused("they are not a JSON object")
        problems = _problems(given, self._tool.definition.schema)
        return self._refused("; ".join(problems)) if problems else given

    def _refused(self, reason: str) -> str:
        return f"The arguments of {self.name} were refused: {reason}. Nothing was done."

    async def run(self, call: CallContext, arguments: Mapping[str, Any]) -> ToolOutput:
        """Call it; what goes wrong at the server is an output that is an error."""
        try:
            return await self._run(call, self._tool, arguments)
        except ToolFailure as failure:
            return ToolOutput(str(failure), is_error=True)
        except GooseError as error:
            return ToolOutput(str(error), is_error=True)

    async def allowed(self) -> None:
        """Pin it as it is now."""
        if self._tool.difference:
            self._tool, self.changed = evolve(self._tool, difference=""), ""
            with suppress(OSError):  # then it is asked about once more
                await to_thread.run_sync(self._pins.keep, self._tool.definition)

    async def foresee(self, workspace: Workspace, arguments: Mapping[str, Any]) -> Foreseen:
        """What would be sent, complete, and what is different about the tool."""
        text = json.dumps(dict(arguments), indent=2, ensure_ascii=False)
        if self._tool.difference:
            text = f"{text}\n\nThe tool is not the one that was allowed:\n{self._tool.difference}"
        if self._tool.hints:
            text = f"{text}\n\nThe server says of it (nobody has checked that): {self._tool.hints}"
        return Foreseen(Preview("text", text))

    def summary(self, arguments: Mapping[str, Any], workspace: Workspace) -> str:
        """One line that says with what it would be called."""
        pieces = [
            f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
            for name, value in arguments.items()
        ]
        line = " ".join("  ".join(pieces).split())
        return line if len(line) <= 200 else f"{line[:199]}…"

    def rule_argument(self, arguments: Mapping[str, Any]) -> str:
        """A rule about one of its calls is about all of them."""
        return ""

    def paths(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """Which of its arguments are paths nobody but the server knows."""
        return ()


def _problems(given: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """What stands against the arguments; the server itself looks at them more closely."""
    required, properties = schema.get("required"), schema.get("properties")
    names = (
        [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    )
    problems = [f"`{name}` is missing" for name in names if name not in given]
    if isinstance(properties, Mapping) and schema.get("additionalProperties") is False:
        known = ", ".join(map(str, properties)) or "none"
        problems += [
            f"unknown argument `{name[:60]}` (known: {known})"
            for name in given
            if name not in properties
        ]
    return problems
