"""Splits any shell text into its commands, also where it is not plain.

For display, and for rules that deny or ask: what is found here is there, but what is not found may
be there too. So nothing is ever proven safe by it; that is what the strict lexer is for.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_agent.permissions.shell.script import Span

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser

__all__ = ["LARGEST", "Piece", "PieceWord", "is_understood", "split"]

LARGEST = 2**20
"""Characters that are split."""
_COMMANDS = frozenset(
    "command declaration_command unset_command test_command function_definition".split()
)
_CHAINS = ("list", "pipeline")
_ENCLOSED = ("command_substitution", "process_substitution", "program")
"""What has an output of its own."""
_HOMES = ("$HOME", "${HOME}")
"""Stand for the home folder, as `~` does."""
_NO_WORDS = ("file_redirect", "heredoc_redirect", "herestring_redirect", "variable_assignment")


class PieceWord(Struct, frozen=True):
    """A word of a command."""

    text: str
    """As the program gets it, or as it is written where the shell makes it up as it runs."""
    is_static: bool


class Piece(Struct, frozen=True):
    """A command somewhere in a text."""

    kind: str
    """What it is to the grammar, such as `command` or `function_definition`."""
    text: str
    """As it stands in the text."""
    span: Span
    words: tuple[PieceWord, ...]
    sets: tuple[str, ...] = ()
    """Variables that are set for this command, as they are written."""
    written: tuple[PieceWord, ...] = ()
    """Files that redirections of it write."""
    feeds: int = -1
    """The index of the piece whose output it reads through a pipe; -1: none."""
    fed_alone: bool = False
    """Whether that piece is all that it reads."""

    @property
    def argv(self) -> tuple[str, ...]:
        """The words as text."""
        return tuple(word.text for word in self.words)

    @property
    def is_dynamic(self) -> bool:
        """Whether the shell makes up some of its words as it runs."""
        return bool(self.sets) or not all(word.is_static for word in self.words)


def split(text: str) -> tuple[Piece, ...]:
    """All commands of a text that can be found, also those within others.

    Args:
        text: any shell text.
    """
    joined = _Joined(text[:LARGEST])
    tree = _parser().parse(joined.source)
    return tuple(_Splitter(joined).pieces(tree.root_node))


def is_understood(text: str) -> bool:
    """Whether the grammar knows all of a text: else a redirection may be among what it left out.

    Args:
        text: any shell text.
    """
    return not _parser().parse(_Joined(text[:LARGEST]).source).root_node.has_error


class _Joined:
    """A text whose broken lines are joined, as the shell does first; it knows where all came from.

    Args:
        text: the text as it was given.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        encoded = text.encode("utf-8", "replace")
        parts = encoded.split(b"\\\n")
        self.source = b"".join(parts)
        self._starts: list[int] = []
        size = 0
        for part in parts[:-1]:
            size += len(part)
            self._starts.append(size)
        self._encoded = encoded

    def span(self, node: Node) -> Span:
        """Where a node stands in the text, in characters."""
        return Span(self._index(node.start_byte), self._index(node.end_byte))

    def _index(self, offset: int) -> int:
        original = offset + 2 * bisect.bisect_right(self._starts, offset)
        if self.text.isascii():
            return original
        return len(self._encoded[:original].decode("utf-8", "ignore"))


class _Splitter:
    """Gathers the pieces of one tree."""

    def __init__(self, joined: _Joined) -> None:
        self._joined = joined
        self._pieces: list[Piece] = []
        self._of_node: dict[int, int] = {}

    def pieces(self, root: Node) -> list[Piece]:
        """All pieces, in the order they begin."""
        stack = [root]
        while stack:
            node = stack.pop()
            if _is_piece(node):
                self._add(node)
            stack += reversed(node.named_children)
        return self._pieces

    def _add(self, node: Node) -> None:
        around = node.parent
        is_redirected = around is not None and around.type == "redirected_statement"
        span = self._joined.span(around if around is not None and is_redirected else node)
        self._of_node[node.id] = len(self._pieces)
        self._pieces.append(
            Piece(
                node.type,
                self._joined.text[span.start : span.stop],
                span,
                tuple(_words(node)),
                tuple(_sets(node)),
                tuple(_written(node)),
                *self._feeding(node),
            )
        )

    def _feeding(self, node: Node) -> tuple[int, bool]:
        """The piece before this one in its pipeline, and whether it is all that comes from there."""
        stage = node
        while stage.parent is not None and stage.parent.type in (
            "redirected_statement",
            "subshell",
        ):
            stage = stage.parent
        if stage.parent is None or stage.parent.type != "pipeline":
            return -1, False
        before = stage.prev_named_sibling
        found, alone = -1, before is not None and before.type == "command"
        while before is not None and found < 0:
            found = self._of_node.get(before.id, -1)
            before = before.named_children[0] if before.named_children else None
        return found, alone


