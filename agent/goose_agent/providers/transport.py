"""The one seam over HTTP: a request goes out, an answer streams in, failures become our errors."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import anyio
import anyio.to_thread

from goose_agent.clock import Clock, SystemClock
from goose_agent.errors import AuthError, BadAnswer, ConnectionLost, ProviderError
from goose_agent.evolve import evolve
from goose_agent.providers.body import Body, Timeouts, no_stream, reason_of, untrusted
from goose_agent.providers.complaints import complaint_in
from goose_agent.providers.efforts import ThinkingKind
from goose_agent.providers.failures import refusal, retry_after, unproven, unreachable
from goose_agent.providers.model import ModelInfo, Piece
from goose_agent.providers.picture_limits import PictureLimits
from goose_agent.providers.service import Service

if TYPE_CHECKING:
    import httpx

    from goose_agent.providers.request_files import RequestFiles

__all__ = ["AnswerReader", "Decoder", "HttpModel", "Timeouts", "Transport"]

_LARGEST_EVENT = 32 * 1024 * 1024
_LARGEST_COMPLAINT = 64 * 1024
_AUTHORITY_PATIENCE = 30.0
"""Seconds for what opens a service: a refresh asks a server of its own."""

Unit = TypeVar("Unit")
Produced = TypeVar("Produced", covariant=True)
Consumed = TypeVar("Consumed", contravariant=True)


class Decoder(Protocol[Produced]):
    """Cuts the bytes of a body into its units: events, lines."""

    @property
    def foreign(self) -> bytes:
        """First bytes that no body of this kind has."""

    @property
    def openings(self) -> tuple[bytes, ...]:
        """What bodies of this kind begin with."""

    @property
    def pending(self) -> int:
        """Bytes that wait for the end of their unit."""

    def feed(self, chunk: bytes) -> tuple[Produced, ...]:
        """The units that `chunk` completes."""

    def finish(self) -> tuple[Produced, ...]:
        """The units that the end of the body completes."""


class AnswerReader(Protocol[Consumed]):
    """Understands the units of one answer."""

    @property
    def ended(self) -> bool:
        """Whether the answer is complete, so that nothing more is to be read."""

    def read(self, batch: tuple[Consumed, ...]) -> tuple[Piece, ...]:
        """What these units say."""

    def partial(self) -> tuple[Piece, ...]:
        """What was understood of a batch before `read` failed."""

    def finish(self) -> tuple[Piece, ...]:
        """What remains to be said when the body has ended; nothing where the answer had ended.

        Raises:
            StreamLost: the answer is not complete.
        """


class Transport:
    """Sends requests to one service over kept connections.

    Args:
        service: where to send them.
        clock: tells the time that a date in `Retry-After` is counted from.
        timeouts: how long to wait.
    """

    def __init__(
        self,
        service: Service,
        *,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.service = service
        self._clock = clock or SystemClock()
        self._timeouts = timeouts or Timeouts()
        self._client: httpx.AsyncClient | None = None
        self._opening = anyio.Lock()
        self._files: RequestFiles | None = None

    def keep_requests(self, files: RequestFiles) -> None:
        """Keep the last raw requests in `files`; said before the first one is sent."""
        self._files = files

    async def warm(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""
        await self._open()

    async def aclose(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def get(self, path: str) -> bytes:
        """The body at `path`.

        Raises:
            ProviderError: it cannot be had.
        """
        return await self._whole("GET", path, None)

    async def post(self, path: str, body: bytes) -> bytes:
        """The body of the answer to `body`, which is JSON.

        Raises:
            ProviderError: it cannot be had.
        """
        return await self._whole("POST", path, body)

    async def _whole(self, method: str, path: str, body: bytes | None) -> bytes:
        response = await self._send(method, path, body)
        try:
            return await Body(response, self.service, self._timeouts).rest(_LARGEST_EVENT)
        finally:
            await response.aclose()

    async def answer(
        self, path: str, body: bytes, decoder: Decoder[Unit], reader: AnswerReader[Unit]
    ) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Post `body` and yield what is read of the answer, as it arrives.

        Args:
            path: below the service's address.
            body: JSON.
            decoder: cuts the answer into units.
            reader: understands them.

        Raises:
            ProviderError: the service failed; its subclass says how.
        """
        response = await self._send("POST", path, body)
        try:
            source = Body(response, self.service, self._timeouts)
            while not reader.ended and (chunk := await source.next()) is not None:
                batch = decoder.feed(chunk)
                if batch:
                    source.progressed()
                    if pieces := reader.read(batch):
                        yield pieces
                else:
                    await self._suspect(source, decoder)
            if reader.ended:
                await source.drain()
                return
            self._explain_silence(source, decoder)
            if pieces := reader.read(decoder.finish()):
                yield pieces
            if pieces := reader.finish():
                yield pieces
        except ProviderError as error:
            # What came before the failure in the same batch was said all the same.
            if pieces := reader.partial():
                yield pieces
            raise error
        finally:
            await response.aclose()

    async def _open(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._client is None:
                # Importing httpx and reading the certificates takes several frames of the screen.
                self._client = await anyio.to_thread.run_sync(self._make_client)
            return self._client

    def _make_client(self) -> httpx.AsyncClient:
        _load_httpx()
        import httpx

        if self.service.authority is not None:
            self.service.authority.load()
        times = self._timeouts
        hooks: dict[str, list[Callable[..., Any]]] = {}
        if self._files is not None:
            from goose_agent.providers.request_tap import RequestTap

            tap = RequestTap(self._files)
            hooks = {"request": [tap.sent], "response": [tap.came]}
        return httpx.AsyncClient(
            base_url=self.service.base_url + "/",
            headers={
                "Accept-Encoding": "identity",
                "User-Agent": "goose-agent",
                **self.service.headers,
            },
            timeout=httpx.Timeout(
                connect=times.connect, read=times.idle, write=times.write, pool=times.connect
            ),
            limits=httpx.Limits(keepalive_expiry=60.0),
            # Loading the certificates takes longer than all the rest; nothing here needs them.
            verify=not (self.service.is_local and self.service.base_url.startswith("http://")),
            # A redirect would carry the key to wherever it points.
            follow_redirects=False,
            # Proxy variables are for the world outside this machine.
            trust_env=not self.service.is_local,
            event_hooks=hooks,
        )

    async def _send(self, method: str, path: str, body: bytes | None) -> httpx.Response:
        client = await self._open()
        import httpx

        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = client.build_request(method, path, content=body, headers=headers)
        request.headers.update(await self._opening_headers(method, str(request.url), body or b""))
        try:
            response = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            reason = reason_of(error, self._timeouts)
            if untrusted(error):
                raise unproven(self.service, reason) from error
            raise unreachable(self.service, reason) from error
        if response.status_code == 200:
            return response
        try:
            raise await self._refused(response)
        finally:
            await response.aclose()

    async def _opening_headers(self, method: str, url: str, body: bytes) -> Mapping[str, str]:
        """What opens the service for this request alone."""
        authority = self.service.authority
        if authority is None:
            return {}
        try:
            with anyio.fail_after(_AUTHORITY_PATIENCE):
                return await anyio.to_thread.run_sync(
                    authority.headers, method, url, body, abandon_on_cancel=True
                )
        except TimeoutError:
            raise AuthError(
                f"The credentials for {self.service.name} did not come within "
                f"{_AUTHORITY_PATIENCE:g} s.",
                "Sign in again, or check the network.",
            ) from None

    async def _refused(self, response: httpx.Response) -> ProviderError:
        try:
            body = await Body(response, self.service, self._timeouts).rest(_LARGEST_COMPLAINT)
        except ConnectionLost:
            # The status alone says enough.
            body = b""
        wait = retry_after(response.headers, self._clock.now())
        return refusal(self.service, response.status_code, complaint_in(body), wait)

    async def _suspect(self, source: Body, decoder: Decoder[Any]) -> None:
        if decoder.pending > _LARGEST_EVENT:
            raise BadAnswer(
                f"{self.service.name} sent an event of more than {_LARGEST_EVENT >> 20} MB.",
                "Try again, or choose another model.",
            )
        start = source.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        if start and start in decoder.foreign:
            body = source.head + await source.rest(_LARGEST_COMPLAINT)
            raise no_stream(self.service, body)

    def _explain_silence(self, source: Body, decoder: Decoder[Any]) -> None:
        line = source.head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
        if line and not line.startswith(decoder.openings):
            raise no_stream(self.service, source.head)


def _load_httpx() -> None:
    """Import httpx without the program for command lines that it brings where it finds click and rich.

    That program is a third of the time from `goose-tui run` to the first request.
    """
    if "httpx" in sys.modules:
        return
    program = "httpx._main"
    sys.modules[program] = None  # type: ignore[assignment] # says: there is no such module
    try:
        import_module("httpx")
    finally:
        sys.modules.pop(program, None)  # another thread may have come to the same end


class HttpModel:
    """What the models that are reached over HTTP have in common.

    Args:
        info: what is known of the model.
        transport: reaches its service; the model closes it.
        thinking: how the model thinks.
        streams: whether the service can send an answer as it is made.
    """

    pictures: ClassVar[PictureLimits] = PictureLimits()
    """Which pictures its service takes."""

    def __init__(
        self,
        info: ModelInfo,
        transport: Transport,
        thinking: ThinkingKind | None = None,
        *,
        streams: bool = True,
    ) -> None:
        self._info = evolve(info, pictures=self.pictures)
        self._transport = transport
        self._thinking = thinking or ThinkingKind()
        self._streams = streams

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return self._info

    @property
    def wire_name(self) -> str:
        """The model's name for its service."""
        return self._info.name.partition("/")[2]

    def keep_requests(self, folder: Path) -> None:
        """Keep the last raw requests as files in a folder; said before the first one is sent."""
        from goose_agent.providers.request_files import RequestFiles

        self._transport.keep_requests(RequestFiles(folder, self._transport.service.secrets))

    async def warm(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""
        await self._transport.warm()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
