"""The body of a response: read in time, and explained where it is not what it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from msgspec import Struct

from goose_agent.errors import BadAnswer, ProviderError, StreamLost
from goose_agent.providers.complaints import complaint_in, status_of
from goose_agent.providers.failures import refusal
from goose_agent.providers.service import Service

if TYPE_CHECKING:
    import httpx

__all__ = ["Body", "Timeouts", "no_stream", "reason_of", "untrusted"]

_HEAD = 2048


class Timeouts(Struct, frozen=True):
    """How long to wait, in seconds."""

    connect: float = 10.0
    idle: float = 300.0
    """For the next whole event; bytes that complete none do not count."""
    write: float = 60.0
    linger: float = 0.2
    """For the end of the body after the answer is complete, so that the connection can be kept."""


class Body:
    """Reads the body of a response, patient as long as whole units keep coming.

    Args:
        response: whose headers have come.
        service: who answers.
        timeouts: how long to wait.
    """

    def __init__(self, response: httpx.Response, service: Service, timeouts: Timeouts) -> None:
        self._chunks = response.aiter_bytes()
        self._service = service
        self._timeouts = timeouts
        self._progress = anyio.current_time()
        self._silent = True
        self.head = b""
        """The first bytes, as long as no unit was complete."""

    def progressed(self) -> None:
        """A unit was complete."""
        self._progress = anyio.current_time()
        self._silent = False
        self.head = b""

    async def next(self) -> bytes | None:
        """The next bytes, or None at the end of the body.

        Raises:
            StreamLost: the stream broke off, or no unit was complete for too long.
        """
        import httpx

        idle = self._timeouts.idle
        deadline = self._progress + idle
        try:
            # The client's own timeout sees silence. A trickle that completes nothing must be
            # timed here; the timer is set only when one is near, for it costs more than a token.
            left = deadline - anyio.current_time()
            if left > idle * 0.9:
                chunk = await anext(self._chunks, None)
            elif left > 0:
                with anyio.fail_after(left):
                    chunk = await anext(self._chunks, None)
            else:
                raise TimeoutError
        except TimeoutError as error:
            raise self._broke_off(f"nothing whole came for {idle:g} s") from error
        except httpx.HTTPError as error:
            raise self._broke_off(reason_of(error, self._timeouts)) from error
        if chunk is not None and self._silent and len(self.head) < _HEAD:
            self.head += chunk[:_HEAD]
        return chunk

    async def rest(self, limit: int) -> bytes:
        """What is left of the body, as far as `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        while size < limit and (chunk := await self.next()) is not None:
            parts.append(chunk)
            size += len(chunk)
        return b"".join(parts)[:limit]

    async def drain(self) -> None:
        """Read to the end if it is near, so that the connection can be used again."""
        import httpx

        try:
            with anyio.move_on_after(self._timeouts.linger):
                while await anext(self._chunks, None) is not None:
                    pass
        except httpx.HTTPError:
            # The answer is complete: how the connection ends no longer matters.
            return

    def _broke_off(self, reason: str) -> StreamLost:
        return StreamLost(
            self._service.masked(f"The answer of {self._service.name} broke off: {reason}."),
            "Try again.",
        )


def no_stream(service: Service, body: bytes) -> ProviderError:
    """The error of an answer with status 200 whose body is no stream."""
    complaint = complaint_in(body)
    if complaint.codes or complaint.status:
        return refusal(service, status_of(complaint), complaint)
    words = complaint.words.rstrip(". ") or "an empty page"
    return BadAnswer(
        service.masked(f"{service.name} did not answer with a stream: {words}."),
        f"Check {service.url_variable}." if service.url_variable else "Try again.",
        status=200,
    )


def untrusted(error: httpx.HTTPError) -> bool:
    """Whether the connection was refused on this side: its certificate proves nothing."""
    cause: BaseException | None = error
    while cause is not None:
        if "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def reason_of(error: httpx.HTTPError, timeouts: Timeouts) -> str:
    """Why the transport failed, in a few words."""
    import httpx

    if isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout)):
        return f"no connection within {timeouts.connect:g} s"
    if isinstance(error, httpx.ReadTimeout):
        return f"nothing came for {timeouts.idle:g} s"
    if isinstance(error, httpx.DecodingError):
        return "its compression is damaged"
    cause: BaseException | None = error
    words = str(error)
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            words = cause.strerror
        cause = cause.__cause__ or cause.__context__
    return words.strip().rstrip(".") or type(error).__name__
