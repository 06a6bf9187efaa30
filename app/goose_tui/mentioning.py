"""What can follow an `@` in the composer: files of the project, as the engine finds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from goose_agent.mentions import begun_mention, names_a_picture, written_mention
from goose_tui.widgets.completion import Completer, Offer

if TYPE_CHECKING:
    from goose_agent.events import FilesFound

__all__ = ["Completers", "Mentioning"]


class Mentioning:
    """Follows a draft and offers the files that the mention under way may mean.

    Args:
        search: asks for the files that fit some letters; `found` takes the answer.
    """

    def __init__(self, search: Callable[[str], None]) -> None:
        self._search = search
        self._line = ""
        self._begun: tuple[int, str] | None = None
        """Where the mention stands, and the path so far."""
        self._closed_at: int | None = None
        """Where the mention stands for which nothing is to be offered."""
        self._moved = False
        self._offers: tuple[Offer, ...] = ()
        self._at = 0

    @property
    def offers(self) -> Sequence[Offer]:
        """The files, the best first; empty for no list."""
        if self._begun is None or self._begun[0] == self._closed_at:
            return ()
        return self._offers

    @property
    def at(self) -> int:
        """Which one is chosen."""
        return self._at

    def read(self, line: str, *, alone: bool = False, anew: bool = False) -> None:
        """The line up to the cursor is this now."""
        before, self._begun, self._line = self._begun, begun_mention(line), line
        if self._begun == before:
            return
        self._moved = False
        self._at = 0
        if self._begun is None:
            self._offers, self._closed_at = (), None
            return
        typed = self._begun[1].casefold()
        # Until the answer comes, what was offered before and still fits.
        self._offers = tuple(offer for offer in self._offers if typed in offer.word.casefold())
        self._search(self._begun[1])

    def found(self, found: FilesFound) -> None:
        """Files came that were looked for."""
        if self._begun is None or found.query != self._begun[1]:
            return
        kept = self._offers[self._at].word if self._moved else ""
        self._offers = tuple(map(_offer, found.paths))
        self._moved = kept in found.paths
        self._at = found.paths.index(kept) if self._moved else 0

    def move(self, step: int) -> None:
        """Choose the one below or above, past the end the first."""
        self._at = (self._at + step) % len(self._offers)
        self._moved = True

    def close(self) -> None:
        """Offer nothing for the rest of this mention."""
        self._closed_at = self._begun[0] if self._begun is not None else None

    def take(self, *, send: bool) -> tuple[str, bool] | None:
        """The line with the chosen file; None to send the draft as it is.

        Enter takes what was chosen with the arrows or begins as it was written: a likeness may be
        a mistake, and `@` may be a word.

        Args:
            send: whether Enter was pressed, and not Tab.
        """
        if self._begun is None:
            return None
        start, typed = self._begun
        word = self._offers[self._at].word
        meant = self._moved or (bool(typed) and typed.casefold() in word.casefold())
        if send and (word == typed or not meant):
            return None
        return f"{self._line[:start]}{written_mention(word)} ", False


class Completers:
    """Several completers for one draft: the first one that has something to offer has the word.

    Args:
        completers: in their order.
    """

    def __init__(self, *completers: Completer) -> None:
        self._completers = completers

    @property
    def _speaking(self) -> Completer:
        speaking = (each for each in self._completers if each.offers)
        return next(speaking, self._completers[-1])

    @property
    def offers(self) -> Sequence[Offer]:
        """How the draft may go on, the best first; empty for no list."""
        return self._speaking.offers

    @property
    def at(self) -> int:
        """Which one is chosen."""
        return self._speaking.at

    def read(self, line: str, *, alone: bool, anew: bool = False) -> None:
        """The line up to the cursor is this now."""
        for completer in self._completers:
            completer.read(line, alone=alone, anew=anew)

    def move(self, step: int) -> None:
        """Choose another one."""
        self._speaking.move(step)

    def close(self) -> None:
        """Offer nothing for the rest of this word."""
        self._speaking.close()

    def take(self, *, send: bool) -> tuple[str, bool] | None:
        """The line with the chosen one and whether to send it; None to send it as it is."""
        return self._speaking.take(send=send)


def _offer(path: str) -> Offer:
    return Offer(path, "", "picture" if names_a_picture(path) else "", "@")
