"""Patterns for the words of a command: literals, alternatives, optional words and `*` for the rest.

`push*` is any word that begins so; it is only for what asks or denies.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from msgspec import Struct

__all__ = ["ArgvPattern", "Slot", "parse_argv", "parse_argv_line"]

REST = "*"
"""As the last word of a pattern: any words may follow, or none."""
_MOST = 64
"""Words of a pattern."""
_PLAIN = re.compile(r"[^\s'\[\]|?*\\\";&<>()$`]+")
"""Words that a line shows as they are: what means something to a shell is in quotes, for whoever
thinks of it so."""
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?:(?P<group>\[(?:'[^']*'|[^'\[\]])*\])|(?P<quoted>'[^']*'))(?P<mark>\*?\??)"
    r"|(?P<bare>[^\s'\[\]]+)"
    r")(?=\s|$)"
)
_CHOICE = re.compile(r"(?P<quoted>'[^']*')|(?P<bare>[^'|\[\]]*)")


class Slot(Struct, frozen=True):
    """One place of a pattern."""

    any_of: tuple[str, ...]
    """The word is one of these, letter by letter."""
    optional: bool = False
    """Whether it may be missing."""
    begins: bool = False
    """Whether the word only has to begin with one of these."""

    def takes(self, word: str) -> bool:
        """Whether a word fits here."""
        return word.startswith(self.any_of) if self.begins else word in self.any_of

    def __str__(self) -> str:
        words = [_shown(word) for word in self.any_of]
        text = words[0] if len(words) == 1 else f"[{'|'.join(words)}]"
        text += "*" if self.begins else ""
        return f"{text}?" if self.optional else text


class ArgvPattern(Struct, frozen=True):
    """Which commands are meant, by their words after every quote of the shell is gone."""

    slots: tuple[Slot, ...]
    rest: bool = False
    """Whether further words may follow."""

    def covers(self, words: Sequence[str]) -> bool:
        """Whether a command has exactly these words, no more and no less."""
        # Which counts of words can be used up by the slots so far; no backtracking, whatever it says.
        ends = {0}
        for slot in self.slots:
            after = {at + 1 for at in ends if at < len(words) and slot.takes(words[at])}
            ends = after | ends if slot.optional else after
        return bool(ends) if self.rest else len(words) in ends

    def may_cover(self, words: Sequence[str], unknown: Collection[int]) -> bool:
        """Whether a command may have these words, where some are only known as it runs.

        Args:
            words: of the command.
            unknown: indices of words that may be any words, or none.
        """
        end = len(self.slots)
        states = self._skipped({0})
        for at, word in enumerate(words):
            if at in unknown:
                states = set(range(min(states), end + 1))
                continue
            after = {state + 1 for state in states if state < end and self.slots[state].takes(word)}
            if self.rest and end in states:
                after.add(end)
            if not after:
                return False
            states = self._skipped(after)
        return end in states

    def _skipped(self, states: set[int]) -> set[int]:
        """The states, and those behind slots that may be empty."""
        found = set(states)
        for at in states:
            while at < len(self.slots) and self.slots[at].optional:
                at += 1
                found.add(at)
        return found

    @property
    def vague(self) -> bool:
        """Whether a word of it stands for more than it says."""
        return any(slot.begins for slot in self.slots)

    def __str__(self) -> str:
        return " ".join([*map(str, self.slots), *([REST] if self.rest else [])])


def parse_argv(items: Sequence[str | Sequence[str]]) -> ArgvPattern:
    """The pattern of a list: words, lists of alternatives, `word?`, and `*` at the end.

    `"?"` among alternatives means that none of them need be there. A backslash takes its meaning
    from the `?` or `*` behind it.

    Raises:
        ValueError: it is not a pattern; says why.
    """
    slots: list[Slot] = []
    rest = False
    for item in items:
        if rest:
            raise ValueError("`*` must be the last word of argv")
        if item == REST:
            rest = True
        elif isinstance(item, str):
            slots.append(_slot(item))
        else:
            words = tuple(_unescaped(word) for word in item if word != "?")
            slots.append(Slot(words, "?" in item))
    return _checked(slots, rest)


def parse_argv_line(text: str) -> ArgvPattern:
    """The pattern of a line such as `git [fetch|pull] --prune? *`; `'…'` keeps a word literal.

    Raises:
        ValueError: it is not a pattern; says why.
    """
    slots: list[Slot] = []
    rest = False
    at, text = 0, text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(f"a word begins wrongly at {text[at:].strip()[:20]!r}")
        at = token.end()
        if rest:
            raise ValueError("`*` must be the last word")
        if token["bare"] == REST:
            rest = True
        elif (bare := token["bare"]) is not None:
            slot = _slot(bare)
            if not _PLAIN.fullmatch(slot.any_of[0]):
                raise ValueError(f"{bare!r} needs quotes: '{bare}' is that word and nothing else")
            slots.append(slot)
        else:
            quoted, group, mark = token["quoted"], token["group"], token["mark"]
            words = (quoted[1:-1],) if quoted is not None else _choices(group[1:-1])
            slots.append(Slot(words, "?" in mark, "*" in mark))
    return _checked(slots, rest)


def _slot(item: str) -> Slot:
    """A word with its marks."""
    marked = re.fullmatch(r"(?P<word>.*?)(?P<mark>(?<!\\)\*?(?<!\\)\??)", item, re.DOTALL)
    assert marked is not None  # the marks may be missing
    word, mark = marked["word"], marked["mark"]
    if not word:  # `?` alone is a word
        word, mark = item, ""
    return Slot((_unescaped(word),), "?" in mark, "*" in mark)


def _choices(text: str) -> tuple[str, ...]:
    words: list[str] = []
    at = 0
    while True:
        choice = _CHOICE.match(text, at)
        assert choice is not None  # an empty word matches everywhere
        at = choice.end()
        word = choice["quoted"][1:-1] if choice["quoted"] is not None else choice["bare"].strip()
        if choice["quoted"] is None and not _PLAIN.fullmatch(word):
            raise ValueError(f"{word!r} among alternatives needs quotes")
        words.append(word)
        if at == len(text):
            return tuple(words)
        if text[at] != "|":
            raise ValueError(f"alternatives are separated by |, not by {text[at:][:10]!r}")
        at += 1


def _checked(slots: Sequence[Slot], rest: bool) -> ArgvPattern:
    if not slots or slots[0].optional:
        raise ValueError("argv must begin with a program")
    if len(slots) > _MOST:
        raise ValueError(f"argv has more than {_MOST} words")
    for slot in slots:
        if not slot.any_of:
            raise ValueError("a list of alternatives is empty")
        if any(not set(word).isdisjoint("'\0\n") for word in slot.any_of):
            raise ValueError("a word of argv has a quote, a line break or a NUL character in it")
    if not all(slots[0].any_of):
        raise ValueError("the program has no name")
    return ArgvPattern(tuple(slots), rest)


def _shown(word: str) -> str:
    return word if _PLAIN.fullmatch(word) else f"'{word}'"


def _unescaped(word: str) -> str:
    return re.sub(r"\\([?*\\])", r"\1", word)
