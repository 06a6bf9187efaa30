"""Source code as coloured lines."""

from __future__ import annotations

import pytest
from pygments.lexers import get_lexer_by_name
from rich.segment import Segment
from rich.style import Style

from goose_agent.evolve import evolve
from goose_tui.view.highlight import (
    MAX_COLUMNS,
    MAX_LINES,
    Highlighter,
    highlight,
    language_of_path,
)
from goose_tui.view.palette import Palette

_PALETTE = evolve(Palette.plain(), syntax="monokai")
_BASE = Style(bgcolor="black")
_PYTHON = (
    'class A:\n    """Doc\n\n    more."""\n\n    def f(self) -> str:  # why\n        return "s"\n'
)


def _text(lines: list[list[Segment]]) -> str:
    return "\n".join("".join(segment.text for segment in line) for line in lines)


@pytest.mark.parametrize(
    "language", ["python", "json", "yaml", "html", "c", "js", "bash", "console", "rust", "zzz", ""]
)
def test_the_text_is_never_changed(language: str) -> None:
    code = "a: 1\n{'x': \"y\"}\n\n/* foo\nbar */\nint x = 3; // é\n$ ls -la\n<b>hi</b>\n"
    assert _text(highlight(code, language, _PALETTE, _BASE)) == code


def test_tokens_are_those_of_the_lexer() -> None:
    colours = {
        segment.text: segment.style
        for line in highlight(_PYTHON, "python", _PALETTE, _BASE)
        for segment in line
    }
    assert colours["class"] != colours["# why"]
    assert all(style is not None and style.bgcolor == _BASE.bgcolor for style in colours.values())


def test_pieces_hand_on_the_state_of_the_lexer() -> None:
    docstring = '"""\n' + "\n".join(["text", ""] * 40) + '\n"""\nx = 1\n'
    lines = highlight(docstring, "python", _PALETTE, _BASE)
    inside = {segment.style for line in lines[1:79] for segment in line}
    assert len(inside) == 1
    assert lines[-2][0] != Segment("x", next(iter(inside)))


def test_every_piece_gives_the_tokens_that_reading_at_once_gives() -> None:
    code = _PYTHON * 30
    lexer = get_lexer_by_name("python")
    whole = highlight(code, "python", _PALETTE, _BASE)
    assert _text(whole) == code
    assert whole[:7] == whole[70:77] == whole[203:210]
    assert "".join(value for _, _, value in lexer.get_tokens_unprocessed(code)) == code


def test_feeding_line_by_line_ends_as_reading_at_once() -> None:
    code = (_PYTHON * 20).split("\n")
    highlighter = Highlighter("python", _PALETTE, _BASE)
    fed: list[list[Segment]] = []
    for line in code:
        twin = highlighter.fork()
        assert len(fed) + len(twin.finish()) <= len(code)
        fed += highlighter.feed(line)
    assert fed + highlighter.finish() == highlight(code, "python", _PALETTE, _BASE)


def test_what_is_too_long_stays_plain() -> None:
    long = "x = " + "1" * MAX_COLUMNS
    assert highlight(long, "python", _PALETTE, _BASE) == [[Segment(long, _BASE)]]
    many = highlight(["def f(): pass"] * (MAX_LINES + 200), "python", _PALETTE, _BASE)
    assert len(many[0]) > 1
    assert many[-1] == [Segment("def f(): pass", _BASE)]


def test_a_scheme_that_nobody_knows_still_draws() -> None:
    palette = evolve(_PALETTE, syntax="no-such-scheme")
    assert _text(highlight("x = 1", "python", palette, _BASE)) == "x = 1"


@pytest.mark.parametrize(
    ("path", "language"), [("src/a.py", "python"), ("Makefile", "make"), ("x.unknown", "")]
)
def test_the_name_of_a_file_tells_its_language(path: str, language: str) -> None:
    assert language_of_path(path) == language
