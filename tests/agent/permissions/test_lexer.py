"""The strict lexer: what it reads, what it refuses, and what a second parser makes of the same."""

from __future__ import annotations

import json
import random
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from goose_agent.permissions.shell.lexer import LONGEST, lex
from goose_agent.permissions.shell.script import Refusal, Script
from support.shell_texts import texts

SHFMT = Path(sys.executable).with_name("shfmt")


def read(text: str) -> Script:
    script = lex(text)
    assert isinstance(script, Script), script
    return script


def refused(text: str) -> Refusal:
    refusal = lex(text)
    assert isinstance(refusal, Refusal), refusal
    return refusal


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("ls", [";ls"]),
        ("  ls\t-l  ", [";ls -l"]),
        ("\n\nls\n\npwd\n", [";ls", ";pwd"]),
        ("a && b || c | d; e", [";a", "&&b", "||c", "|d", ";e"]),
        ("a &&\n b |\n\n c", [";a", "&&b", "|c"]),
        ("a;", [";a"]),
        ("a 'b c'\"d\"e", [";a b cde"]),
        (r"a \( \) \; \*", [";a ( ) ; *"]),
        (r'a "\"\\\$\`\w"', [';a "\\$`\\w']),
        ('a "x$" "y$|z$"', [";a x$ y$|z$"]),
        ("a 2>&1 >/dev/null b 2> /dev/null &>/dev/null >&2", [";a b"]),
        ("a stash@{0} @{u} HEAD~2 a#b x=y", [";a stash@{0} @{u} HEAD~2 a#b x=y"]),
        ("[ -f x ]", [";[ -f x ]"]),
        ("a é '日本 x'", [";a é 日本 x"]),
    ],
)
def test_plain_texts_are_read(text: str, commands: list[str]) -> None:
    found = [command.joint + " ".join(command.argv) for command in read(text).commands]
    assert found == commands


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no command"),
        (" \n", "no command"),
        ("a &", "background"),
        ("a & b", "background"),
        ("a |& b", "|&"),
        ("a ;; b", "no command"),
        ("; a", "no command"),
        ("a && ; b", "no command"),
        ("a &&", "no command"),
        ("a > b", "redirection"),
        ("a >> b", "redirection"),
        ("a 3>&1", "redirection"),
        ("a 12>/dev/null", "redirection"),
        ("a >&2x", "redirection"),
        ("a &>b", "redirection"),
        ("a >/dev/null'x'", "redirection"),
        (">/dev/null a", "before the command"),
        ("a < b", "input"),
        ("a << b", "input"),
        ("a $b", "expansion"),
        ('a "$b"', "expansion"),
        ("a $(b)", "expansion"),
        ("a `b`", "command within"),
        ("a $'b'", "expansion"),
        ("(a)", "not a plain word|subshell"),
        ("{ a; }", "brace|simple command"),
        ("a {b,c}", "brace"),
        ("a {1..3}", "brace"),
        ("a @{b,c}", "brace"),
        ("a ~", "home"),
        ("a ~/b", "home"),
        ("a b=~", "home"),
        ("a b:~c", "home"),
        ("a # b", "comment"),
        ("A=b c", "variable"),
        ("a+=b c", "variable"),
        ("if a", "simple command"),
        ("! a", "simple command"),
        ("time a", "simple command"),
        ("[[ a ]]", "simple command|not a plain word"),
        ("'a'", "not a plain word"),
        ("\\a", "backslash"),
        ("a\\", "backslash"),
        ("a \\b", "backslash"),
        ("a \\-b", "backslash"),
        ("a*", "not a plain word"),
        ("%1", "not a plain word"),
        ("a 'b", "not closed"),
        ('a "b', "open end"),
        ("\uff41 b", "`\uff41`"),
        ("a\u00a0b", "`\u00a0`"),
        ("x" * (LONGEST + 1), "longer"),
        ("a \\\n b", "end of a line"),
    ],
)
def test_what_is_not_plain_is_refused(text: str, reason: str) -> None:
    found = refused(text)
    assert any(words in found.text for words in reason.split("|")), found
    assert not found.hidden
    assert 0 <= found.span.start <= found.span.stop <= len(text)


@pytest.mark.parametrize(
    "char",
    ["\r", "\v", "\f", "\0", "\x1b", "\x7f", "\x9b", "\u202e", "\u200b", "\u2066", "\U000e0041"],
)
def test_hidden_characters_are_refused_wherever_they_stand(char: str) -> None:
    for text in (f"ls{char}x", f"ls '{char}'", f'ls "{char}"', f"{char}ls", f"ls x{char}"):
        found = refused(text)
        assert found.hidden
        assert text[found.span.start : found.span.stop] == char


def test_a_word_tells_where_the_shell_may_put_file_names() -> None:
    (command,) = read("ls src/*.py 'a*' b\\* [ab] c? --x=*").commands
    assert [word.glob for word in command.words] == [-1, 4, -1, -1, 0, 1, 4]


@given(st.text(alphabet=string.printable + "é$\u202e", max_size=60))
@example("ls &>x")
@example("ls &>")
@example("a\\")
def test_any_text_is_read_or_refused_and_every_span_fits(text: str) -> None:
    found = lex(text)
    if isinstance(found, Refusal):
        assert 0 <= found.span.start <= found.span.stop <= len(text)
        return
    at = 0
    for command in found.commands:
        assert command.words
        for word in command.words:
            assert at <= word.span.start < word.span.stop <= len(text)
            at = word.span.stop


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_quoted_words_are_read_back_as_they_were(words: list[str]) -> None:
    text = "ls " + " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in words)
    found = lex(text)
    if isinstance(found, Script):
        assert found.commands[0].argv[1:] == tuple(words)
        assert not any(word.has_glob for word in found.commands[0].words)
    else:
        assert found.hidden


def test_a_second_parser_finds_the_same_words_at_the_same_places() -> None:
    dice = random.Random(11)
    compared = 0
    for text in texts(dice):
        script = lex(text)
        if isinstance(script, Script):
            ours = [
                [(word.span.start, word.span.stop) for word in command.words]
                for command in script.commands
            ]
            assert [*by_shfmt(text)] == ours, repr(text)
            compared += 1
            if compared == 60:
                return


def by_shfmt(text: str) -> Iterator[list[tuple[int, int]]]:
    """The places of all words of all commands."""
    ran = subprocess.run(
        [SHFMT, "--to-json", "-ln", "bash"], input=text.encode(), capture_output=True, check=True
    )
    encoded = text.encode()

    def place(node: dict[str, Any], end: str) -> int:
        return len(encoded[: node[end].get("Offset", 0)].decode())

    def walk(node: Any) -> Iterator[list[tuple[int, int]]]:  # noqa: ANN401 # JSON
        if isinstance(node, list):
            for child in node:
                yield from walk(child)
        elif isinstance(node, dict):
            if node.get("Type") == "CallExpr":
                yield [(place(word, "Pos"), place(word, "End")) for word in node["Args"]]
            for key in ("Stmts", "Cmd", "X", "Y"):
                yield from walk(node.get(key))

    yield from walk(json.loads(ran.stdout))
