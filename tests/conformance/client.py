"""A client for the official conformance suite: it drives the very connection that sessions use.

The suite starts a server for each scenario, gives its address as the last argument, and judges what
it sees. `MCP_CONFORMANCE_SCENARIO` names the scenario, `MCP_CONFORMANCE_CONTEXT` holds what else it
needs, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio

from goose_agent.clock import SystemClock
from goose_agent.config.servers import ServerSpec
from goose_agent.events import Elicitation, ElicitationAnswer
from goose_agent.mcp.connection import Connection, Failure, Watcher
from goose_agent.mcp.host import Sampled, SampleRequest
from goose_agent.tools.tool import ToolFailure

SECRET = "CONFORMANCE_SECRET"
PATIENCE = 60.0
"""Seconds for a scenario."""
_ECHO = "json_schema_echo"
CIMD = "https://conformance-test.local/client-metadata.json"
"""The client-ID document that the suite expects."""


class Tokens:
    """What came of signing in, for this run."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def load(self, server: str) -> str:
        return self.kept.get(server, "")

    def keep(self, server: str, text: str) -> None:
        self.kept[server] = text


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Person:
    """Agrees to everything: takes what a form offers, signs in at once."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._ids = 0

    def roots(self) -> Sequence[str]:
        return [tempfile.gettempdir()]

    def secrets(self, names: Sequence[str]) -> Mapping[str, str]:
        return {SECRET: self._secret} if SECRET in names else {}

    def new_id(self, kind: str) -> str:
        self._ids += 1
        return f"{kind}-{self._ids}"

    async def elicit(self, request: Elicitation) -> ElicitationAnswer:
        from goose_tui.view.server_words import offered_values

        return ElicitationAnswer("accept", offered_values(request))

    async def sample(self, request: SampleRequest) -> Sampled | str:
        return Sampled("honk", "conformance")

    async def sign_in(self, server: str, url: str) -> str:
        return await anyio.to_thread.run_sync(_consent, url)


def _consent(url: str) -> str:
    """Where the page sends somebody who agrees."""
    try:
        urllib.request.build_opener(_NoRedirect).open(url, timeout=10)
    except urllib.error.HTTPError as answer:
        return str(answer.headers.get("Location", ""))
    return ""


def _example(schema: Mapping[str, Any]) -> object:
    """A value that a schema takes."""
    if "default" in schema:
        return schema["default"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        return {name: _example(properties.get(name, {})) for name in schema.get("required", ())}
    return {"integer": 3, "number": 3, "boolean": True, "array": []}.get(str(kind), "x")


async def _use(connection: Connection, context: Mapping[str, Any]) -> None:
    """Call what the scenario names, else every tool once."""
    calls = [(call["name"], call.get("arguments", {})) for call in context.get("toolCalls", ())]
    if not calls:
        schemas = {tool.name: dict(tool.schema) for tool in connection.catalogue.tools}
        calls = [(name, _example(schema)) for name, schema in schemas.items()]
        if _ECHO in schemas:  # wants to see the schema of another tool as it arrived here
            calls = [(_ECHO, {"schema": schemas["json_schema_2020_12_tool"]})]

    async def quiet(progress: float, total: float | None, message: str | None) -> None:
        connection.touch()

    for name, arguments in calls:
        try:
            await connection.call(name, arguments, quiet)
        except ToolFailure as failure:
            print(f"{name}: {failure}", file=sys.stderr)
    for prompt in connection.prompts:
        given = {argument.name: "x" for argument in prompt.arguments}
        await connection.prompt(prompt.name, given)
    for resource in connection.resources:
        if not resource.template:
            await connection.read(resource.uri)


async def main() -> int:
    """Run the scenario; 0 where the server could be used."""
    scenario = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
    context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    client_id = context.get("client_id", CIMD if scenario == "auth/basic-cimd" else "")
    secret = context.get("client_secret", "")
    spec = ServerSpec(
        "conformance",
        "streamable_http",
        url=sys.argv[-1],
        timeout=PATIENCE,
        client_id=client_id,
        client_secret_key=SECRET if secret else "",
    )
    ready, failures = anyio.Event(), []

    async def is_ready(connection: Connection, seconds: float) -> None:
        ready.set()

    async def failed(connection: Connection, failure: Failure) -> None:
        failures.append(failure.why)
        ready.set()

    async def told(connection: Connection) -> None:
        pass

    watcher = Watcher(told, is_ready, told, failed)
    home = str(Path.home())
    person, clock, tokens = Person(secret), SystemClock(), Tokens()
    connection = Connection(spec, {}, person, watcher, clock, home, tokens)
    with anyio.move_on_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.run)
            await ready.wait()
            if not failures:
                await _use(connection, context)
            tasks.cancel_scope.cancel()
    for why in failures:
        print(why, file=sys.stderr)
    return 1 if failures or not ready.is_set() else 0


if __name__ == "__main__":
    sys.exit(anyio.run(main))
