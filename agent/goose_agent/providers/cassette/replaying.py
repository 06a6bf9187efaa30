"""A model that says what is on file, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable

import anyio
from anyio import to_thread

from goose_agent.errors import NotRecorded
from goose_agent.providers.cassette.canonical import Folders, Piece, key_of, pieces_of
from goose_agent.providers.cassette.exchange import Exchange, edited
from goose_agent.providers.cassette.missing import explained
from goose_agent.providers.cassette.tape import Tape, TapeModel
from goose_agent.providers.encoder import Encoder, encoding_model
from goose_agent.providers.model import ModelInfo, ModelRequest
from goose_agent.providers.model import Piece as AnswerPiece

__all__ = ["Player", "ReplayingModel"]


class Player:
    """The answers of one file, for all models of a session: each is given once.

    Args:
        tape: what is on file.
        folders: where the session's folders are.
        edit: what was done to each text before it was written, such as to mask secrets.
        speed: factor on the pauses between pieces; 0 makes none.
    """

    def __init__(
        self, tape: Tape, folders: Folders, edit: Callable[[str], str], speed: float = 0.0
    ) -> None:
        self._tape = tape
        self._edit = edit
        self._given: Counter[str] = Counter()
        self.folders = folders
        self.speed = speed
        self._exchanges: dict[str, list[Exchange]] = {}
        for exchange in tape.exchanges:
            self._exchanges.setdefault(exchange.key, []).append(exchange)

    def take(self, model: str, request: ModelRequest) -> Exchange:
        """What came of a request; blocks.

        Raises:
            NotRecorded: it is not on file, or was asked oftener than it is; tells what is nearest.
        """
        pieces = tuple(
            Piece(piece.name, self._edit(piece.text))
            for piece in pieces_of(model, request, self.folders)
        )
        key = key_of(pieces)
        known = self._exchanges.get(key, ())
        self._given[key] += 1
        if len(known) < self._given[key]:
            raise NotRecorded(
                explained(self._tape, pieces, len(known)),
                f"Record it anew: remove {self._tape.path}, and run with --record.",
            )
        return known[self._given[key] - 1]


class ReplayingModel:
    """Needs no key and opens no connection.

    Args:
        name: `provider/model`.
        known: what the file says of it.
        player: gives the answers.
    """

    def __init__(self, name: str, known: TapeModel, player: Player) -> None:
        self.info: ModelInfo = known.info
        self.encoder = known.encoder or Encoder("scripted", known.info)
        self._name = name
        self._player = player
        self._encoding = encoding_model(self.encoder)

    def encode(self, request: ModelRequest) -> bytes:
        """The body that the model on file would send for this request."""
        return self._encoding.encode(request)

    async def warm(self) -> None:
        """Nothing needs to be loaded."""

    async def aclose(self) -> None:
        """Close what only encodes."""
        await self._encoding.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[tuple[AnswerPiece, ...], None]:
        """Answer as it was answered, piece by piece.

        Raises:
            NotRecorded: the request is not on file.
            ProviderError: that is what came of it.
        """
        player = self._player
        exchange = await to_thread.run_sync(player.take, self._name, request)
        at = 0
        for batch in edited(exchange.answer, player.folders.within):
            await anyio.sleep((batch.at - at) / 1000 * player.speed)
            at = batch.at
            yield batch.again()
        if exchange.failure is not None:
            raise exchange.failure.again()
