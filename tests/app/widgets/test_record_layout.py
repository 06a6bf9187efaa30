"""Which record stands on which line, and which part of them is seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.widgets.record_fakes import Note, NoteDrawer, notes
from goose_tui.view.offsets import offset_of
from goose_tui.widgets.record_layout import RecordLayout
from goose_tui.widgets.record_window import RecordWindow

_NOTES = st.lists(
    st.builds(
        lambda lines, guess, folds: ("\n".join(["word " * n for n in lines]), guess, folds),
        st.lists(st.integers(0, 12), min_size=1, max_size=8),
        st.integers(1, 20),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
).map(
    lambda rows: [
        Note(f"n{number}", text, folds, guess) for number, (text, guess, folds) in enumerate(rows)
    ]
)


def _window(
    records: list[Note], width: int = 20, height: int = 7, *, tail: bool = True
) -> tuple[RecordLayout[Note], RecordWindow[Note], NoteDrawer]:
    drawer = NoteDrawer()
    layout = RecordLayout(drawer)
    window = RecordWindow(layout, tail=tail)
    window.resize(width, height)
    layout.show(records)
    return layout, window, drawer


def _all_places(layout: RecordLayout[Note]) -> list[tuple[int, int]]:
    return [(at, line) for at in range(len(layout)) for line in range(layout.height(at))]


@given(_NOTES)
def test_tops_are_sums_of_the_heights_before(records: list[Note]) -> None:
    layout, _, _ = _window(records)
    for index in (0, len(records) // 2, len(records) - 1):
        layout.height(index)
    known = [layout.top(at + 1) - layout.top(at) for at in range(len(records))]
    assert layout.total == sum(known)
    for line in range(layout.total):
        index, within = layout.at(line)
        assert layout.top(index) + within == line
        assert 0 <= within < known[index]


@given(_NOTES, st.lists(st.integers(-9, 9), max_size=12), st.integers(1, 12), st.booleans())
def test_a_window_always_shows_neighbouring_lines_and_no_gap(
    records: list[Note], moves: list[int], height: int, tail: bool
) -> None:
    layout, window, _ = _window(records, height=height, tail=tail)
    places = _all_places(layout)
    for move in moves:
        window.move(move)
        rows = window.rows()
        start = places.index(rows[0])
        assert rows == places[start : start + height]
        assert len(rows) == min(height, len(places))
        assert window.line == layout.top(rows[0][0]) + rows[0][1]


@given(_NOTES, st.integers(1, 12))
def test_scrolling_there_and_back_shows_the_same(records: list[Note], height: int) -> None:
    _, window, _ = _window(records, height=height)
    window.to_start()
    first = window.rows()
    window.move(3)
    window.move(-3)
    back = window.rows()
    assert back == first or window.following


@given(_NOTES, st.integers(1, 5), st.integers(0, 30))
def test_what_is_looked_at_stays_while_records_grow_and_come(
    records: list[Note], height: int, down: int
) -> None:
    layout, window, _ = _window(records, height=height)
    window.to_start()
    window.move(down)
    rows = window.rows()
    if window.following:
        return
    first = rows[0][0]
    grown = [
        note if at == first else Note(note.key, note.text + "\nmore\nmore", note.folds, 1)
        for at, note in enumerate(records)
    ]
    layout.show([*grown, Note("last", "x")])
    after = window.rows()
    assert after[0] == rows[0]
    assert not window.following


@given(_NOTES, st.integers(1, 6))
def test_the_end_is_followed_while_records_grow_and_come(records: list[Note], height: int) -> None:
    layout, window, _ = _window(records, height=height)
    layout.show([*records, Note("last", "one\ntwo")], len(records))
    rows = window.rows()
    assert window.following
    assert rows[-1] == (len(records), 1)


@given(_NOTES, st.integers(2, 6), st.integers(0, 30), st.integers(10, 40))
def test_another_width_keeps_the_text_at_the_top(
    records: list[Note], height: int, down: int, width: int
) -> None:
    layout, window, _ = _window(records, height=height)
    window.to_start()
    window.move(down)
    if window.following:
        return
    index, line = window.rows()[0]
    offset = offset_of(layout.lines(index), line, 0)
    window.resize(width, height)
    rows = window.rows()
    if window.following:
        return
    assert rows[0][0] == index
    lines = layout.lines(index)
    start = offset_of(lines, rows[0][1], 0)
    assert start <= offset
    assert rows[0][1] + 1 == len(lines) or offset_of(lines, rows[0][1] + 1, 0) > offset


@given(_NOTES, st.data(), st.integers(1, 8))
def test_revealing_shows_as_much_of_a_record_as_fits(
    records: list[Note], data: st.DataObject, height: int
) -> None:
    layout, window, _ = _window(records, height=height)
    index = data.draw(st.integers(0, len(records) - 1))
    window.move(data.draw(st.integers(-30, 30)))
    window.reveal(index)
    shown = [line for at, line in window.rows() if at == index]
    assert len(shown) == min(height, layout.height(index))
    assert shown[0] == 0


@given(_NOTES, st.data())
def test_any_line_of_the_scrollbar_can_be_gone_to(records: list[Note], data: st.DataObject) -> None:
    layout, window, _ = _window(records)
    window.to_line(data.draw(st.integers(-5, layout.total + 5)))
    assert len(window.rows()) == min(7, sum(layout.height(at) for at in range(len(records))))


def test_ten_thousand_records_are_drawn_a_screenful() -> None:
    _, window, drawer = _window(notes(10_000), height=50)
    assert window.rows()[-1][0] == 9_999
    assert len(drawer.drawn) <= 50


def test_appending_asks_only_about_the_new_record() -> None:
    records = notes(20_000)
    layout, window, drawer = _window(records, width=80, height=50)
    window.rows()
    drawer.asked = 0
    drawer.drawn.clear()
    records.append(Note("new", "x"))
    assert layout.show(records, 20_000) == [20_000]
    window.rows()
    assert drawer.asked == 1
    assert drawer.drawn == ["new"]


def test_only_changed_records_are_drawn_again() -> None:
    records = notes(100)
    layout, window, drawer = _window(records, width=80, height=50)
    window.rows()
    drawer.drawn.clear()
    assert layout.show([*records[:90], Note("n90", "changed"), *records[91:]]) == [90]
    window.rows()
    assert drawer.drawn == ["n90"]


def test_records_can_be_taken_away_and_put_between() -> None:
    records = notes(10)
    layout, window, _ = _window(records, width=80)
    window.to_start()
    layout.show([*records[:2], Note("x", "between"), *records[2:5]])
    assert [layout.key(at) for at in range(len(layout))] == ["n0", "n1", "x", "n2", "n3", "n4"]
    assert [layout.index(key) for key in ("n0", "x", "n4", "n9")] == [0, 2, 5, None]
    layout.show([])
    assert window.rows() == []
    assert layout.total == 0


def test_the_lines_kept_are_bounded() -> None:
    layout, window, drawer = _window([Note(f"n{at}", "x\n" * 400) for at in range(60)], height=10)
    for at in range(60):
        layout.height(at)
    window.to_start()
    window.rows()
    drawer.drawn.clear()
    layout.lines(59)
    layout.lines(20)
    assert drawer.drawn == ["n20"]


def test_folding_all_and_one() -> None:
    records = [Note(f"n{at}", "a\nb\nc", folds=True) for at in range(4)]
    layout, _, _ = _window(records)
    assert [layout.height(at) for at in range(4)] == [1, 1, 1, 1]
    layout.fold(2, False)
    assert layout.height(2) == 3
    layout.toggle_folds()
    assert [layout.height(at) for at in range(4)] == [1, 1, 1, 1]
    layout.toggle_folds()
    assert [layout.height(at) for at in range(4)] == [3, 3, 3, 3]
