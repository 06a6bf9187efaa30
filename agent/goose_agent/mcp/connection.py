"""One server: it is started, listened to, asked, started again where it has ended, and ended.

All of that is one task, `run`, so that what is opened there is closed there.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from anyio import to_thread
from msgspec import Struct

from goose_agent.clock import Clock
from goose_agent.config.servers import ServerSpec
from goose_agent.errors import GooseError
from goose_agent.events import ExtensionPhase, ServerPrompt
from goose_agent.mcp.catalogue import Catalogue, read_catalogue
from goose_agent.mcp.exchange import Exchange
from goose_agent.mcp.failures import sdk_errors, sentence
from goose_agent.mcp.host import Host, Resource
from goose_agent.mcp.http import HttpTransport
from goose_agent.mcp.oauth import TokenStore
from goose_agent.mcp.server_log import ServerLog
from goose_agent.mcp.stdio import StdioTransport
from goose_agent.mcp.transports import make_transport
from goose_agent.tools.tool import ToolFailure

if TYPE_CHECKING:
    from mcp import Client
    from mcp.shared.dispatcher import ProgressFnT
    from mcp_types import (
        CallToolResult,
        GetPromptResult,
        LoggingMessageNotificationParams,
        ReadResourceResult,
    )

__all__ = ["Connection", "Failure", "Watcher"]

Answer = TypeVar("Answer")

_RESTARTS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before each new start of one that has ended by itself."""
_STEADY = 60.0
"""Seconds after which earlier ends do not count any more."""
_SESSION_OVER = "Session terminated"
"""What the SDK says where a server at an address knows the session no more."""
_PROGRAM = "goose-tui"
_PAUSE = 0.5
"""Seconds between two readings of what a server offers; twice as long each time it goes on so."""
_LONGEST_PAUSE = 60.0
_RETURN = 20.0
"""Seconds for which a call waits for a server that is about to be there again."""


class Failure(Struct, frozen=True):
    """Why a server is not there."""

    why: str
    again: float | None = None
    """Seconds until it is started once more; None for not by itself."""


class Watcher(Struct, frozen=True):
    """Who is told how a connection stands."""

    starting: Callable[[Connection], Awaitable[None]]
    ready: Callable[[Connection, float], Awaitable[None]]
    changed: Callable[[Connection], Awaitable[None]]
    failed: Callable[[Connection, Failure], Awaitable[None]]


