"""Short texts for numbers and names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from goose_tui.view.formatting import age, align_right, columns, cut_end, cut_path, fit
from goose_tui.view.numbers import byte_count, duration, money, tokens

_TEXTS = st.text(st.sampled_from("abc /_.你😀e\u0301"), max_size=40)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0ms"),
        (0.012, "12ms"),
        (0.9996, "1.0s"),
        (1.23, "1.2s"),
        (59.96, "1m 00s"),
        (125, "2m 05s"),
        (3720, "1h 02m"),
        (100_000, "1d 03h"),
    ],
)
def test_durations_have_two_figures_that_matter(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (999, "999"),
        (4200, "4.2k"),
        (122_000, "122k"),
        (999_600, "1M"),
        (1_200_000, "1.2M"),
    ],
)
def test_tokens_are_scaled(count: int, text: str) -> None:
    assert tokens(count) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (4200, "4.2 kB"), (32_000_000, "32 MB"), (10**16, "10000 TB")]
)
def test_sizes_are_scaled(count: int, text: str) -> None:
    assert byte_count(count) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0.00"),
        (0.42, "$0.42"),
        (0.0031, "$0.0031"),
        (0.00001, "<$0.0001"),
        (1234.5, "$1,234.50"),
    ],
)
def test_money_is_never_rounded_to_nothing(amount: float, text: str) -> None:
    assert money(amount) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "now"),
        (59, "now"),
        (300, "5m ago"),
        (3 * 3600, "3h ago"),
        (2 * 86_400, "2d ago"),
        (42 * 86_400, "6w ago"),
        (800 * 86_400, "2y ago"),
    ],
)
def test_ages_have_one_unit(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_paths_keep_their_name_and_say_that_they_were_cut() -> None:
    path = "/home/joe/projects/parser/src/deep/file_name.py"
    assert cut_path(path, 30) == "/home/joe/proj…ep/file_name.py"
    assert cut_path(path, 60) == path
    assert cut_path("/a/very_very_very_long_name.py", 12).endswith("name.py")


def test_prose_is_cut_at_its_end() -> None:
    assert cut_end("hello world", 8) == "hello w…"
    assert cut_end("hello world", 7) == "hello…"
    assert cut_end("hello", 0) == ""


@given(_TEXTS, st.integers(0, 30))
def test_cut_texts_are_never_wider_than_asked(text: str, width: int) -> None:
    assert cell_len(cut_end(text, width)) <= width
    assert cell_len(cut_path(text, width)) <= width
    assert cell_len(cut_path(text, width, "...")) <= width
    assert cell_len(fit(text, width)) == width


@given(_TEXTS, _TEXTS, st.integers(1, 60))
def test_the_right_text_of_a_row_ends_at_the_edge(left: str, right: str, width: int) -> None:
    row = align_right(left, right, width)
    assert cell_len(row) == width
    assert row.endswith(cut_end(right, width))


def test_columns_line_up_by_cells() -> None:
    rows = [["read", "3ms"], ["你好", "1.2s"], ["a"]]
    assert columns(rows, right=[1]) == ["read   3ms", "你好  1.2s", "a"]
