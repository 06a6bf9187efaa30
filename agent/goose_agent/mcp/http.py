"""The way to a server that is an address: streamable HTTP, or the older stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING

import anyio

from goose_agent.config.servers import Transport
from goose_agent.mcp.framing import LARGEST_MESSAGE
from goose_agent.tools.output import human_size

if TYPE_CHECKING:
    import httpx2
    from mcp.client._transport import TransportStreams

__all__ = ["HttpTransport"]

_CONNECT = 30.0
"""Seconds for a connection."""
_SILENCE = 3600.0
"""Seconds for which an open stream may say nothing: calls have limits of their own."""


class HttpTransport:
    """A server at an address, as the SDK wants it: a context with a stream in and a stream out.

    Args:
        kind: how it speaks.
        url: where it is.
        headers: sent with every request.
        auth: signs requests; None for nobody.
    """

    def __init__(
        self, kind: Transport, url: str, headers: Mapping[str, str], auth: httpx2.Auth | None = None
    ) -> None:
        self._kind = kind
        self._url = url
        self._headers = dict(headers)
        self._auth = auth
        self._stack = AsyncExitStack()
        self.ended = anyio.Event()
        """Set once it is known that it is not there any more."""
        self.why = "the connection was closed"

    async def __aenter__(self) -> TransportStreams:
        """Connect.

        Raises:
            httpx2.HTTPError: it cannot be reached.
        """
        from mcp.client.sse import sse_client
        from mcp.client.streamable_http import streamable_http_client

        if self._kind == "sse":
            events = sse_client(self._url, self._headers, _CONNECT, _SILENCE, _client, self._auth)
            return await self._stack.enter_async_context(events)
        client = await self._stack.enter_async_context(_client(self._headers, None, self._auth))
        stream = streamable_http_client(
            self._url, http_client=client, max_sse_event_size=LARGEST_MESSAGE
        )
        return await self._stack.enter_async_context(stream)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Disconnect."""
        await self._stack.__aexit__(kind, error, trace)


def _client(
    headers: dict[str, str] | None = None,
    timeout: httpx2.Timeout | None = None,
    auth: httpx2.Auth | None = None,
) -> httpx2.AsyncClient:
    """A client that takes no answer larger than a message may be."""
    import httpx2

    return httpx2.AsyncClient(
        headers=headers,
        timeout=timeout or httpx2.Timeout(_CONNECT, read=_SILENCE),
        auth=auth,
        event_hooks={"response": [_bound]},
    )


async def _bound(response: httpx2.Response) -> None:
    """Let the body of an answer end in an error where it is too large; events are bounded each."""
    import httpx2

    if response.headers.get("content-type", "").startswith("text/event-stream"):
        return
    stream = response.stream
    assert isinstance(stream, httpx2.AsyncByteStream)
    whole: httpx2.AsyncByteStream = stream

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for chunk in whole:
                size += len(chunk)
                if size > LARGEST_MESSAGE:
                    most = human_size(LARGEST_MESSAGE)
                    raise httpx2.ReadError(f"the answer is larger than {most}")
                yield chunk

        async def aclose(self) -> None:
            await whole.aclose()

    response.stream = Bounded()
