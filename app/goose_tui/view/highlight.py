"""Source code as styled segments, line by line.

Code is read in pieces of some dozen lines that hand the state of the lexer on, so that an answer
that is still being written costs the same for every new line, and ends with the same colours as if
it had been read at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from rich.segment import Segment
from rich.style import Style

from goose_tui.view.code_colours import code_colours
from goose_tui.view.lines import expand_tabs
from goose_tui.view.palette import Palette

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

__all__ = ["MAX_COLUMNS", "MAX_LINES", "Highlighter", "highlight", "language_of_path"]

MAX_LINES = 5_000
"""Lines of one text that get colours; what follows is plain."""
MAX_COLUMNS = 1_000
"""Characters of one line that is read; a longer line is plain."""

_PIECE = 20
"""Lines after which a piece ends at the next blank line that is not within a comment."""
_PIECE_LIMIT = 60
"""Lines after which a piece ends anyway."""

Line: TypeAlias = list[Segment]
Stack: TypeAlias = tuple[str, ...]
Token: TypeAlias = "tuple[_TokenType, str]"
Action: TypeAlias = (
    "_TokenType | Callable[[Lexer, re.Match[str]], Iterator[tuple[int, _TokenType, str]]] | None"
)
Change: TypeAlias = str | int | tuple[str, ...] | None


class _Rules(Protocol):
    """The compiled rules of a regex lexer: by state, what to match, what it is, what follows."""

    _tokens: Mapping[
        str, Sequence[tuple[Callable[[str, int], re.Match[str] | None], Action, Change]]
    ]


class Highlighter:
    """Colours the lines of one text in order; what is coloured once is never looked at again.

    Args:
        language: a name that pygments knows, or anything else for plain text.
        palette: names the colours in `syntax`.
        base: laid under every token; carries the background.
    """

    def __init__(self, language: str, palette: Palette, base: Style) -> None:
        self._language = language
        self._syntax = palette.syntax
        self._base = base
        self._piece: list[str] = []
        self._stack: Stack = ("root",)
        self._count = 0

    def fork(self) -> Highlighter:
        """A copy that can be fed on its own."""
        twin = Highlighter.__new__(Highlighter)
        twin.__dict__.update(self.__dict__)
        twin._piece = list(self._piece)
        return twin

    def feed(self, line: str) -> list[Line]:
        """Take one complete line; the finished lines that this adds, mostly none or a piece."""
        self._piece.append(line)
        size = len(self._piece)
        if size >= _PIECE_LIMIT or (size >= _PIECE and not line.strip() and self._outside()):
            return self.finish()
        return []

    def _outside(self) -> bool:
        """Whether the piece does not end within a comment as C has it."""
        text = "\n".join(self._piece)
        return text.rfind("/*") <= text.rfind("*/")

    def finish(self) -> list[Line]:
        """The lines that were fed and not given back yet."""
        piece, self._piece = self._piece, []
        if not piece:
            return []
        self._count += len(piece)
        lexer = _lexer(self._language) if self._count <= MAX_LINES else None
        if lexer is None:
            return [[Segment(line, self._base)] if line else [] for line in piece]
        tokens, self._stack = _read(lexer, _readable(piece), self._stack)
        lines = _split(_styled(tokens, self._syntax, self._base), len(piece))
        for index, line in enumerate(piece):
            if len(line) > MAX_COLUMNS:
                lines[index] = [Segment(line, self._base)]
        return lines


def highlight(
    code: str | Sequence[str], language: str, palette: Palette, base: Style
) -> list[Line]:
    """The segments of every line of a text.

    Args:
        code: clean text, or its lines; tabs are expanded.
        language: a name that pygments knows; see also `language_of_path`.
        palette: names the colours in `syntax`.
        base: laid under every token; carries the background.
    """
    lines = tuple(map(expand_tabs, code.split("\n") if isinstance(code, str) else code))
    return _highlighted(lines, language, palette.syntax, base)


@lru_cache(maxsize=64)
def _highlighted(lines: tuple[str, ...], language: str, syntax: str, base: Style) -> list[Line]:
    highlighter = Highlighter(language, Palette.plain(), base)
    highlighter._syntax = syntax
    done: list[Line] = []
    for line in lines:
        done += highlighter.feed(line)
    return done + highlighter.finish()


@lru_cache(maxsize=256)
def language_of_path(path: str) -> str:
    """The name of the language that a file's name tells, or an empty text."""
    # pygments takes 30 ms to import, and no screen needs it before there is code to show.
    from pygments.lexers import find_lexer_class_for_filename

    found = find_lexer_class_for_filename(path.rpartition("/")[2])
    return found.aliases[0] if found and found.aliases else ""


