"""All tools of a session, in one stable order: the order decides what a provider can cache."""

from __future__ import annotations

import difflib
import json
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any, TypeVar

from msgspec import Struct

from goose_agent.errors import GooseError
from goose_agent.events import Mode, Preview
from goose_agent.evolve import evolve
from goose_agent.messages import ToolSchema
from goose_agent.tools.schema import Arguments, brief
from goose_agent.tools.session_view import SessionView
from goose_agent.tools.tool import (
    MARK,
    CallContext,
    Extension,
    Foreseen,
    ToolFailure,
    ToolMark,
    ToolOutput,
    Workspace,
)

__all__ = ["Registry", "Tool"]

_NAMESPACES = frozenset({"functions", "function", "tools", "tool", "default_api", "api"})
"""What models put before a tool's name out of habit."""
_PREFIX = re.compile(r"^([A-Za-z][\w-]*?)(?:__|[.:/])(.+)$")
_BYTE = re.compile("[\ud800-\udfff]")
"""Stands for a byte of a file name that is not UTF-8; no record and no request could hold it."""
_SUMMARY = 200
"""Characters of a summary; it is one line on a screen."""


class Tool:
    """One tool as the session uses it.

    Args:
        extension: what it belongs to.
        attribute: the marked method's name.
        name: what the model calls it; the method's name, unless another tool has that already.
    """

    def __init__(self, extension: Extension, attribute: str, name: str = "") -> None:
        self.name = name or attribute
        self.attribute = attribute
        """The name that its extension knows it by."""
        self.extension = extension.name
        self.server_tool = ""
        """`server/tool` where a server brings it, for rules."""
        self.changed = ""
        """How it differs from what was allowed before, in a few words; empty where it does not."""
        self._owner = extension
        self._method = getattr(extension, attribute)
        self.mark: ToolMark = getattr(self._method, MARK)
        self._arguments = Arguments(self.name, self._method)

    @property
    def schema(self) -> ToolSchema:
        """The tool as a model sees it."""
        return self._arguments.schema

    def as_json(self, arguments_text: str) -> str:
        """The model's text, mended where that can change nothing.

        What a command or a path is made of is never touched: there, every character counts.
        """
        if self.mark.command or self.mark.paths or self.mark.url or self.mark.find_paths:
            return arguments_text
        return self._arguments.as_json(arguments_text)

    def parse(self, arguments_text: str) -> dict[str, Any] | str:
        """The arguments in the model's JSON text, or a text for the model that says what is wrong.

        What is left out stays out: the record holds what the model said.
        """
        arguments = self._arguments.parse(arguments_text)
        if isinstance(arguments, str):
            return arguments
        for name in (*self.mark.paths, self.mark.command):
            if "\0" in str(arguments.get(name, "")):
                return f"`{name}` must not contain a NUL character. Nothing was done."
        return arguments

    async def run(self, call: CallContext, arguments: Mapping[str, Any]) -> ToolOutput:
        """Do it; what the model can mend comes back as an output that is an error."""
        keywords = self._arguments.build(arguments)
        if isinstance(keywords, str):
            return ToolOutput(keywords, is_error=True)
        try:
            output = await self._method(call, **keywords)
        except ToolFailure as failure:
            return ToolOutput(str(failure), is_error=True)
        except GooseError:
            raise  # not the tool's: the record cannot be written, for one
        except Exception as error:
            return ToolOutput(_fault(self.name, error), is_error=True)
        output = ToolOutput(output) if isinstance(output, str) else output
        return evolve(output, text=_BYTE.sub("\ufffd", output.text))

    async def allowed(self) -> None:
        """A person has allowed it as it is now."""

    async def preview(self, workspace: Workspace, arguments: Mapping[str, Any]) -> Preview:
        """What the call would do, complete and verbatim, without doing it."""
        return (await self.foresee(workspace, arguments)).preview

    async def foresee(self, workspace: Workspace, arguments: Mapping[str, Any]) -> Foreseen:
        """The same, and what of it can be left out."""
        keywords = self._arguments.build(arguments)
        if not self.mark.preview or isinstance(keywords, str):
            text = json.dumps(dict(arguments), indent=2, ensure_ascii=False)
            return Foreseen(Preview("text", text))
        try:
            shown = await getattr(self._owner, self.mark.preview)(workspace, **keywords)
        except ToolFailure as failure:
            return Foreseen(Preview("text", f"This call would fail. {failure}"))
        if isinstance(shown, Preview):
            return Foreseen(shown)
        assert isinstance(shown, Foreseen)
        return shown

    def summary(self, arguments: Mapping[str, Any], workspace: Workspace) -> str:
        """One line that says what the call would do."""
        names = [name.strip() for name in self.mark.summary.split(",") if name.strip()]
        pieces = [self._piece(n, arguments[n], workspace) for n in names if n in arguments]
        line = "  ".join(piece for piece in pieces if piece)
        return line if len(line) <= _SUMMARY else f"{line[: _SUMMARY - 1]}…"

    def _piece(self, name: str, value: object, workspace: Workspace) -> str:
        if isinstance(value, list):
            return "1 item" if len(value) == 1 else f"{len(value)} items"
        text = str(value)
        if name in self.mark.paths:
            text = _shown_path(text, workspace)
        lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            return "".join(lines)
        more = len(lines) - 1
        return f"{lines[0][: _SUMMARY - 20]} (+{more} line{'s' if more > 1 else ''})"

    def rule_argument(self, arguments: Mapping[str, Any]) -> str:
        """The command, address or path that a rule about this very call would be limited to."""
        if self.mark.command or self.mark.url:
            return str(arguments.get(self.mark.command or self.mark.url, ""))
        return next(iter(self.paths(arguments)), "")

    def paths(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The paths the call names, as it names them, those it leaves to their default included."""
        found = {**self._arguments.defaults, **arguments}
        if self.mark.find_paths:
            return tuple(getattr(self._owner, self.mark.find_paths)(found))
        return tuple(str(found[name]) for name in self.mark.paths if name in found)


class _Brought(Struct, frozen=True):
    """What a source that comes and goes has now."""

    tools: tuple[Tool, ...]
    prompt: str


class Registry:
    """The tools a model may call.

    Args:
        extensions: what brings them; where two tools have one name, the later one is called
            `extension__name`.
    """

    def __init__(self, extensions: Iterable[Extension]) -> None:
        self.extensions: tuple[Extension, ...] = ()
        self._tools: dict[str, Tool] = {}
        self._brought: dict[str, _Brought] = {}
        for extension in extensions:
            self.add(extension)

    def add(self, extension: Extension) -> None:
        """Take in one more extension and its tools."""
        self.extensions = (*self.extensions, extension)
        for attribute in _marked(extension):
            taken = attribute in self._tools
            name = f"{extension.name}__{attribute}" if taken else attribute
            self._tools[name] = Tool(extension, attribute, name)

    def remove(self, name: str) -> None:
        """Do without an extension and its tools."""
        self.extensions = tuple(each for each in self.extensions if each.name != name)
        self._tools = {key: tool for key, tool in self._tools.items() if tool.extension != name}

    def only(self, names: Collection[str]) -> Registry:
        """Some of the tools, under the names they have here; whoever made these closes them.

        Args:
            names: of the tools that are to be there.
        """
        some = Registry(())
        some._tools = {name: tool for name, tool in self._tools.items() if name in names}
        for source, brought in self._brought.items():
            tools = tuple(tool for tool in brought.tools if tool.name in names)
            if tools:
                some._brought[source] = evolve(brought, tools=tools)
        kept = {tool.extension for tool in some}
        some.extensions = tuple(item for item in self.extensions if item.name in kept)
        return some

    def __iter__(self) -> Iterator[Tool]:
        yield from self._tools.values()
        for name in sorted(self._brought):
            yield from self._brought[name].tools

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def bring(self, source: str, tools: Iterable[Tool], prompt: str = "") -> None:
        """Let these be the tools of a source that comes and goes, behind all others.

        Sources stand in the order of their names, whenever each came, and each has its tools in
        the order of theirs. A tool that is called as another one is left out.

        Args:
            source: names it.
            tools: all it has now.
            prompt: what it adds to the system prompt.
        """
        self.withdraw(source)
        taken = {tool.name for tool in self}
        free = (tool for tool in tools if tool.name not in taken)
        self._brought[source] = _Brought(tuple(sorted(free, key=lambda tool: tool.name)), prompt)

    def withdraw(self, source: str) -> None:
        """Let a source have no tools any more."""
        self._brought.pop(source, None)

    def schemas(
        self, mode: Mode, wanted: Collection[str] = (), *, few: bool = False
    ) -> tuple[ToolSchema, ...]:
        """The tools that a model has, as it sees them; the same order every time.

        Args:
            mode: the permission mode.
            wanted: names of those occasional ones that there is something to do with.
            few: whether it can do with the basic ones, besides those that belong to the moment, and
                with what must be said of each.
        """
        found = (
            tool
            for tool in self
            if (not tool.mark.modes or mode in tool.mark.modes)
            and (not tool.mark.occasional or tool.name in wanted)
        )
        if not few:
            return tuple(tool.schema for tool in found)
        return tuple(
            brief(tool.schema)
            for tool in found
            if tool.mark.basic or tool.mark.modes or tool.mark.occasional
        )

    def find(self, name: str) -> Tool | None:
        """The tool a model means by `name`, also where it is mangled in one of the known ways."""
        exact = self._tools.get(name) or next((tool for tool in self if tool.name == name), None)
        if exact:
            return exact
        # `<|channel|>` and the like are special tokens that leaked; `:0` is a call's number.
        plain = re.sub(r":\d+$", "", name.partition("<|")[0].strip())
        while plain:
            tool = self._same_letters(plain)
            prefix = _PREFIX.match(plain)
            if tool or not prefix:
                return tool
            tool = self._same_letters(prefix[2])
            if tool and tool.extension == prefix[1].lower():
                return tool
            if prefix[1].lower() not in _NAMESPACES:
                return None
            plain = prefix[2]
        return None

    def _same_letters(self, name: str) -> Tool | None:
        folded = name.lower().replace("-", "_")
        alike = [tool for tool in self if tool.name.lower().replace("-", "_") == folded]
        return alike[0] if len(alike) == 1 else None

    def unknown(self, name: str) -> str:
        """What to tell a model that called a tool that does not exist."""
        near = difflib.get_close_matches(name.lower(), [tool.name for tool in self], n=1)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        # What is not always there would only be called in vain.
        marks = ((tool.name, tool.mark) for tool in self)
        names = ", ".join(n for n, mark in marks if not (mark.modes or mark.occasional)) or "none"
        return f"There is no tool `{name[:80]}`.{hint} Available tools: {names}."

    def close(self) -> None:
        """Let go of what the tools hold between calls. Blocks: call it in a thread."""
        for extension in self.extensions:
            _tried(extension.close, None)

    def prepare(self) -> tuple[str, ...]:
        """Let the extensions read what they need to know; tells who failed. Blocks."""
        return tuple(
            f"{extension.name} cannot read what it needs ({fault})."
            for extension in self.extensions
            if (fault := _fault_in(extension.prepare))
        )

    def attach(
        self, extension: Extension, session: SessionView, requires: Mapping[str, Extension]
    ) -> str:
        """Let an extension belong to a session; tells why it cannot, empty where it can."""
        fault = _fault_in(lambda: extension.attach(session, requires))
        return f"{extension.name} is left out: it cannot begin ({fault})." if fault else ""

    def prompts(self) -> str:
        """What the extensions add to the system prompt, a heading each."""
        sections = [(each.name, _tried(each.prompt, "").strip()) for each in self.extensions]
        sections += [(name, self._brought[name].prompt.strip()) for name in sorted(self._brought)]
        return "\n\n".join(f"## {name}\n\n{text}" for name, text in sections if text)

    def wanted(self) -> frozenset[str]:
        """Names of the occasional tools that extensions have something to do with now."""
        none: Collection[str] = ()
        wanted = {each.name: _tried(each.wanted, none) for each in self.extensions}
        return frozenset(
            tool.name
            for tool in self
            if tool.mark.occasional and tool.attribute in wanted[tool.extension]
        )


Answer = TypeVar("Answer")


def _tried(ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    """What an extension says; a fault in one must not end the session of all."""
    try:
        return ask()
    except Exception:
        return otherwise


def _fault(name: str, error: Exception) -> str:
    """What to tell of a fault in a tool itself."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{PurePath(where.filename).name}:{where.lineno}"
    return (
        f"{name} failed by a fault of its own ({type(error).__name__}: {error}, {place}). "
        "It may have done a part of its work: look before you call it again."
    )


def _fault_in(do: Callable[[], object]) -> str:
    """What goes wrong in an extension, in a few words; empty for nothing."""
    try:
        do()
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        return f"{type(error).__name__}: {said}" if said else type(error).__name__
    return ""


def _marked(extension: Extension) -> list[str]:
    """Names of the methods that are tools, in the order in which they are written down."""
    found: dict[str, None] = {}
    for kind in type(extension).__mro__:
        for attribute, value in vars(kind).items():
            if hasattr(value, MARK):
                found[attribute] = None
    return list(found)


def _shown_path(text: str, workspace: Workspace) -> str:
    try:
        return workspace.shown(workspace.resolve(text))
    except RuntimeError:  # `~name` of somebody who does not exist
        return text
