"""The strict lexer: reads only what is provably plain, and refuses all else.

What it accepts, bash reads in exactly the same way (a test runs bash as referee). Plain means simple
commands of static words, joined by `&&`, `||`, `|`, `;` and newlines, with no redirection but to
`/dev/null` and among the two outputs. Nothing that the shell expands is plain, except file name
patterns, which a word tells of. A refusal is no verdict about the command: it only proves nothing.
"""

from __future__ import annotations

import re
from typing import NoReturn, cast

from goose_agent.characters import find_hidden, find_lookalikes, is_hidden
from goose_agent.permissions.shell.script import Command, Joint, Refusal, Script, Span, Word

__all__ = ["LONGEST", "lex"]

LONGEST = 10_000
"""Characters of a text that is read."""

_RESERVED = frozenset(
    "if then else elif fi case esac for select while until do done in function time coproc "
    "{ } ! [[ ]]".split()
)
_COMMAND_NAME = re.compile(r"[A-Za-z0-9_./:][A-Za-z0-9_./:@+-]*\Z|\[\Z")
_BLANKS = re.compile(r"[ \t]+")
_GAP = re.compile(r"[ \t\n]+")
_ENDS = " \t\n;|&"
"""What may stand behind a word or a redirection."""
_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+=^~!#\]-]+")
_BRACED = re.compile(r"@\{[A-Za-z0-9-]+\}")
"""`@{…}` of git: without a comma or two dots the shell leaves it as it is."""
_TILDE = re.compile(r"(?:^|[=:])~")
_ESCAPED = frozenset("()*?[]{}|&;<>!$`\"'\\#~^+. ")
"""What may stand behind a backslash: only what has a meaning to the shell or to patterns."""
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\$`]|\\.|\$(?=["\x20|)/\\]))*)"', re.DOTALL)
_DOUBLE_ESCAPE = re.compile(r'\\(["\\$`])')
_REDIRECTION = re.compile(
    r"(?:[12]?>>?|&>>?)[ \t]*/dev/null(?![^ \t\n;|&])|[12]?>&[12](?![^ \t\n;|&])"
)
_BROKEN_LINE = re.compile(r"\\\n")


class _Refused(Exception):
    """The text is not plain."""

    def __init__(self, text: str, start: int, stop: int, *, hidden: bool = False) -> None:
        super().__init__(text)
        self.refusal = Refusal(text, Span(start, stop), hidden)


def lex(text: str) -> Script | Refusal:
    """Read a text as the shell would, if it is plain.

    Args:
        text: what would be handed to `bash -c`.
    """
    try:
        _screen(text)
        return Script(tuple(_Reader(text).commands()))
    except _Refused as refused:
        return refused.refusal