@lru_cache(maxsize=128)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language:
        return None
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


def _readable(piece: Sequence[str]) -> str:
    """The text of a piece without lines that are too long to be read."""
    return "".join(f"{line if len(line) <= MAX_COLUMNS else ''}\n" for line in piece)


def _read(lexer: Lexer, text: str, stack: Stack) -> tuple[Iterable[Token], Stack]:
    """The tokens of a text and the state after it, where the lexer has a state."""
    from pygments.lexer import RegexLexer

    # A lexer with its own way of reading starts every piece afresh.
    plain = isinstance(lexer, RegexLexer) and (
        type(lexer).get_tokens_unprocessed is RegexLexer.get_tokens_unprocessed
    )
    if not plain:
        return [(kind, part) for _, kind, part in lexer.get_tokens_unprocessed(text)], stack
    states = list(stack)
    return list(_walk(lexer, text, states)), tuple(states)


def _walk(lexer: Lexer, text: str, states: list[str]) -> Iterator[Token]:
    """Read a text by the rules of a regex lexer and leave the states as they are at its end."""
    from pygments.token import Error, Whitespace

    rules = cast(_Rules, lexer)._tokens
    position = 0
    while position < len(text):
        for match_at, action, change in rules[states[-1]]:
            found = match_at(text, position)
            if found is None:
                continue
            yield from _emit(lexer, found, action)
            # A rule that takes nothing and changes nothing would be taken for ever.
            if found.end() == position and change is None:
                continue
            position = found.end()
            _change(states, change)
            break
        else:
            if text[position] == "\n":
                states[:] = ["root"]
                yield Whitespace, "\n"
            else:
                yield Error, text[position]
            position += 1


def _emit(lexer: Lexer, found: re.Match[str], action: Action) -> Iterator[Token]:
    """The tokens of one matched rule: of one kind, or as its function tells."""
    from pygments.token import _TokenType

    if isinstance(action, _TokenType):
        yield action, found.group()
    elif action is not None:
        for _, kind, part in action(lexer, found):
            yield kind, part


def _change(states: list[str], change: Change) -> None:
    """Apply a rule's change of state; the last state is never popped."""
    if change is None:
        return
    if isinstance(change, int):
        del states[max(1, len(states) + change) :]
        return
    for step in change if isinstance(change, tuple) else (change,):
        if step == "#pop":
            del states[max(1, len(states) - 1) :]
        else:
            states.append(states[-1] if step == "#push" else step)


def _styled(tokens: Iterable[Token], syntax: str, base: Style) -> Iterator[tuple[str, Style]]:
    for kind, part in tokens:
        yield part, _token_style(kind, syntax, base)


@lru_cache(maxsize=2048)
def _token_style(kind: _TokenType, syntax: str, base: Style) -> Style:
    """The style of a kind of token, without the background of the colour scheme."""
    style = code_colours(syntax).get_style_for_token(kind)
    attributes = Style(
        color=style.color, bold=style.bold, italic=style.italic, underline=style.underline
    )
    return base + attributes


def _split(parts: Iterable[tuple[str, Style]], count: int) -> list[Line]:
    """Styled text as exactly so many lines, neighbours of one style joined."""
    lines: list[Line] = []
    line: Line = []
    held, held_style = "", Style.null()
    for text, style in parts:
        # Styles come from a cache: equal ones are the same object.
        if style is not held_style:
            if held:
                line.append(Segment(held, held_style))
            held, held_style = "", style
        first, *rest = text.split("\n")
        held += first
        for part in rest:
            if held:
                line.append(Segment(held, style))
            lines.append(line)
            line, held = [], part
    if held:
        line.append(Segment(held, held_style))
    lines.append(line)
    return [*lines, *([] for _ in range(count - len(lines)))][:count]
