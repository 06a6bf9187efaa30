"""What can follow what stands in the composer: names of commands, and what their arguments may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from goose_tui.slash.command import Choice, Face, Slash
from goose_tui.slash.table import all_slashes, find_slash
from goose_tui.widgets.completion import Offer

__all__ = ["Completing", "rank"]

_NAME = re.compile(r"[A-Za-z0-9][\w.@:-]*")


def rank(wanted: str, word: str) -> tuple[int, int] | None:
    """How well a word fits what was typed, less is better; None where it does not.

    A beginning fits best, then a part, then the letters in their order.

    Args:
        wanted: what was typed.
        word: a candidate.
    """
    wanted, word = wanted.casefold(), word.casefold()
    at = word.find(wanted)
    if at >= 0:
        return (0 if at == 0 else 1, at)
    start = end = -1
    for letter in wanted:
        end = word.find(letter, end + 1)
        if end < 0:
            return None
        start = end if start < 0 else start
    return (2, end - start)


class Completing:
    """Follows a draft and offers how it may go on.

    Args:
        face: whose commands they are.
    """

    def __init__(self, face: Face) -> None:
        self._face = face
        self._text = ""
        self._typed = ""
        """The part of the text that the offers complete."""
        self._stem = ""
        """The part before it."""
        self._closed = False
        self._moved = False
        self._offers: tuple[Offer, ...] = ()
        self._at = 0

    @property
    def offers(self) -> Sequence[Offer]:
        """How the draft may go on, the best first; empty for no list."""
        return () if self._closed else self._offers

    @property
    def at(self) -> int:
        """Which one is chosen."""
        return self._at

    def read(self, line: str, *, alone: bool, anew: bool = False) -> None:
        """The draft is this now.

        Args:
            line: the one with the cursor, up to it.
            alone: whether that is all of the draft: a command is nothing else.
            anew: whether what there is may have changed.
        """
        text = line if alone else ""
        if not text.startswith("/"):
            self._closed = False
        if text == self._text and not anew:
            return
        kept = self._offers[self._at].word if text == self._text and self._moved else ""
        self._text = text
        self._stem, self._typed, offers = self._look(text)
        self._offers = tuple(offers)
        words = [offer.word for offer in self._offers]
        self._moved = kept in words
        self._at = words.index(kept) if self._moved else 0

    def move(self, step: int) -> None:
        """Choose the one below or above, past the end the first."""
        self._at = (self._at + step) % len(self._offers)
        self._moved = True

    def close(self) -> None:
        """Offer nothing for the rest of this command."""
        self._closed = True

    def take(self, *, send: bool) -> tuple[str, bool] | None:
        """The draft with what is chosen, and whether to send it; None to send it as it is.

        What was not chosen with the arrows is only sent in the place of its beginning: a likeness
        may be a mistake.

        Args:
            send: whether Enter was pressed, and not Tab.
        """
        offer = self._offers[self._at]
        if send and self._typed == offer.word and not self._moved:
            return None
        whole = self._stem + offer.word
        if not send:
            return whole + (" " if offer.argument else ""), False
        meant = self._moved or offer.word.casefold().startswith(self._typed.casefold())
        if self._stem == "/":
            more = offer.argument and not offer.argument.startswith("[")
            return whole + (" " if more else ""), meant and not more
        return (whole, True) if self._moved or (self._typed and meant) else None

    def _look(self, text: str) -> tuple[str, str, Sequence[Offer]]:
        name, space, argument = text[1:].partition(" ")
        if not text.startswith("/") or (name and not _NAME.fullmatch(name)):
            return "", "", ()
        if not space:
            return "/", name, _commands(self._face, name)
        slash = find_slash(self._face, name)
        argument = argument.lstrip()
        stem = text[: len(text) - len(argument)]
        if slash is None or slash.choices is None:
            return stem, argument, ()
        found = _arguments(argument, slash.choices(self._face, argument))
        if [offer.word for offer in found] == [argument]:
            return stem, argument, ()  # there is nothing left to complete
        return stem, argument, found


def _commands(face: Face, typed: str) -> Sequence[Offer]:
    found = [
        (*fits, at, Offer(name, slash.argument, slash.words, "/"))
        for at, slash in enumerate(all_slashes(face))
        for name, fits in _best_name(typed, slash)
    ]
    return [offer for *_, offer in sorted(found, key=lambda each: each[:3])]


def _best_name(typed: str, slash: Slash) -> Iterator[tuple[str, tuple[int, int]]]:
    """The name of a command that fits best, if one does."""
    fitting = [(fits, name) for name in slash.names if (fits := rank(typed, name)) is not None]
    if fitting:
        fits, name = min(fitting, key=lambda each: each[0])
        yield name, fits


def _arguments(typed: str, choices: Sequence[Choice]) -> Sequence[Offer]:
    found = [
        (*fits, at, Offer(choice.word, "", choice.words))
        for at, choice in enumerate(choices)
        if (fits := rank(typed, choice.word)) is not None
    ]
    return [offer for *_, offer in sorted(found, key=lambda each: each[:3])]
