"""The servers of a session as a person sees and steers them, and what they have ready for messages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio
from anyio.abc import TaskGroup

from goose_agent.commands import (
    AddExtension,
    CompleteArgument,
    ListExtensions,
    RemoveExtension,
    RestartExtension,
    RuleExtensionTool,
    SwitchExtension,
    SwitchExtensionTool,
    TryTool,
    UsePrompt,
)
from goose_agent.errors import GooseError, UsageError
from goose_agent.events import (
    AttachedText,
    CompletionsFound,
    ExtensionsListed,
    ExtensionToolTested,
    Notice,
)
from goose_agent.loop.server_requests import ServerRequests
from goose_agent.loop.tool_rules import ToolRules
from goose_agent.mcp.prompts import prompt_text
from goose_agent.mcp.results import read_text
from goose_agent.mcp.servers import Ground, ServerEvent, Servers
from goose_agent.mentions import find_mentions
from goose_agent.permissions.guard import Guard
from goose_agent.sessions.log import SessionLog
from goose_agent.tools.output import for_model
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import ToolFailure

__all__ = ["ServerCommand", "SessionServers"]

ServerCommand = (
    AddExtension
    | RemoveExtension
    | TryTool
    | ListExtensions
    | SwitchExtension
    | SwitchExtensionTool
    | RestartExtension
    | RuleExtensionTool
    | UsePrompt
    | CompleteArgument
)
_MOST_COMPLETIONS = 100
_PROMPT = 200_000
"""Characters of a message that a server has ready."""
_READING = 10.0
"""Seconds in which a resource that a message mentions must be read."""
_PATIENCE = 30.0
"""Seconds for which a turn waits for servers, where it does."""
_ATTACHED = 50_000
"""Bytes of a resource that go along with a message."""


class SessionServers:
    """Does what a person wants of servers.

    Args:
        log: the session's record.
        ground: what the servers are made from; None for no servers.
        registry: where their tools go.
        guard: the person's rules.
        requests: answers what they ask.
        mask: masks our own keys.
        say: sends a message as the person's.
        work: where they run.
        attended: whether a person looks on.
    """

    def __init__(
        self,
        log: SessionLog,
        ground: Ground | None,
        registry: Registry,
        guard: Guard,
        requests: ServerRequests,
        mask: Callable[[str], str],
        say: Callable[[str], Awaitable[None]],
        work: TaskGroup,
        *,
        attended: bool = True,
    ) -> None:
        self._attended = attended
        self._scopes: set[anyio.CancelScope] = set()
        self._log = log
        self._mask = mask
        self._rules = ToolRules(log, guard)
        self._say = say
        self._work = work
        self._servers = (
            Servers(
                ground,
                registry,
                requests,
                self._tell,
                log.world.clock,
            )
            if ground is not None
            else None
        )

    def _tell(self, data: ServerEvent | ExtensionsListed) -> None:
        """Let something have happened; a list tells what rules say of each tool."""
        if isinstance(data, ExtensionsListed):
            data = self._rules.told_in(data)
        self._log.record(data, "system")

    def begin(self) -> None:
        """Start the servers; nothing waits for them."""
        if self._servers is not None:
            self._work.start_soon(self._do, partial(self._servers.refresh, self._work))

    def leave(self) -> None:
        """Let all of them end."""
        if self._servers is not None:
            self._servers.leave()
        for scope in self._scopes:
            scope.cancel()

    async def awaited(self) -> None:
        """Wait a while for servers that start, where a turn would miss their tools.

        A person who looks on sees what is there; without one the first request has to have it all,
        and so have calls that an earlier process left open.
        """
        if self._servers is not None and (not self._attended or self._log.state.open_calls()):
            with anyio.move_on_after(_PATIENCE):
                await self._servers.settled()

    def handle(self, command: ServerCommand) -> None:
        """Do what a face wants."""
        if self._servers is not None:
            self._work.start_soon(self._do, partial(self._handled, command, self._servers))

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something beside the session; when that ends, it does not wait for it."""
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                await work()
            except GooseError as error:
                self._log.record(Notice("error", error.message, error.hint), "system")
            except ToolFailure as failure:
                self._log.record(Notice("error", str(failure)), "system")
            finally:
                self._scopes.discard(scope)

    async def _handled(self, command: ServerCommand, servers: Servers) -> None:
        match command:
            case UsePrompt(extension, prompt, arguments):
                found = await servers.connection(extension).prompt(prompt, arguments)
                await self._say(self._mask(prompt_text(found))[:_PROMPT])
            case CompleteArgument():
                await self._complete(command, servers)
            case TryTool():
                await self._test(command, servers)
            case _:
                await self._steer(command, servers)
                servers.list()

    async def _steer(
        self,
        command: AddExtension
        | RemoveExtension
        | ListExtensions
        | SwitchExtension
        | SwitchExtensionTool
        | RestartExtension
        | RuleExtensionTool,
        servers: Servers,
    ) -> None:
        match command:
            case RuleExtensionTool(name, tool, effect):
                if server_tool := servers.server_tool(name, tool):
                    await self._rules.say(server_tool, effect)
            case AddExtension(name, entry):
                await servers.add(name, entry, self._work)
            case RemoveExtension(name):
                await servers.remove(name, self._work)
            case ListExtensions(anew):
                if anew:
                    await servers.refresh(self._work)
            case SwitchExtension(name, on):
                await servers.switch(name, on, self._work)
            case SwitchExtensionTool(name, tool, on):
                await servers.switch_tool(name, tool, on, self._work)
            case RestartExtension(name):
                await servers.restart(name, self._work)

    async def _test(self, command: TryTool, servers: Servers) -> None:
        clock = self._log.world.clock
        started, failed = clock.mono(), False
        try:
            output = await servers.test(command.extension, command.tool, command.arguments)
            text, failed = output.text, output.is_error
        except ToolFailure as failure:
            text, failed = str(failure), True
        seconds = round(clock.mono() - started, 3)
        shown = self._mask(for_model(text))
        tested = ExtensionToolTested(command.extension, command.tool, shown, failed, seconds)
        self._log.record(tested, "system")

    async def _complete(self, command: CompleteArgument, servers: Servers) -> None:
        connection = servers.connection(command.extension)
        try:
            found = await connection.complete(command.prompt, command.argument, command.value)
        except ToolFailure:
            found = ()  # nothing is known: whoever types goes on typing
        values = tuple(found)[:_MOST_COMPLETIONS]
        told = CompletionsFound(
            command.extension, command.prompt, command.argument, command.value, values
        )
        self._log.record(told, "system")

    # Resources in messages

    def mentions(self, query: str) -> Sequence[str]:
        """Resources that can be mentioned as `@extension:address`, of those with these letters.

        Args:
            query: what was typed behind the `@`.
        """
        if self._servers is None or not query:
            return ()
        names = (f"{server}:{each.uri}" for server, each in self._servers.resources())
        return [name for name in names if "{" not in name and _has_letters(name, query)]

    async def attached(self, text: str) -> tuple[str, tuple[AttachedText, ...]]:
        """The resources that a message mentions, and what of it is left to look for mentions in.

        Raises:
            UsageError: one cannot be read.
        """
        found: dict[str, AttachedText] = {}
        for mention in find_mentions(text) if self._servers is not None else ():
            for name in mention.paths:
                read = None if name in found else await self._read(name)
                if read is not None:
                    found[name] = read
                    text = text.replace(f"@{name}", "")
                    break
        return text, tuple(found.values())

    async def _read(self, name: str) -> AttachedText | None:
        """What a mention of a resource holds, as much of it as goes along; None for none."""
        assert self._servers is not None
        server, _, uri = name.partition(":")
        if "://" not in uri or all(each.spec.name != server for each in self._servers.up()):
            return None
        try:
            with anyio.fail_after(_READING):
                whole = read_text(await self._servers.connection(server).read(uri))
        except ToolFailure as failure:
            raise UsageError(f"{name} cannot be attached: {failure}") from failure
        except TimeoutError:
            words = f"{name} could not be read in {_READING:.0f} seconds."
            raise UsageError(words, "Let the model read it with read_resource.") from None
        whole = self._mask(whole)
        text = whole.encode()[:_ATTACHED].decode("utf-8", "ignore")
        size = len(whole.encode())
        return AttachedText(name, text, size, text.count("\n") + 1, len(text) < len(whole))


def _has_letters(name: str, query: str) -> bool:
    """Whether a name has these letters in their order."""
    letters = iter(name.casefold())
    return all(letter in letters for letter in query.casefold())
