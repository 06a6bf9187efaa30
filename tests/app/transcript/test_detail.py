"""The sections of a call, and how a long output is parted."""

from __future__ import annotations

import pytest

from goose_agent.state.records import CallRecord
from goose_tui.transcript.detail import DetailDrawer, DetailPart, detail_parts
from goose_tui.view.palette import Palette

DRAWER = DetailDrawer(Palette.plain())


def output_parts(text: str) -> list[DetailPart]:
    call = CallRecord("c1", 1, 1, "main", "r1", "shell", arguments={"command": "x"})
    return [part for part in detail_parts(call, text) if part.kind == "output"]


def drawn(parts: list[DetailPart], width: int = 80) -> list[str]:
    return [line.text for part in parts for line in DRAWER.lines(part, width, folded=False)]


def test_a_short_output_is_one_part_without_the_blank_lines_around_it() -> None:
    (part,) = output_parts("\n\none\n\ntwo\n\n")
    assert (part.key, part.text, part.line_count, part.last) == ("output", "one\n\ntwo", 3, True)
    assert drawn([part])[1:] == ["one", "", "two", ""]


def test_an_output_of_line_ends_alone_still_has_its_title() -> None:
    (part,) = output_parts("\n\n")
    assert part.title.startswith("output")


def test_a_long_output_is_parted_and_no_line_is_lost() -> None:
    lines = [str(number) if number % 7 else "" for number in range(1, 1000)]
    parts = output_parts("\n".join(lines) + "\n")
    assert [part.line_count for part in parts] == [200, 200, 200, 200, 199]
    assert [bool(part.title) for part in parts] == [True, False, False, False, False]
    assert [part.last for part in parts] == [False, False, False, False, True]
    assert len({part.key for part in parts}) == 5
    assert drawn(parts)[1:-1] == lines


def test_blank_lines_where_parts_meet_are_kept() -> None:
    lines = ["x"] * 198 + [""] * 5 + ["y"]
    assert drawn(output_parts("\n".join(lines)))[1:-1] == lines


@pytest.mark.parametrize("size", [32_768, 32_769, 100_000])
def test_a_very_long_line_is_parted_too(size: int) -> None:
    parts = output_parts("a" * size)
    assert max(len(part.text) for part in parts) == 32_768
    assert "".join(part.text for part in parts) == "a" * size


def test_long_lines_are_parted_at_their_ends_where_they_have_some() -> None:
    lines = ["b" * 10_000] * 7
    parts = output_parts("\n".join(lines))
    assert [part.line_count for part in parts] == [3, 3, 1]
    assert "\n".join(part.text for part in parts) == "\n".join(lines)


def test_a_colour_is_not_torn_apart_where_a_line_is_parted() -> None:
    parts = output_parts("a" * 32_766 + "\x1b[31m" + "b" * 10)
    assert [len(part.text) for part in parts] == [32_766, 15]
    assert "".join(drawn(parts)[1:]) == "a" * 32_766 + "b" * 10


def test_only_what_has_a_title_can_be_folded() -> None:
    first, second = output_parts("x\n" * 300)
    assert DRAWER.foldable(first)
    assert not DRAWER.foldable(second)


def test_the_estimate_is_right_for_lines_that_fit() -> None:
    for part in output_parts("x\n" * 500):
        assert DRAWER.estimate(part, 80) == len(DRAWER.lines(part, 80, folded=False))


def test_the_estimate_of_a_long_line_counts_its_rows() -> None:
    part, *_ = output_parts("x" * 100_000)
    rows = len(DRAWER.lines(part, 80, folded=False))
    assert rows * 0.9 < DRAWER.estimate(part, 80) <= rows
