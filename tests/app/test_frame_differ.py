"""What is sent in place of frames leads to the same screen, and is less."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goose_tui.frame_differ import FrameDiffer
from support.emulator import Emulator

SIZE = (14, 6)
Step = str | list[str] | tuple[int, int] | None
"""What is written, what all rows are to be, a new size, or that the terminal is not to be trusted."""
START, END = "\x1b[?2026h", "\x1b[?2026l"
STYLES = (
    "",
    "1",
    "1;2;31",
    "3;4;38;2;9;8;7",
    "38;2;1;2;3;48;2;4;5;6",
    "38;2;4;5;6;48;2;1;2;3",
    "1;38;2;4;5;6;48;2;1;2;3",
    "7;38;5;21;48;5;22",
    "9;91;104",
    "7",
    "21;58;2;1;2;3",
)
LINKS = ("", "", "", "id=1;https://example.org/", "id=2;https://example.org/")
NARROW = "ab  ─│…ñЖ⠋"
WIDE = "あ中한"
AWKWARD = ("e\u0301", "👩\u200d💻", "✅", "🇩🇪", "⚠\ufe0f", "\u0301", "ｶ\uff9e", "\ue0b0", "\u1160")
BESIDE = ("\x07", "\x1b]2;a title\x07", "\x1b[?25l", "\x1b[?25h", "\x1b]52;c;YQ==\x07")
FOREIGN = ("\x1b[2J", "x\ty", "\x1b[2;3Hno\rzz\n", "\x1b[31mred", "\x1b[0m", "\x1b[1;1Hä\x1b[1mö")


def styled(style: str, link: str, text: str) -> str:
    """As Rich renders it."""
    shown = f"\x1b[{style}m{text}\x1b[0m" if style else text
    return f"\x1b]8;{link}\x1b\\{shown}\x1b]8;;\x1b\\" if link else shown


def at(y: int, x: int, text: str) -> str:
    return f"\x1b[{y + 1};{x + 1}H{text}"


characters = st.one_of(
    st.sampled_from(NARROW), st.sampled_from(NARROW), st.sampled_from(WIDE)
) | st.sampled_from(AWKWARD)
tame = st.sampled_from(NARROW) | st.sampled_from(NARROW + WIDE)


def texts(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(of, min_size=1, max_size=8).map("".join)


def pieces(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    segment = st.builds(styled, st.sampled_from(STYLES), st.sampled_from(LINKS), texts(of))
    return st.builds(
        at,
        st.integers(0, SIZE[1] - 1),
        st.integers(0, SIZE[0] - 1),
        st.lists(segment, min_size=1, max_size=3).map("".join),
    )


cursors = st.builds(at, st.integers(0, SIZE[1] - 1), st.integers(0, SIZE[0] - 1), st.just(""))
frames = st.one_of(
    *(
        st.builds(
            lambda parts, end: "".join(parts) + end, st.lists(pieces(of), max_size=6), cursors
        )
        for of in (tame, tame, characters)
    )
)
paintings = st.lists(texts(tame).map(lambda text: text[:4]), min_size=7, max_size=7)
sizes = st.tuples(st.integers(4, 16), st.integers(3, 7))
steps = st.lists(
    st.one_of(
        frames, frames, frames, st.sampled_from(BESIDE + FOREIGN), sizes, st.none(), paintings
    ),
    max_size=12,
)


def held_together(steps: Sequence[Step], size: tuple[int, int] = SIZE) -> None:
    """Feed one terminal with what is written and one with what is sent, and look at both."""
    differ = FrameDiffer()
    plain, thrifty = Emulator(*size), Emulator(*size)
    for step in steps:
        if step is None:
            differ.forget()
        elif isinstance(step, tuple):
            size = step
            plain.resize(*size)
            thrifty.resize(*size)
            differ.forget()
        else:
            if isinstance(step, list):
                step = "".join(at(y, 0, text) for y, text in enumerate(step[: size[1]]))
            for data in (START, step, END):
                plain.feed(data)
                thrifty.feed(differ.encode(data, size))
            assert thrifty.seen == plain.seen
            assert thrifty.title == plain.title


@settings(max_examples=100, deadline=None)
@example(
    [
        "",
        at(3, 13, "b") + at(2, 0, ""),
        at(4, 0, "\u0301b") + at(3, 10, "e\u0301aab") + at(2, 0, ""),
    ]
)
@given(steps)
def test_whatever_is_written_the_screen_is_the_same(
    steps: list[Step],
) -> None:
    held_together(steps)


@settings(max_examples=40, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.lists(st.integers(-4, 4), min_size=1, max_size=5),
    st.lists(texts(tame), min_size=1, max_size=9),
    st.sampled_from(["", "", "e\u0301motion"]),
)
def test_what_scrolls_looks_the_same(
    dice: Random, shifts: list[int], side: list[str], awkward: str
) -> None:
    document = [
        styled(dice.choice(STYLES), "", "".join(dice.choices("abc あ", k=12)))
        + "".join(dice.choices("xyz ", k=12))
        for _ in range(30)
    ]
    document[9] = awkward or document[9]
    places = accumulate(shifts, lambda place, by: min(20, max(0, place + by)), initial=9)
    first = "".join(at(y, 40, text) for y, text in enumerate(side))
    frames = [
        "\n".join(at(y, 0, document[place + y] + " " * 2) for y in range(9)) + at(9, 0, f"{place}")
        for place in places
    ]
    held_together([first, *frames], (60, 10))


def frame(*rows: str, style: str = "38;2;1;2;3;48;2;4;5;6") -> str:
    return "\n".join(at(y, 0, styled(style, "", row)) for y, row in enumerate(rows)) + at(0, 0, "")


def sent(*frames: str, size: tuple[int, int] = (40, 10)) -> list[str]:
    differ = FrameDiffer()
    return ["".join(differ.encode(data, size) for data in (START, each, END)) for each in frames]


def test_nothing_is_sent_for_a_frame_that_changes_nothing() -> None:
    rows = [f"row {number}" for number in range(8)]
    assert sent(frame(*rows), frame(*rows))[1] == ""


def test_one_changed_cell_is_one_character_and_two_movements() -> None:
    before, after = frame("hello", "world"), frame("hello", "warld")
    assert sent(before, after)[1] == "\x1b[2;2Ha\x1b[1;1H"


def test_rows_that_scroll_are_moved_by_the_terminal() -> None:
    rows = [f"row with number {number} {chr(97 + number) * 20}".ljust(40) for number in range(12)]
    moved = sent(frame(*rows[:9]), frame(*rows[1:10]))[1]
    assert "\x1b[1;9r\x1b[1;1H\x1b[1M\x1b[r" in moved
    assert "row with number 9" in moved
    assert "row with number 8" not in moved


def test_what_is_beside_the_picture_passes_in_its_order() -> None:
    differ = FrameDiffer()
    written = [START, frame("one"), END, BESIDE[1], "\x07", START, frame("two"), END, BESIDE[4]]
    passed = "".join(differ.encode(data, (40, 10)) for data in written)
    assert passed.partition("one")[2] == f"\x1b[3D{BESIDE[1]}\x07two\x1b[3D{BESIDE[4]}"


def test_a_frame_of_several_stretches_is_shown_at_once() -> None:
    shown = sent(frame("one", "two"), frame("ome", "twi"))[1]
    assert shown.startswith(START)
    assert shown.endswith(END)


@pytest.mark.parametrize("between", FOREIGN)
def test_after_what_it_does_not_understand_a_frame_is_sent_whole(between: str) -> None:
    differ = FrameDiffer()
    rows = frame("hello", "world")
    assert differ.encode(rows, (40, 10))
    assert differ.encode(between, (40, 10)).endswith(between)
    again = differ.encode(rows, (40, 10))
    assert "hello" in again
    assert "world" in again


def test_the_style_is_plain_before_the_screen_is_left() -> None:
    differ = FrameDiffer()
    differ.encode(frame("hello"), (40, 10))
    assert differ.encode("\x1b[?1049l", (40, 10)) == "\x1b[m\x1b[?1049l"


def test_a_cell_with_swapped_colours_swaps_them_and_no_more() -> None:
    def cursor_after(text: str) -> str:
        swapped = styled("38;2;4;5;6;48;2;1;2;3", "", " ")
        return at(0, 0, styled("38;2;1;2;3;48;2;4;5;6", "", text) + swapped) + at(0, len(text), "")

    assert sent(*map(cursor_after, ("a", "ab", "abc")))[2] == "\x1b[27mc\x1b[7m \x1b[D"


def test_a_row_that_terminals_disagree_about_is_sent_as_it_was_written_each_time() -> None:
    odd = at(1, 0, styled("1", "", "e\u0301 and ⚠\ufe0f")) + at(0, 0, "")
    first, again = sent(odd, odd)
    assert odd[: odd.rindex("\x1b")] in first
    assert odd[: odd.rindex("\x1b")] in again


def test_after_more_colours_than_are_kept_in_memory_the_screen_is_still_right() -> None:
    differ, plain, thrifty = FrameDiffer(), Emulator(80, 3), Emulator(80, 3)
    for number in range(900):
        cells = (styled(f"38;2;{number % 256};{number // 256};{x}", "", "x") for x in range(80))
        shown = at(1, 0, "".join(cells)) + at(0, 0, "")
        answer = differ.encode(shown, (80, 3))
        if number > 600:
            plain.feed(shown)
            thrifty.feed(answer)
    assert thrifty.seen == plain.seen
