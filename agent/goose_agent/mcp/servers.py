"""All servers of a session: each in a task of its own, its tools in the session's registry.

They start once the session can be used, all at the same time; nothing waits for them.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup
from msgspec import Struct, field

from goose_agent.clock import Clock
from goose_agent.config.servers import LoadedServers, ServerSpec
from goose_agent.context.estimate import FIRST_RATIO, estimate_tokens
from goose_agent.errors import UsageError
from goose_agent.events import (
    ExtensionChanged,
    ExtensionFailed,
    ExtensionReady,
    ExtensionsListed,
    ExtensionStarting,
    ExtensionStopped,
    ListedExtension,
    ListedExtensionTool,
)
from goose_agent.evolve import evolve
from goose_agent.mcp.calling import call_tool
from goose_agent.mcp.connection import Connection, Failure, Watcher
from goose_agent.mcp.host import Host, Resource
from goose_agent.mcp.names import slug, tool_names
from goose_agent.mcp.oauth import TokenStore
from goose_agent.mcp.pin_store import Definition, PinStore
from goose_agent.mcp.resources import NAME, ResourceTools
from goose_agent.mcp.results import output_of
from goose_agent.mcp.tool import RemoteTool, ServerTool
from goose_agent.tools.registry import Registry, Tool
from goose_agent.tools.tool import CallContext, ToolFailure, ToolOutput

__all__ = ["Ground", "ServerEvent", "Servers"]

_LINES = 6
"""Last lines of standard error that go with a failure."""
_SHOWN_LINES = 40
_SCHEMA = 100_000
"""Characters of the schema of a tool that a model is offered."""

ServerEvent = (
    ExtensionStarting | ExtensionReady | ExtensionChanged | ExtensionFailed | ExtensionStopped
)


class Ground(Struct, frozen=True):
    """What the servers of a session are made from."""

    load: Callable[[], LoadedServers]
    """Reads which there are. Blocks."""
    change: Callable[[str, Mapping[str, object]], None]
    """Writes down keys of one. Blocks."""
    add: Callable[[str, Mapping[str, Any]], object]
    """Writes down a new one. Blocks."""
    remove: Callable[[str], bool]
    """Forgets one that was written down so; tells whether it was. Blocks."""
    secrets: Callable[[Sequence[str]], Mapping[str, str]]
    """Those of these that are kept. Blocks."""
    environ: Mapping[str, str]
    """For programs: an allow-list."""
    home: str
    """Where programs run that name no place."""
    pins: PinStore
    tokens: TokenStore | None = None


class _Kept(Struct):
    """A server as the session knows it."""

    spec: ServerSpec
    connection: Connection | None = None
    scope: anyio.CancelScope | None = None
    ended: anyio.Event | None = None
    """Set once its task has ended."""
    tools: dict[str, ServerTool] = field(default_factory=dict)
    """By their names at the server."""


class Servers:
    """Starts, stops and knows the servers of one session.

    Args:
        ground: what they are made from.
        registry: where their tools go.
        host: answers what they ask.
        tell: lets something have happened.
        clock: tells the time.
    """

    def __init__(
        self,
        ground: Ground,
        registry: Registry,
        host: Host,
        tell: Callable[[ServerEvent | ExtensionsListed], object],
        clock: Clock,
    ) -> None:
        self._ground = ground
        self._registry = registry
        self._host = host
        self._tell = tell
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._problems: tuple[str, ...] = ()
        self._leaving = False
        self._changing = anyio.Lock()
        self._settled = anyio.Event()
        self._told: dict[str, ExtensionChanged] = {}
        """What each server offers, as it was told last."""
        extension = ResourceTools(self.up)
        self._resource_tools = [
            Tool(extension, "list_resources"),
            Tool(extension, "read_resource"),
        ]

    # Which there are

    async def settled(self) -> None:
        """Wait until each of them is there, or is known not to be."""
        await self._settled.wait()

    def _look(self) -> None:
        """Note whether any of them still starts."""
        connections = (kept.connection for kept in self._kept.values())
        if not any(each is not None and each.phase == "starting" for each in connections):
            self._settled.set()

    async def refresh(self, work: TaskGroup) -> None:
        """Start those that are there and wanted, stop those that are not any more.

        Args:
            work: where they run.
        """
        try:
            await self._refresh(work)
        finally:
            self._look()

    async def _refresh(self, work: TaskGroup) -> None:
        async with self._changing:
            loaded = await to_thread.run_sync(self._ground.load)
            self._problems = loaded.warnings
            wanted = {spec.name: spec for spec in loaded.servers}
            for name in [name for name in self._kept if name not in wanted]:
                await self._stop(name)
                del self._kept[name]
            for name, spec in wanted.items():
                kept = self._kept.setdefault(name, _Kept(spec))
                if _same(kept.spec, spec):
                    kept.spec = spec
                    await self._offer(name)
                else:
                    await self._stop(name)
                    self._kept[name] = kept = _Kept(spec)
                if spec.enabled:
                    self._start(kept, work)
                else:
                    await self._stop(name)

    async def switch(self, name: str, on: bool, work: TaskGroup) -> None:
        """Let a server be there, or not, from now on and in later sessions.

        Raises:
            ConfigError: that cannot be written down.
        """
        if name in self._kept:
            await to_thread.run_sync(self._ground.change, name, {"enabled": on})
            await self.refresh(work)

    async def switch_tool(self, name: str, tool: str, on: bool, work: TaskGroup) -> None:
        """Let the model have a tool of a server, or not.

        Raises:
            ConfigError: that cannot be written down.
        """
        kept = self._kept.get(name)
        if kept is None or kept.connection is None:
            return
        known = [each.name for each in kept.connection.catalogue.tools]
        had = [each for each in known if kept.spec.offers(each)]
        wanted = [each for each in known if (on if each == tool else each in had)]
        tools = None if wanted == known else wanted
        if wanted:
            await to_thread.run_sync(self._ground.change, name, {"available_tools": tools})
            await self.refresh(work)

    async def add(self, name: str, entry: Mapping[str, Any], work: TaskGroup) -> None:
        """Keep a new server, and start it.

        Raises:
            GooseError: it is not understood, or cannot be written down.
        """
        await to_thread.run_sync(self._ground.add, name, entry)
        await self.refresh(work)

    async def remove(self, name: str, work: TaskGroup) -> None:
        """Forget a server.

        Raises:
            GooseError: it was written down by somebody else, or the file cannot be changed.
        """
        kept = self._kept.get(name)
        removed = await to_thread.run_sync(self._ground.remove, name)
        await self.refresh(work)
        if kept is not None and (name in self._kept or not removed):
            raise UsageError(
                f"{name} stands in {kept.spec.source}.", "Take it out there, or switch it off."
            )

    async def restart(self, name: str, work: TaskGroup) -> None:
        """Start a server anew, whether it is there or not."""
        if name not in self._kept:
            return
        async with self._changing:
            await self._stop(name)
            self._start(self._kept[name], work)

    def leave(self) -> None:
        """The session ends: let all of them end."""
        self._leaving = True
        for kept in self._kept.values():
            if kept.scope is not None:
                kept.scope.cancel()

    # Their lives

    def _start(self, kept: _Kept, work: TaskGroup) -> None:
        if kept.scope is not None or self._leaving:
            return
        watcher = Watcher(self._starting, self._ready, self._changed, self._failed)
        ground = self._ground
        kept.connection = Connection(
            kept.spec,
            ground.environ,
            self._host,
            watcher,
            self._clock,
            ground.home,
            ground.tokens,
        )
        kept.scope, kept.ended = anyio.CancelScope(), anyio.Event()
        work.start_soon(self._keep, kept)

    async def _keep(self, kept: _Kept) -> None:
        """The life of one server: whatever goes wrong in it is its own failure."""
        connection, scope, ended = kept.connection, kept.scope, kept.ended
        assert connection is not None and scope is not None and ended is not None
        try:
            with scope:
                try:
                    await connection.run()
                except Exception as error:
                    connection.phase, connection.why = "failed", _fault(error)
                    await self._failed(connection, Failure(connection.why))
        finally:
            if kept.scope is scope:
                kept.scope = None
            ended.set()

    async def _stop(self, name: str) -> None:
        kept = self._kept[name]
        self._registry.withdraw(_source(name))
        kept.tools = {}
        if kept.scope is not None and kept.ended is not None:
            kept.scope.cancel()
            await kept.ended.wait()
        if kept.connection is not None:
            self._tell(ExtensionStopped(name))
        kept.connection = None
        self._offer_resources()

    async def _starting(self, connection: Connection) -> None:
        self._tell(ExtensionStarting(connection.spec.name, connection.spec.shown))

    async def _ready(self, connection: Connection, seconds: float) -> None:
        name = connection.spec.name
        altered = await self._offer(name)
        catalogue = connection.catalogue
        called = self._called(name)
        self._tell(
            ExtensionReady(
                name,
                seconds,
                called,
                catalogue.prompts,
                len(catalogue.resources),
                catalogue.server,
                catalogue.protocol,
            )
        )
        if altered:
            self._tell_change(connection, altered)
        self._look()

    async def _changed(self, connection: Connection) -> None:
        self._tell_change(connection, await self._offer(connection.spec.name))

    def _tell_change(self, connection: Connection, altered: tuple[str, ...]) -> None:
        name, catalogue = connection.spec.name, connection.catalogue
        called, resources = self._called(name), len(catalogue.resources)
        change = ExtensionChanged(name, called, catalogue.prompts, resources, altered)
        if altered or change != self._told.get(name):
            self._tell(change)
        self._told[name] = evolve(change, altered=())

    async def _failed(self, connection: Connection, failure: Failure) -> None:
        name = connection.spec.name
        if failure.again is None:
            self._registry.withdraw(_source(name))
            self._offer_resources()
        lines = connection.log.lines[-_LINES:]
        self._tell(ExtensionFailed(name, failure.why, lines, failure.again))
        self._look()

    # What they offer

    async def _offer(self, name: str) -> tuple[str, ...]:
        """Put its tools into the registry as they are now; which of them were changed."""
        kept = self._kept.get(name)
        connection = kept.connection if kept is not None else None
        if kept is None or connection is None or connection.phase == "failed":
            return ()
        before = kept.tools
        tools = await to_thread.run_sync(self._known, kept.spec, connection)
        kept.tools = {tool.definition.tool: tool for tool in tools}
        offered = [
            RemoteTool(tool, self._run, self._ground.pins)
            for tool in tools
            if kept.spec.offers(tool.definition.tool)
        ]
        said = connection.catalogue.instructions
        prompt = f"(What this extension says of itself.)\n{said}" if said.strip() else ""
        self._registry.bring(_source(name), offered, prompt)
        self._offer_resources()
        return tuple(
            tool.called
            for at, tool in kept.tools.items()
            if tool.difference and (at not in before or before[at].difference != tool.difference)
        )

    def _known(self, spec: ServerSpec, connection: Connection) -> list[ServerTool]:
        """Its tools and how each compares with what was seen before. Blocks."""
        listed = [
            tool
            for tool in connection.catalogue.tools
            if len(json.dumps(tool.schema, ensure_ascii=True)) <= _SCHEMA
        ]
        called = {
            tool: name for name, tool in tool_names(spec.name, [t.name for t in listed]).items()
        }
        definitions = [
            Definition(
                spec.name, tool.name, tool.description, tool.schema, spec.identity, spec.shown
            )
            for tool in listed
        ]
        try:
            compared = self._ground.pins.compare(definitions)
        except OSError as error:
            connection.log.note(f"(what its tools are cannot be kept: {error})")
            compared = [("new", "") for _ in definitions]
        server = slug(spec.name)
        return [
            ServerTool(
                called[tool.name],
                f"{server}/{called[tool.name].removeprefix(f'{server}__')}",
                definition,
                difference or ("it is described otherwise" if state == "changed" else ""),
                tool.hints,
            )
            for tool, definition, (state, difference) in zip(
                listed, definitions, compared, strict=True
            )
        ]

    def _offer_resources(self) -> None:
        if any(connection.resources for connection in self.up()):
            self._registry.bring(NAME, self._resource_tools)
        else:
            self._registry.withdraw(NAME)

    def _called(self, name: str) -> tuple[str, ...]:
        kept = self._kept[name]
        return tuple(t.called for t in kept.tools.values() if kept.spec.offers(t.definition.tool))

    async def _run(
        self, call: CallContext, tool: ServerTool, arguments: Mapping[str, Any]
    ) -> ToolOutput:
        """Call a tool as it was when the call was judged, and not as another."""
        definition = tool.definition
        kept = self._kept.get(definition.server)
        if kept is None or kept.connection is None:
            raise ToolFailure(f"The extension {definition.server} is switched off.")
        now = kept.tools.get(definition.tool)
        if now is None or now.definition.pin != definition.pin:
            raise ToolFailure(
                f"{tool.called} has changed meanwhile: look at it before you call it."
            )
        return await call_tool(kept.connection, call, definition.tool, arguments)

    # What is asked about them

    def up(self) -> Iterable[Connection]:
        """The servers that are there now, by name."""
        for name in sorted(self._kept):
            connection = self._kept[name].connection
            if connection is not None and connection.phase == "ready":
                yield connection

    def connection(self, name: str) -> Connection:
        """The server of this name.

        Raises:
            ToolFailure: it is not there.
        """
        kept = self._kept.get(name)
        if kept is None or kept.connection is None:
            raise ToolFailure(f"There is no extension {name} that is switched on.")
        return kept.connection

    async def test(self, name: str, tool: str, arguments: Mapping[str, Any]) -> ToolOutput:
        """Call a tool for a person.

        Raises:
            ToolFailure: it cannot be called, or did not answer.
        """

        async def quiet(progress: float, total: float | None, message: str | None) -> None:
            connection.touch()

        connection = self.connection(name)
        return output_of(await connection.call(tool, arguments, quiet), lambda _: "")

    def server_tool(self, name: str, tool: str) -> str:
        """How rules call a tool; empty where there is none."""
        kept = self._kept.get(name)
        known = kept.tools.get(tool) if kept is not None else None
        return known.server_tool if known is not None else ""

    def resources(self) -> Iterable[tuple[str, Resource]]:
        """What all of them have for reading, each with its server."""
        for connection in self.up():
            for resource in connection.resources:
                yield connection.spec.name, resource

    def list(self) -> None:
        """Tell how each of them is."""
        listed = tuple(self._listed(self._kept[name]) for name in sorted(self._kept))
        self._tell(ExtensionsListed(listed, self._problems))

    def _listed(self, kept: _Kept) -> ListedExtension:
        spec, connection = kept.spec, kept.connection
        plain = ListedExtension(
            spec.name, "off", spec.transport, spec.shown, spec.source, spec.enabled
        )
        if connection is None:
            return plain
        catalogue = connection.catalogue
        return ListedExtension(
            spec.name,
            connection.phase,
            spec.transport,
            spec.shown,
            spec.source,
            spec.enabled,
            connection.seconds,
            catalogue.server,
            catalogue.protocol,
            connection.why,
            tuple(self._listed_tool(spec, tool) for tool in kept.tools.values()),
            len(catalogue.prompts),
            len(catalogue.resources),
            connection.log.lines[-_SHOWN_LINES:],
        )

    def _listed_tool(self, spec: ServerSpec, tool: ServerTool) -> ListedExtensionTool:
        schema = RemoteTool(tool, self._run, self._ground.pins).schema
        size = len(json.dumps([schema.name, schema.description, schema.parameters]))
        name = tool.definition.tool
        return ListedExtensionTool(
            name,
            tool.called,
            schema.description.strip().partition("\n")[0][:200],
            estimate_tokens(size, FIRST_RATIO),
            spec.offers(name),
            "changed" if tool.difference else "same",
            dict(tool.definition.schema),
            tool.server_tool,
        )


def _source(name: str) -> str:
    """What a server is called in the registry."""
    return f"extension {name}"


def _same(one: ServerSpec, other: ServerSpec) -> bool:
    """Whether a server need not be started anew to be as another entry says."""

    def lean(spec: ServerSpec) -> ServerSpec:
        return evolve(spec, enabled=True, available_tools=(), description="")

    return lean(one) == lean(other)


def _fault(error: Exception) -> str:
    """What to tell of a fault that nobody foresaw."""
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    frames = traceback.extract_tb(inner.__traceback__)
    place = f", {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"it failed by a fault ({type(inner).__name__}: {inner}{place})"
