"""Cutting and wrapping styled text by cells."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from goose_tui.view.lines import (
    Prefix,
    RecordLine,
    blank_line,
    cells,
    cut,
    expand_tabs,
    indent,
    line_of,
    pad,
    plain_lines,
    restyle,
    split_at,
    wrap,
)
from goose_tui.view.offsets import copied_text, offset_of, place_of, snapped, word_at

_BOLD, _DIM = Style(bold=True), Style(dim=True)
_TEXT = st.text(st.sampled_from("ab c  —é你😀e\u0301│"), max_size=60)


def _rows(lines: list[RecordLine]) -> list[str]:
    return [line.strip.text for line in lines]


def test_text_is_wrapped_between_words() -> None:
    lines = wrap([Segment("the quick brown fox")], 10)
    assert _rows(lines) == ["the quick", "brown fox"]
    assert [line.soft for line in lines] == [False, True]
    assert copied_text(lines) == "the quick brown fox"


def test_code_is_wrapped_exactly_at_the_width() -> None:
    lines = wrap([Segment("foo    bar")], 5, words=False)
    assert _rows(lines) == ["foo  ", "  bar"]
    assert copied_text(lines) == "foo    bar"


def test_styles_survive_wrapping() -> None:
    lines = wrap([Segment("bold ", _BOLD), Segment("dim text", _DIM)], 8)
    assert [list(line.strip) for line in lines] == [
        [Segment("bold ", _BOLD), Segment("dim", _DIM)],
        [Segment("text", _DIM)],
    ]


@given(_TEXT, st.integers(2, 20), st.booleans())
def test_wrapped_rows_fit_and_copy_to_the_same_text(text: str, width: int, words: bool) -> None:
    half = len(text) // 2
    lines = wrap([Segment(text[:half], _BOLD), Segment(text[half:], _DIM)], width, words=words)
    assert all(line.strip.cell_length <= width for line in lines)
    assert all(line.strip.cell_length == cells(line.strip) for line in lines)
    trailing = len(text) - len(text.rstrip(" "))
    copied = copied_text(lines)
    assert copied == text or (
        words and copied == text[: len(text) - trailing + len(copied)][: len(copied)]
    )


@given(_TEXT, st.integers(0, 20))
def test_splitting_never_tears_a_character(text: str, column: int) -> None:
    left, right = split_at(text, column)
    assert left + right == text
    assert cell_len(left) <= column


@given(_TEXT, st.integers(1, 20))
def test_cut_segments_fit(text: str, width: int) -> None:
    kept = cut([Segment(text, _BOLD), Segment(text, _DIM)], width)
    assert cells(kept) <= width
    assume(cells([Segment(text)]) * 2 > width)
    assert kept[-1].text == "…"


def test_tabs_reach_the_next_stop_by_cells() -> None:
    assert expand_tabs("a\tb") == "a   b"
    assert expand_tabs("你\tb\t") == "你  b   "
    assert _rows(plain_lines("a\tb\nc", 20, Style())) == ["a   b", "c"]


def test_a_prefix_hangs_and_is_copied_only_if_it_is_content() -> None:
    bullet = Prefix((Segment("• "),), (Segment("  "),), copied=True)
    lines = indent(wrap([Segment("one two three")], 9), bullet)
    assert _rows(lines) == ["• one two", "  three"]
    assert copied_text(lines) == "• one two three"
    bar = indent(wrap([Segment("one two")], 9), Prefix.of("│ ", _DIM))
    assert _rows(bar) == ["│ one two"]
    assert copied_text(bar) == "one two"


def test_padding_is_not_copied() -> None:
    line = pad(line_of([Segment("x = 1")]), 10, _DIM)
    assert line.strip.text == "x = 1     "
    assert line.text == "x = 1"
    assert pad(line, 5, _DIM) is line


def test_restyling_lays_a_style_over_segments() -> None:
    assert restyle([Segment("a"), Segment("b", _DIM)], _BOLD) == [
        Segment("a", _BOLD),
        Segment("b", _DIM + _BOLD),
    ]


def test_a_blank_line_has_no_text() -> None:
    assert blank_line().text == ""


@given(_TEXT, st.integers(2, 12), st.integers(2, 12), st.data())
def test_an_offset_finds_the_same_character_at_any_width(
    text: str, one: int, other: int, data: st.DataObject
) -> None:
    text = f"x{text}y"
    offset = data.draw(st.integers(0, len(text) - 1))
    assume(text[offset] not in " \u0301")
    for width in (one, other):
        lines = wrap([Segment(text)], width)
        line, column = place_of(lines, offset)
        assert offset_of(lines, line, column) == offset
        assert lines[line].text[len(split_at(lines[line].text, column)[0])] == text[offset]


def test_selecting_takes_whole_wide_characters() -> None:
    line = line_of([Segment("a你b")])
    assert snapped(line, 2, 3) == (1, 3)
    assert snapped(line, 0, 2) == (0, 3)
    assert snapped(line, 9, 12)[0] >= snapped(line, 9, 12)[1]


@pytest.mark.parametrize(
    ("column", "word"), [(1, "src/a.py"), (8, " "), (9, "=="), (12, "你好"), (99, "你好")]
)
def test_words_are_paths_blanks_or_signs(column: int, word: str) -> None:
    line = line_of([Segment("src/a.py == 你好")])
    start, stop = word_at(line, column)
    assert line.strip.crop(start, stop).text == word
