"""Looks on while requests go out and answers come in, and keeps both (`request_files`).

It is imported only where requests are kept, after httpx.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio import to_thread

from goose_agent.providers.request_files import RequestFiles, private_headers, private_url

__all__ = ["RequestTap"]

_MOST = 2**20
"""Bytes of an answer that are kept; its size is told in any case."""
_KEY = "goose.kept"


class RequestTap:
    """Hooks for a client.

    Args:
        files: where requests are kept.
    """

    def __init__(self, files: RequestFiles) -> None:
        self._files = files

    async def sent(self, request: httpx.Request) -> None:
        """Keep a request that is about to be sent."""
        kept = {
            "at": _now(),
            "method": request.method,
            "url": private_url(str(request.url)),
            "headers": private_headers(request.headers.items()),
            "size": len(request.content),
            "body": request.content.decode("utf-8", "replace"),
            "answer": None,
        }
        path = await to_thread.run_sync(self._files.add, kept)
        if path is not None:
            request.extensions = {**request.extensions, _KEY: (path, kept)}

    async def came(self, response: httpx.Response) -> None:
        """Listen to the answer."""
        found = response.request.extensions.get(_KEY)
        if found is not None and isinstance(response.stream, httpx.AsyncByteStream):
            path, kept = found
            answer = {
                "at": _now(),
                "status": response.status_code,
                "headers": private_headers(response.headers.items()),
            }
            response.stream = _Overheard(
                response.stream, self._files, path, kept | {"answer": answer}
            )


class _Overheard(httpx.AsyncByteStream):
    """A body that is kept while somebody else reads it."""

    def __init__(
        self,
        stream: httpx.AsyncByteStream,
        files: RequestFiles,
        path: Path,
        exchange: Mapping[str, Any],
    ) -> None:
        self._stream = stream
        self._files = files
        self._path = path
        self._exchange = exchange
        self._kept = bytearray()
        self._size = 0
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._size += len(chunk)
            self._kept += chunk[: _MOST - len(self._kept)]
            yield chunk
        self._ended = True

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            answer = self._exchange["answer"] | {
                "size": self._size,
                "ended": self._ended,
                "body": self._kept.decode("utf-8", "replace"),
            }
            with anyio.CancelScope(shield=True):
                exchange = {**self._exchange, "answer": answer}
                await to_thread.run_sync(self._files.complete, self._path, exchange)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
