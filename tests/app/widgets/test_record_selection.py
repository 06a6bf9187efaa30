"""What is selected, through wrapping anew and changing records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.record_fakes import Note, NoteDrawer
from goose_tui.view.offsets import place_of
from goose_tui.widgets.record_layout import RecordLayout
from goose_tui.widgets.record_search import RecordSearch
from goose_tui.widgets.record_selection import Point, RecordSelection


def _layout(*texts: str, width: int = 20) -> RecordLayout[Note]:
    layout = RecordLayout(NoteDrawer())
    layout.resize(width, 10)
    layout.show([Note(f"n{number}", text) for number, text in enumerate(texts)])
    return layout


def test_wrapped_lines_are_copied_as_one() -> None:
    layout = _layout("the quick brown fox jumps over the lazy dog", "second")
    selection = RecordSelection(layout)
    selection.begin(Point("n0", 0, 4))
    selection.extend(Point("n1", 0, 2))
    assert selection.text() == "quick brown fox jumps over the lazy dog\nsec"


def test_selecting_backwards_selects_the_same() -> None:
    selection = RecordSelection(_layout("one two"))
    selection.begin(Point("n0", 0, 6))
    selection.extend(Point("n0", 0, 4))
    assert selection.text() == "two"


def test_pressing_without_moving_selects_nothing() -> None:
    selection = RecordSelection(_layout("one two"))
    selection.begin(Point("n0", 0, 3))
    selection.extend(Point("n0", 0, 3))
    assert not selection.exists
    assert selection.text() == ""


def test_a_word_and_a_wrapped_line_can_be_taken() -> None:
    layout = _layout("first line\nthe quick brown fox jumps over\nlast")
    selection = RecordSelection(layout)
    selection.select_word(Point("n0", 1, 5))
    assert selection.text() == "quick"
    selection.select_line(Point("n0", 2, 1))
    assert selection.text() == "the quick brown fox jumps over"
    selection.clear()
    assert not selection.exists


def test_a_selection_stays_on_its_text_while_records_come_before_and_after() -> None:
    layout = _layout("one", "two words", "three")
    selection = RecordSelection(layout)
    selection.begin(Point("n1", 0, 4))
    selection.extend(Point("n1", 0, 8))
    note = layout.record(1)
    layout.show([Note("x", "new"), layout.record(0), note, Note("y", "z")])
    assert selection.text() == "words"


def test_a_selection_whose_record_is_gone_is_empty() -> None:
    layout = _layout("one", "two")
    selection = RecordSelection(layout)
    selection.begin(Point("n1", 0, 0))
    selection.extend(Point("n1", 0, 2))
    layout.show([layout.record(0)])
    assert selection.text() == ""


_TEXT = st.lists(st.sampled_from(["a", "bcd", "你好", "longword"]), min_size=1, max_size=20).map(
    " ".join
)


@given(_TEXT, _TEXT, st.data(), st.integers(9, 40))
def test_another_width_keeps_the_same_text_selected(
    one: str, two: str, data: st.DataObject, width: int
) -> None:
    layout = _layout(one, two, width=12)
    selection = RecordSelection(layout)
    whole = f"{one}\n{two}"
    ends = sorted(data.draw(st.tuples(st.integers(0, len(one) - 1), st.integers(0, len(two) - 1))))
    start, stop = min(ends[0], len(one) - 1), min(ends[1], len(two) - 1)
    selection.begin(Point("n0", *place_of(layout.lines(0), start)))
    selection.extend(Point("n1", *place_of(layout.lines(1), stop)))
    before = selection.text()
    selection.around(lambda: layout.resize(width, 10))
    after = selection.text()
    assert before.split() == after.split()
    assert after.split()[0] in whole


@pytest.mark.parametrize(("backwards", "order"), [(False, [0, 2, 2]), (True, [0, 2, 2])])
def test_hits_are_gone_through_in_order_and_around(backwards: bool, order: list[int]) -> None:
    layout = _layout("Needle here", "nothing", "a needle and a NEEDLE")
    search = RecordSearch(layout, NoteDrawer(), "needle")
    seen = [search.step(0, backwards=backwards) for _ in range(4)]
    assert [hit[0] if hit else None for hit in seen] == [*order, 0]


def test_a_hit_over_a_wrapped_line_is_marked_on_both_rows() -> None:
    layout = _layout("aaaa bbbb cccc dddd eeee", width=10)
    search = RecordSearch(layout, NoteDrawer(), "bbbb cccc")
    assert search.hits(0) == [[(0, 5, 9), (1, 0, 4)]]


def test_a_hit_in_a_folded_record_unfolds_it() -> None:
    layout = RecordLayout(NoteDrawer())
    layout.resize(20, 10)
    layout.show([Note("n0", "head\nneedle", folds=True), Note("n1", "x")])
    search = RecordSearch(layout, NoteDrawer(), "needle")
    assert search.step(1) == (0, 1, 1)
    assert not layout.folded(0)
    assert RecordSearch(layout, NoteDrawer(), "nowhere").step(0) is None
