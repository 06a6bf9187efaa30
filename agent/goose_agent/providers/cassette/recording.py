"""A model whose answers are written down as they come."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
from anyio import to_thread

from goose_agent.errors import ProviderError
from goose_agent.providers.cassette.canonical import Folders, pieces_of
from goose_agent.providers.cassette.exchange import Batch, Failure, edited
from goose_agent.providers.cassette.tape import TapeModel, TapeWriter
from goose_agent.providers.encoder import Encoded, Encoder
from goose_agent.providers.model import ConnectedModel, ModelInfo, ModelRequest, Piece

__all__ = ["RecordingModel"]


class RecordingModel:
    """Passes on all that another model says. An answer that nobody waited for is not kept.

    Args:
        model: who answers.
        tape: where it is written down.
        folders: where the session's folders are.
    """

    def __init__(self, model: ConnectedModel, tape: TapeWriter, folders: Folders) -> None:
        self._model = model
        self._tape = tape
        self._folders = folders

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""
        return self._model.info

    @property
    def encoder(self) -> Encoder | None:
        """How it encodes requests; None where it cannot tell."""
        return self._model.encoder if isinstance(self._model, Encoded) else None

    def encode(self, request: ModelRequest) -> bytes:
        """The exact body that `stream` sends for this request."""
        return self._model.encode(request)

    async def warm(self) -> None:
        """Load what the first request needs, so that it need not wait for that."""
        await self._model.warm()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._model.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[Piece, ...], None]:
        """Answer, yielding as many pieces at once as arrived together.

        Raises:
            ProviderError: the service failed, or the answer cannot be written down.
        """
        began, answer = anyio.current_time(), list[Batch]()
        try:
            async with aclosing(self._model.stream(request)) as stream:
                async for pieces in stream:
                    answer.append(Batch.of(round((anyio.current_time() - began) * 1000), pieces))
                    yield pieces
        except ProviderError as error:
            await self._keep(request, answer, Failure.of(error))
            raise
        await self._keep(request, answer, None)

    async def _keep(
        self, request: ModelRequest, answer: list[Batch], failure: Failure | None
    ) -> None:
        def keep() -> None:
            pieces = pieces_of(self.info.name, request, self._folders)
            said = edited(answer, self._folders.without)
            self._tape.add(TapeModel(self.info, self.encoder), pieces, said, failure)

        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(keep)