def _is_piece(node: Node) -> bool:
    match node.type:
        case "variable_assignment":
            return node.parent is None or node.parent.type not in _COMMANDS
        case "redirected_statement":
            return all(child.type in _NO_WORDS for child in node.named_children)
        case kind:
            return kind in _COMMANDS


def _words(node: Node) -> Iterator[PieceWord]:
    match node.type:
        case "function_definition" | "redirected_statement" | "variable_assignment":
            return
        case "test_command":
            yield PieceWord(_source(node), False)
            return
        case "declaration_command" | "unset_command":
            yield PieceWord(_source(node).split(maxsplit=1)[0], True)
            yield from map(_word, node.named_children)
        case _:
            for child in node.named_children:
                if child.type not in _NO_WORDS:
                    yield _word(child)


def _sets(node: Node) -> Iterator[str]:
    if node.type == "variable_assignment":
        yield _source(node)
    if node.type == "command":
        for child in node.named_children:
            if child.type == "variable_assignment":
                yield _source(child)


def _word(node: Node) -> PieceWord:
    static = _static(node)
    return PieceWord(_source(node) if static is None else static, static is not None)


def _static(node: Node) -> str | None:
    """What the program gets, `~` for the home folder; None where only the running shell knows."""
    source = _source(node)
    match node.type:
        case "word" | "number" | "extglob_pattern":
            made_up = any(char in source for char in "*?[{") or "~" in source[1:]
            return None if made_up else _unescaped(source)
        case "raw_string":
            return source[1:-1]
        case "string":
            return _static_string(node, source)
        case "simple_expansion" | "expansion":
            return "~" if source in _HOMES else None
        case "concatenation" | "command_name":
            return _static_parts(node, source)
        case _:
            return None


def _static_string(node: Node, source: str) -> str | None:
    """A word in double quotes."""
    inner = source[1:-1]
    for child in node.named_children:
        if child.type != "string_content":
            if _static(child) is None:
                return None
            inner = inner.replace(_source(child), "~")
    return _unescaped(inner, only='"$`\\')


def _static_parts(node: Node, source: str) -> str | None:
    """A word of several pieces that stand without a gap."""
    if not node.named_children:
        return _unescaped(source)
    parts = [_static(child) for child in node.named_children]
    known = [part for part in parts if part is not None]
    # A brace or another mark among them is not named: then the shell makes something else of it.
    size = sum(child.end_byte - child.start_byte for child in node.named_children)
    whole = len(known) == len(parts) and size == node.end_byte - node.start_byte
    return "".join(known) if whole else None


def _unescaped(text: str, only: str = "") -> str:
    result, escaped = [], False
    for char in text:
        if escaped:
            result.append(char if not only or char in only else "\\" + char)
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            result.append(char)
    return "".join(result) + ("\\" if escaped else "")


def _written(node: Node) -> Iterator[PieceWord]:
    """The files that redirections write, of the command itself or of what it is the end of."""
    holder: Node | None = node
    while holder is not None and holder.type not in _ENCLOSED:
        for child in _redirects(holder):
            if _writes(child):
                target = child.child_by_field_name("destination")
                if target is not None and _source(target) != "/dev/null":
                    yield _word(target)
        around = holder.parent
        if around is not None and around.type in _CHAINS and around.named_children[-1] != holder:
            return
        holder = around


def _redirects(node: Node) -> Iterator[Node]:
    """Of files; those that stand behind the mark of a here-document are within it."""
    for child in node.named_children:
        if child.type == "file_redirect":
            yield child
        elif child.type == "heredoc_redirect":
            yield from _redirects(child)


def _writes(redirect: Node) -> bool:
    operators = [child.type for child in redirect.children if not child.is_named]
    if any(operator in (">&", "<&") for operator in operators):
        target = redirect.child_by_field_name("destination")
        return target is not None and not _source(target).rstrip("-").isdecimal()
    return any(">" in operator for operator in operators)


def _source(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _parser() -> Parser:
    """A parser of its own for each text: a parser serves one thread only."""
    # Imported here: only what is not plain is split, and it takes time to load.
    from tree_sitter import Parser

    return Parser(_language())


@cache
def _language() -> Language:
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())
