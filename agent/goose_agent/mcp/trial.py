"""One server without a session: started, asked once, ended. Nobody is there to answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import anyio

from goose_agent.clock import SystemClock
from goose_agent.config.places import Places
from goose_agent.config.secrets import Secrets
from goose_agent.config.servers import ServerSpec
from goose_agent.errors import ConfigError
from goose_agent.events import Elicitation, ElicitationAnswer
from goose_agent.mcp.catalogue import Catalogue
from goose_agent.mcp.connection import Connection, Failure, Watcher
from goose_agent.mcp.host import Sampled, SampleRequest
from goose_agent.mcp.results import output_of
from goose_agent.tools.environment import child_environment
from goose_agent.tools.tool import ToolFailure, ToolOutput

__all__ = ["Trial"]

Answer = TypeVar("Answer")
_LINES = 6


class _Nobody:
    """Nobody answers; folders and secrets are there."""

    def __init__(self, roots: Sequence[str], secrets: Secrets) -> None:
        self._roots = roots
        self._secrets = secrets
        self._ids = 0

    def roots(self) -> Sequence[str]:
        return self._roots

    def secrets(self, names: Sequence[str]) -> Mapping[str, str]:
        return self._secrets.find(names).values

    def new_id(self, kind: str) -> str:
        self._ids += 1
        return f"{kind}-{self._ids}"

    async def elicit(self, request: Elicitation) -> ElicitationAnswer:
        return ElicitationAnswer("cancel")

    async def sample(self, request: SampleRequest) -> Sampled | str:
        return "Nobody is there to allow it."

    async def sign_in(self, server: str, url: str) -> str:
        return ""


class Trial:
    """A server that is tried.

    Args:
        spec: how to reach it.
        places: where secrets are kept.
        environ: our own environment.
        folder: what it is told to work in.
    """

    def __init__(
        self, spec: ServerSpec, places: Places, environ: Mapping[str, str], folder: str
    ) -> None:
        self._failure = ""
        self._ready = anyio.Event()
        self._connection = Connection(
            spec,
            child_environment(environ),
            _Nobody([folder], Secrets(places.secrets, environ)),
            Watcher(self._told, self._is_ready, self._told, self._failed),
            SystemClock(),
            environ.get("HOME") or "/",
        )

    @property
    def lines(self) -> Sequence[str]:
        """What it wrote last beside the protocol."""
        return self._connection.log.lines[-_LINES:]

    async def catalogue(self) -> Catalogue:
        """What it offers.

        Raises:
            ConfigError: it cannot be used.
        """

        async def ask() -> Catalogue:
            return self._connection.catalogue

        return await self._with(ask)

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolOutput:
        """What a tool of it answers.

        Raises:
            ConfigError: it cannot be used.
        """

        async def quiet(progress: float, total: float | None, message: str | None) -> None:
            self._connection.touch()

        async def ask() -> ToolOutput:
            try:
                result = await self._connection.call(tool, arguments, quiet)
            except ToolFailure as failure:
                raise ConfigError(str(failure)) from failure
            return output_of(result, lambda _: "")

        return await self._with(ask)

    async def _with(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        found: list[Answer] = []
        problem: ConfigError | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._connection.run)
            await self._ready.wait()
            try:
                if not self._failure:
                    found.append(await ask())
            except ConfigError as error:
                problem = error
            tasks.cancel_scope.cancel()
        if problem is not None:
            raise problem
        if not found:
            raise ConfigError(f"{self._connection.spec.name} cannot be used: {self._failure}.")
        return found[0]

    async def _told(self, connection: Connection) -> None:
        pass

    async def _is_ready(self, connection: Connection, seconds: float) -> None:
        # The connection can be asked once this has returned.
        self._ready.set()

    async def _failed(self, connection: Connection, failure: Failure) -> None:
        self._failure = failure.why
        self._ready.set()