def _screen(text: str) -> None:
    """Refuse what must not be in the text wherever it stands.

    Raises:
        _Refused: it has hidden characters, a broken line, or is too long.
    """
    if is_hidden(text):
        span = next(find_hidden(text))
        codes = " ".join(f"U+{ord(char):04X}" for char in text[span.start : span.stop][:3])
        raise _Refused(f"hidden characters ({codes})", span.start, span.stop, hidden=True)
    if broken := _BROKEN_LINE.search(text):
        raise _Refused("a backslash at the end of a line", broken.start(), broken.end())
    if len(text) > LONGEST:
        raise _Refused(f"longer than {LONGEST} characters", LONGEST, len(text))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def commands(self) -> list[Command]:
        """All commands.

        Raises:
            _Refused: something is not plain.
        """
        self._skip(_GAP)
        found = [self._command(";")]
        while (joint := self._joint()) is not None:
            found.append(self._command(joint))
        return found

    def _joint(self) -> Joint | None:
        """What joins the next command; None at the end."""
        text, start = self._text, self._at
        for operator in ("&&", "||", "|", ";", "\n"):
            if text.startswith(operator, start):
                break
        else:
            if start < len(text):
                self._refuse("`&` starts a program in the background", 1)
            return None
        self._at += len(operator)
        if text.startswith("&", self._at) and operator == "|":
            self._refuse("`|&`", 1)
        self._skip(_GAP)
        if operator in (";", "\n"):
            if self._at == len(text):
                return None
            operator = ";"
        return cast("Joint", operator)

    def _command(self, joint: Joint) -> Command:
        start = stop = self._at
        words: list[Word] = []
        while not self._at_end_of_command():
            if redirection := _REDIRECTION.match(self._text, self._at):
                if not words:
                    self._refuse("a redirection before the command", len(redirection[0]))
                self._at = redirection.end()
            else:
                words.append(self._word(first=not words))
            stop = self._at
            self._skip(_BLANKS)
        if not words:
            self._refuse("no command where one is expected", 1)
        return Command(tuple(words), Span(start, stop), joint)

    def _at_end_of_command(self) -> bool:
        text, at = self._text, self._at
        return at == len(text) or (text[at] in "\n;|&" and not text.startswith("&>", at))

    def _word(self, *, first: bool) -> Word:
        start = self._at
        parts: list[str] = []
        size, glob = 0, -1
        while self._at < len(self._text) and self._text[self._at] not in _ENDS:
            at = self._at
            part = self._piece(at - start)
            if glob < 0 and part in ("*", "?", "[") and self._text[at] == part:
                glob = size
            parts.append(part)
            size += len(part)
        if self._at == start:
            self._refuse("a redirection (`&>`)", 2)
        if first:
            self._check_name(self._text[start : self._at], start)
        return Word("".join(parts), Span(start, self._at), -1 if first else glob)

    def _piece(self, offset: int) -> str:
        """One piece of a word, as the program gets it."""
        text, at = self._text, self._at
        char = text[at]
        if plain := _PLAIN.match(text, at):
            return self._plain(plain, offset)
        if char == "'":
            return self._quoted(_SINGLE, "a quote that is not closed")[1]
        if char == '"':
            found = self._quoted(_DOUBLE, "an expansion or an open end within double quotes")
            return _DOUBLE_ESCAPE.sub(r"\1", found[0][1:-1])
        if char in "*?[":
            self._at += 1
            return char
        if char == "\\":
            return self._escaped()
        if not char.isascii() and char.isalnum() and not any(find_lookalikes(char)):
            self._at += 1
            return char
        return self._refuse(_MEANINGS.get(char, f"`{char}`"), 1)

    def _plain(self, found: re.Match[str], offset: int) -> str:
        piece = found[0]
        if offset == 0 and piece[0] == "#":
            self._refuse("a comment", 1)
        if _TILDE.search(piece):
            self._refuse("`~` stands for a home folder", len(piece))
        self._at = found.end()
        if piece.endswith("@") and (braced := _BRACED.match(self._text, self._at - 1)):
            self._at = braced.end()
            return piece[:-1] + braced[0]
        return piece

    def _quoted(self, pattern: re.Pattern[str], problem: str) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if not found:
            self._refuse(problem, len(self._text) - self._at)
        self._at = found.end()
        return found

    def _escaped(self) -> str:
        char = self._text[self._at + 1 : self._at + 2]
        if char not in _ESCAPED or not char:
            self._refuse("a backslash where none is needed", 2)
        self._at += 2
        return char

    def _check_name(self, raw: str, start: int) -> None:
        """A command's name has nothing that hides it, and is no word of the shell's grammar."""
        if raw in _RESERVED:
            raise _Refused(f"`{raw}` begins more than a simple command", start, self._at)
        if not _COMMAND_NAME.match(raw):
            what = "a variable is set" if "=" in raw else "the command's name is not a plain word"
            raise _Refused(what, start, self._at)

    def _skip(self, blanks: re.Pattern[str]) -> None:
        if found := blanks.match(self._text, self._at):
            self._at = found.end()

    def _refuse(self, text: str, size: int) -> NoReturn:
        raise _Refused(text, self._at, min(self._at + size, len(self._text)))


_MEANINGS = {
    "$": "an expansion (`$`)",
    "`": "a command within a command",
    "(": "a subshell or function",
    ")": "a subshell or function",
    "{": "a brace expansion or group",
    "}": "a brace expansion or group",
    "<": "input from elsewhere (`<`)",
    ">": "a redirection (`>`)",
}
"""What a character that is not plain may mean."""
