"""Signing in at a server with a browser: OAuth with a loop back to this machine, or by copy and paste.

Over SSH the browser runs elsewhere: then its last address, which leads nowhere there, is pasted here.
What comes of it is kept with the person's other secrets, for this server's address alone.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

import anyio
import msgspec
from anyio import to_thread
from anyio.abc import SocketStream
from msgspec import Struct

from goose_agent.config.servers import ServerSpec
from goose_agent.decoding import decoder_of
from goose_agent.errors import ConfigError
from goose_agent.mcp.host import Host

if TYPE_CHECKING:
    from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
    from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

__all__ = ["TokenStore", "signing"]

_REQUEST = 8192
"""Bytes of a browser's request that are read."""
_PATIENCE = 5.0
"""Seconds that a browser has to say what it wants."""
_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    b"You are signed in. Go back to the terminal.\n"
)
_ELSE = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_PATH = "/callback"


class TokenStore(Protocol):
    """Where secrets are kept that came of signing in. Both block."""

    def load(self, server: str) -> str:
        """What is kept for a server; empty for nothing."""

    def keep(self, server: str, text: str) -> None:
        """Keep this for a server.

        Raises:
            ConfigError: it cannot be kept.
        """


class _Kept(Struct):
    """All that is kept for a server."""

    url: str
    port: int
    """Where a browser comes back to."""
    tokens: dict[str, Any] | None = None
    client: dict[str, Any] | None = None


async def signing(
    spec: ServerSpec,
    secret: str,
    store: TokenStore,
    host: Host,
    hold: Callable[[], AbstractContextManager[None]],
) -> OAuthClientProvider:
    """What signs requests to a server, and lets the person sign in where that is needed.

    Args:
        spec: the server.
        secret: of a client that was registered by hand; empty for none.
        store: keeps what comes of it.
        host: lets the person sign in.
        hold: lets no time limit count meanwhile.
    """
    from mcp.client.auth import OAuthClientProvider
    from mcp.shared.auth import OAuthClientMetadata

    kept = await to_thread.run_sync(_load, store, spec)
    storage = _Storage(spec, kept, store, secret)
    browser = _Browser(spec.name, kept.port, host, hold)
    metadata = OAuthClientMetadata.model_validate(
        {
            "client_name": "goose-tui",
            "redirect_uris": [browser.address],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": " ".join(spec.scopes) or None,
            "token_endpoint_auth_method": "client_secret_basic" if secret else None,
        }
    )
    return OAuthClientProvider(
        spec.url, metadata, storage, redirect_handler=browser.go, callback_handler=browser.back
    )


def _load(store: TokenStore, spec: ServerSpec) -> _Kept:
    with suppress(ValueError, ConfigError):
        kept = decoder_of(_Kept).decode(store.load(spec.name))
        if kept.url == spec.url:
            return kept
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return _Kept(spec.url, port)


class _Storage:
    """What the SDK keeps, as one text in the store."""

    def __init__(self, spec: ServerSpec, kept: _Kept, store: TokenStore, secret: str) -> None:
        self._spec = spec
        self._kept = kept
        self._store = store
        self._secret = secret

    async def get_tokens(self) -> OAuthToken | None:
        from mcp.shared.auth import OAuthToken

        found = self._kept.tokens
        return OAuthToken.model_validate(found) if found is not None else None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._kept.tokens = tokens.model_dump(mode="json", exclude_none=True)
        await self._save()

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        from mcp.shared.auth import OAuthClientInformationFull

        if self._spec.client_id:
            return OAuthClientInformationFull.model_validate(
                {
                    "client_id": self._spec.client_id,
                    "client_secret": self._secret or None,
                    "token_endpoint_auth_method": "client_secret_basic" if self._secret else "none",
                    "redirect_uris": [f"http://127.0.0.1:{self._kept.port}{_PATH}"],
                }
            )
        found = self._kept.client
        return OAuthClientInformationFull.model_validate(found) if found is not None else None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._kept.client = client_info.model_dump(mode="json", exclude_none=True)
        await self._save()

    async def _save(self) -> None:
        text = msgspec.json.encode(self._kept).decode()
        with suppress(ConfigError):  # then the person signs in again next time
            await to_thread.run_sync(self._store.keep, self._spec.name, text)


class _Browser:
    """Sends the person to a page, and waits for what it sends them back with."""

    def __init__(
        self, server: str, port: int, host: Host, hold: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._server = server
        self._port = port
        self._host = host
        self._hold = hold
        self._url = ""
        self._came = ""

    @property
    def address(self) -> str:
        """Where a page sends them back to."""
        return f"http://127.0.0.1:{self._port}{_PATH}"

    async def go(self, url: str) -> None:
        """They are to go there."""
        self._url = url

    async def back(self) -> AuthorizationCodeResult:
        """What they came back with, by the browser or by hand.

        Raises:
            OAuthFlowError: they did not sign in.
        """
        from mcp.client.auth import AuthorizationCodeResult, OAuthFlowError

        self._came = ""
        with self._hold():
            async with anyio.create_task_group() as ways:
                ways.start_soon(self._listen, ways.cancel_scope)
                ways.start_soon(self._ask, ways.cancel_scope)
        found = parse_qs(urlsplit(self._came).query)
        code = found.get("code", [""])[0]
        if not code:
            why = found.get("error_description", found.get("error", ["nobody signed in"]))[0]
            raise OAuthFlowError(f"signing in failed: {why[:200]}")
        return AuthorizationCodeResult(
            code=code, state=found.get("state", [None])[0], iss=found.get("iss", [None])[0]
        )

    async def _ask(self, both: anyio.CancelScope) -> None:
        self._came = await self._host.sign_in(self._server, self._url)
        both.cancel()

    async def _listen(self, both: anyio.CancelScope) -> None:
        try:
            listener = await anyio.create_tcp_listener(
                local_host="127.0.0.1", local_port=self._port
            )
        except OSError:
            return  # somebody else has it: pasting works

        async def answer(stream: SocketStream) -> None:
            async with stream:
                with suppress(anyio.BrokenResourceError, anyio.EndOfStream, TimeoutError):
                    with anyio.fail_after(_PATIENCE):
                        request = await stream.receive(_REQUEST)
                    words = request.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
                    if len(words) != 3 or urlsplit(words[1]).path != _PATH:
                        await stream.send(_ELSE)
                        return
                    await stream.send(_PAGE)
                    self._came = words[1]
                    both.cancel()

        async with listener:
            await listener.serve(answer)