class Connection:
    """A server of a session.

    Args:
        spec: how to reach it.
        environ: for programs: an allow-list.
        host: answers what it asks.
        watcher: told how it stands.
        clock: tells the time.
        home: where programs run that name no place.
        tokens: where what it was signed in with is kept.
    """

    def __init__(
        self,
        spec: ServerSpec,
        environ: Mapping[str, str],
        host: Host,
        watcher: Watcher,
        clock: Clock,
        home: str,
        tokens: TokenStore | None = None,
    ) -> None:
        self.spec = spec
        self.log = ServerLog()
        self.phase: ExtensionPhase = "starting"
        self.why = ""
        self.seconds: float | None = None
        """How long its last start took."""
        self.catalogue = Catalogue()
        self._environ = environ
        self._host = host
        self._watcher = watcher
        self._clock = clock
        self._home = home
        self._tokens = tokens
        self._client: Client | None = None
        self._transport: StdioTransport | HttpTransport | None = None
        self._up = anyio.Event()
        self._exchange = Exchange(spec.name, host, self._hold, lambda: bool(self._running))
        self._running: list[anyio.CancelScope] = []
        """The limits of what is under way: its start, and each request."""
        self._held = 0
        self._stale = anyio.Event()

    async def run(self) -> None:
        """Keep it there until cancelled, or until it can not be had."""
        ends = 0
        while True:
            started = self._clock.mono()
            failure = await self._live()
            if self.seconds is None or self._tried_enough(ends):
                again = None  # it never was there, or never for long
            else:
                ends = 0 if self._clock.mono() - started > _STEADY else ends
                again = _RESTARTS[ends]
            ends += 1
            self._down(failure)
            await self._watcher.failed(self, Failure(failure, again))
            if again is None:
                return
            await anyio.sleep(again)

    def _tried_enough(self, ends: int) -> bool:
        return ends >= len(_RESTARTS)

    def _down(self, why: str) -> None:
        self.phase, self.why, self._client = "failed", why, None
        if self._up.is_set():
            self._up = anyio.Event()

    async def _live(self) -> str:
        """One life of it, from its start; why it ended, in words."""
        await to_thread.run_sync(_load_sdk)
        self.phase, self.why = "starting", ""
        await self._watcher.starting(self)
        started = self._clock.mono()
        limit = anyio.current_time() + self.spec.timeout
        with anyio.CancelScope(deadline=limit) as scope:
            self._running.append(scope)
            try:
                why = await self._connected(scope, started)
            finally:
                if scope in self._running:
                    self._running.remove(scope)
        if scope.cancelled_caught:
            return f"it was not ready after {self.spec.timeout:g} s"
        return why

    async def _connected(self, scope: anyio.CancelScope, started: float) -> str:
        """Connect, and serve until the connection ends."""
        transport: StdioTransport | HttpTransport | None = None
        try:
            transport = await make_transport(
                self.spec, self._environ, self._host, self.log, self._home, self._tokens, self._hold
            )
            self._transport = transport
            async with self._new_client(transport) as client:
                self.catalogue = await read_catalogue(client)
                self._running.remove(scope)
                scope.deadline = math.inf
                await self._serve(client, transport, started)
                return transport.why
        except GooseError as error:
            return error.message.rstrip(".")
        except ExceptionGroup as group:  # what the SDK's tasks raise
            if group.split(sdk_errors())[1] is not None:
                raise
            return self._reason(group, transport)
        except sdk_errors() as error:
            return self._reason(error, transport)

    def _reason(
        self, error: BaseException, transport: StdioTransport | HttpTransport | None
    ) -> str:
        """Why it could not be connected: that it has ended says more than what followed."""
        if isinstance(transport, StdioTransport) and transport.ended.is_set():
            return transport.why
        return sentence(error)

    def _new_client(self, transport: StdioTransport | HttpTransport) -> Client:
        from mcp import Client
        from mcp_types import Implementation

        exchange = self._exchange
        return Client(
            transport,
            sampling_callback=exchange.sample,
            list_roots_callback=exchange.roots,
            elicitation_callback=exchange.elicit,
            logging_callback=self._logged,
            message_handler=self._noticed,
            log_level="info",
            client_info=Implementation(name=_PROGRAM, version=_version()),
            cache=None,
        )

    async def _serve(
        self, client: Client, transport: StdioTransport | HttpTransport, started: float
    ) -> None:
        self._client = client
        self.phase, self.seconds = "ready", round(self._clock.mono() - started, 3)
        await self._watcher.ready(self, self.seconds)
        self._up.set()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._relist, client)
            tasks.start_soon(self._subscribe, client)
            await transport.ended.wait()
            self._down(transport.why)
            tasks.cancel_scope.cancel()

    # What it tells by itself

    async def _logged(self, params: LoggingMessageNotificationParams) -> None:
        data = params.data if isinstance(params.data, str) else repr(params.data)
        self.log.note(f"[{params.level}] {data}")

    async def _noticed(self, message: object) -> None:
        kind = getattr(message, "method", "")
        if isinstance(message, Exception):
            self.log.note(f"(not understood) {message}")
        elif isinstance(kind, str) and kind.endswith("/list_changed"):
            self._stale.set()

    async def _subscribe(self, client: Client) -> None:
        """Servers of the newer protocol tell of changes only where somebody listens."""
        with suppress(*sdk_errors()):
            async with client.listen(
                tools_list_changed=True, prompts_list_changed=True, resources_list_changed=True
            ) as changes:
                async for _ in changes:
                    self._stale.set()

    async def _relist(self, client: Client) -> None:
        """Read anew what it offers whenever it says that this has changed."""
        pause = _PAUSE
        while True:
            waited = self._clock.mono()
            await self._stale.wait()
            self._stale = anyio.Event()
            # One that says so all the time is asked ever less often.
            often = self._clock.mono() - waited < _LONGEST_PAUSE
            pause = min(_LONGEST_PAUSE, 2 * pause) if often else _PAUSE
            try:
                with anyio.fail_after(self.spec.timeout):
                    self.catalogue = await read_catalogue(client)
            except sdk_errors() as error:
                self.log.note(f"(what it offers could not be read anew) {sentence(error)}")
                continue
            await self._watcher.changed(self)
            await anyio.sleep(pause)

    # What it is asked

    async def call(
        self, tool: str, arguments: Mapping[str, Any], progress: ProgressFnT
    ) -> CallToolResult:
        """Call a tool.

        Raises:
            ToolFailure: it cannot be called, or did not answer.
        """

        async def asked(client: Client) -> CallToolResult:
            return await client.call_tool(tool, dict(arguments), progress_callback=progress)

        return await self._ask(asked)

    async def prompt(self, name: str, arguments: Mapping[str, str]) -> GetPromptResult:
        """A message that it has ready.

        Raises:
            ToolFailure: it cannot be had.
        """
        return await self._ask(lambda client: client.get_prompt(name, dict(arguments)))

    async def read(self, uri: str) -> ReadResourceResult:
        """A resource.

        Raises:
            ToolFailure: it cannot be had.
        """
        return await self._ask(lambda client: client.read_resource(uri))

    async def complete(self, prompt: str, argument: str, value: str) -> Sequence[str]:
        """What an argument of a prompt may be.

        Raises:
            ToolFailure: it does not tell.
        """
        from mcp_types import PromptReference

        async def asked(client: Client) -> Sequence[str]:
            reference = PromptReference(name=prompt)
            found = await client.complete(reference, {"name": argument, "value": value})
            return found.completion.values

        if not self.catalogue.completes:
            return ()
        return await self._ask(asked)

    async def _ask(
        self, ask: Callable[[Client], Awaitable[Answer]], *, again: bool = False
    ) -> Answer:
        """Ask it, with a time limit that does not count while a person is asked for it."""
        from mcp.shared.exceptions import MCPError
        from mcp_types import CONNECTION_CLOSED, URL_ELICITATION_REQUIRED

        client = await self._there()
        name = self.spec.name
        try:
            with self._limited() as scope:
                answer = await ask(client)
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                await self._gone()
                raise ToolFailure(
                    f"The extension {name} ended during this: {self.why}. Nobody knows how far it "
                    "came: look at what is there before you call it again."
                ) from error
            wants_visit = error.code == URL_ELICITATION_REQUIRED and not again
            if wants_visit and await self._exchange.visited(error.data):
                return await self._ask(ask, again=True)
            if error.message == _SESSION_OVER:
                self._lost(sentence(error))
            raise ToolFailure(f"{name} answered with an error: {sentence(error)}.") from error
        except sdk_errors() as error:
            if not isinstance(error, ValueError):
                self._lost(sentence(error))
            raise ToolFailure(f"{name} could not be asked: {sentence(error)}.") from error
        if scope.cancelled_caught:
            raise ToolFailure(
                f"{name} did not answer within {self.spec.timeout:g} s, and was told to stop."
            )
        return answer

    async def _there(self) -> Client:
        """The connection, once it is there again."""
        if self.phase != "ready":
            with anyio.move_on_after(_RETURN):
                await self._up.wait()
        if self._client is None:
            why = f": {self.why}" if self.why else ""
            raise ToolFailure(
                f"The extension {self.spec.name} is not there{why}. The person can start it again."
            )
        return self._client

    async def _gone(self) -> None:
        """Its connection has ended: say why, and let it be started again."""
        transport = self._transport
        if transport is None:
            return
        if isinstance(transport, HttpTransport):
            transport.ended.set()
        with anyio.move_on_after(0.5):
            await transport.ended.wait()
        self.why = self.why or transport.why

    def _lost(self, why: str) -> None:
        """A server at an address is not to be had as it was: let it be connected anew."""
        if isinstance(self._transport, HttpTransport):
            self._transport.why = why
            self._transport.ended.set()

    @contextmanager
    def _limited(self) -> Iterator[anyio.CancelScope]:
        """A time limit for one request; what it asks the person falls away with the last one."""
        deadline = math.inf if self._held else anyio.current_time() + self.spec.timeout
        with anyio.CancelScope(deadline=deadline) as scope:
            self._running.append(scope)
            try:
                yield scope
            finally:
                self._running.remove(scope)
                if not self._running:
                    self._exchange.drop()

    def touch(self) -> None:
        """It gives signs of life: its time begins anew."""
        if not self._held:
            for scope in self._running:
                scope.deadline = anyio.current_time() + self.spec.timeout

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """A person is asked meanwhile: no time limit counts."""
        self._held += 1
        for scope in self._running:
            scope.deadline = math.inf
        try:
            yield
        finally:
            self._held -= 1
            self.touch()

    @property
    def prompts(self) -> tuple[ServerPrompt, ...]:
        """The messages that it has ready."""
        return self.catalogue.prompts

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What it has for reading."""
        return self.catalogue.resources


def _version() -> str:
    try:
        return version(_PROGRAM)
    except PackageNotFoundError:  # it runs from a folder
        return "0"


def _load_sdk() -> None:
    """Load all that is needed of the SDK: a second of work, beside the event loop."""
    for name in ("mcp", "mcp.client.auth", "mcp.client.sse", "mcp.client.subscriptions"):
        import_module(name)
