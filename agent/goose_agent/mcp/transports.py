"""From what a person wrote down of a server to the way to it, with secrets put in at the last moment."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from anyio import to_thread

from goose_agent.config.servers import ServerSpec, fill, references
from goose_agent.errors import ConfigError, UsageError
from goose_agent.mcp.host import Host
from goose_agent.mcp.http import HttpTransport
from goose_agent.mcp.oauth import TokenStore, signing
from goose_agent.mcp.server_log import ServerLog
from goose_agent.mcp.stdio import Program, StdioTransport

__all__ = ["make_transport"]


async def make_transport(
    spec: ServerSpec,
    environ: Mapping[str, str],
    host: Host,
    log: ServerLog,
    home: str,
    tokens: TokenStore | None,
    hold: Callable[[], AbstractContextManager[None]],
) -> StdioTransport | HttpTransport:
    """The way to a server.

    Args:
        spec: what is known of it.
        environ: for a program: an allow-list.
        host: knows secrets, and lets the person sign in.
        log: takes what a program writes on standard error.
        home: where a program runs that names no place.
        tokens: keeps what the person was signed in with; None to sign in nowhere.
        hold: lets no time limit count while a person is asked.

    Raises:
        GooseError: a secret is not kept, or something names nothing.
    """
    wanted = tuple(filter(None, (*spec.env_keys, spec.client_secret_key)))
    secrets = await to_thread.run_sync(host.secrets, wanted) if wanted else {}
    for name in spec.env_keys:
        if name not in secrets:
            raise ConfigError(f"the secret {name} is not kept", f"Set {name} in the environment.")
    values = {**spec.env, **secrets}
    if spec.transport == "stdio":
        return StdioTransport(_program(spec, {**environ, **values}, home), log)
    named = await to_thread.run_sync(_referenced, spec, host)
    try:
        headers = {key: fill(text, {**named, **values}) for key, text in spec.headers.items()}
    except UsageError as error:
        raise ConfigError(f"a header cannot be made: {error.message}") from error
    auth = None
    if tokens is not None and "authorization" not in map(str.lower, headers):
        secret = secrets.get(spec.client_secret_key, "")
        auth = await signing(spec, secret, tokens, host, hold)
    return HttpTransport(spec.transport, spec.url, headers, auth)


def _referenced(spec: ServerSpec, host: Host) -> Mapping[str, str]:
    """The secrets that headers name. Blocks."""
    names = tuple(dict.fromkeys(n for text in spec.headers.values() for n in references(text)))
    return host.secrets(names) if names and not spec.project else {}


def _program(spec: ServerSpec, environ: Mapping[str, str], home: str) -> Program:
    command = str(Path(spec.command).expanduser()) if spec.command[:1] == "~" else spec.command
    folder = Path(spec.cwd or home).expanduser()
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {folder} to run it in")
    if "/" in command:
        found: str | None = str(folder / command)
    else:
        found = shutil.which(command, path=environ.get("PATH", ""))
    if not found or not Path(found).exists():
        raise ConfigError(f"there is no program {command}", "Install it, or give its whole path.")
    return Program((found, *spec.args), folder, environ)
