"""The view as a person has it: keys, wheel, mouse, and what is painted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.strip import Strip

from app.widgets.record_fakes import Note, NoteDrawer, notes
from goose_agent.evolve import evolve
from goose_tui.view.palette import Palette
from goose_tui.widgets.record_view import RecordView

_SIZE = (40, 10)


class _Host(App[None]):
    """Shows one view and keeps its messages."""

    def __init__(self, view: RecordView[Note]) -> None:
        super().__init__()
        self.view = view
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()

    def on_record_view_activated(self, message: RecordView.Activated) -> None:
        self.heard.append(message)

    def on_record_view_cursor_moved(self, message: RecordView.CursorMoved) -> None:
        self.heard.append(message)

    def on_record_view_follow_changed(self, message: RecordView.FollowChanged) -> None:
        self.heard.append(message)

    def on_record_view_selection_ended(self, message: RecordView.SelectionEnded) -> None:
        self.heard.append(message)

    def on_record_view_link_clicked(self, message: RecordView.LinkClicked) -> None:
        self.heard.append(message)


class _Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


Running = tuple[Pilot[None], RecordView[Note], NoteDrawer, list[Message]]


@asynccontextmanager
async def _running(
    records: list[Note],
    *,
    tail: bool = True,
    cursor: bool = False,
    selectable: bool = True,
    palette: Palette | None = None,
) -> AsyncIterator[Running]:
    drawer = NoteDrawer(palette or Palette.plain())
    view = RecordView(drawer, tail=tail, cursor=cursor, selectable=selectable, clock=_Clock())
    host = _Host(view)
    async with host.run_test(size=_SIZE) as pilot:
        view.show(records)
        await pilot.pause()
        host.heard.clear()
        yield pilot, view, drawer, host.heard


def _screen(view: RecordView[Note]) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def _keys(heard: list[Message], kind: type[Message]) -> list[str]:
    return [str(vars(message)["key"]) for message in heard if isinstance(message, kind)]


def _painted_rows(view: RecordView[Note]) -> list[int]:
    """The rows that are painted from now on."""
    painted: list[int] = []
    plain = view.render_line

    def counted(y: int) -> Strip:
        painted.append(y)
        return plain(y)

    view.render_line = counted  # type: ignore[method-assign] # it is what the screen asks for rows
    return painted


async def _drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down(offset=start)
    await pilot.hover(offset=end)
    await pilot.mouse_up(offset=end)
    await pilot.pause()


async def test_the_end_is_shown_and_followed() -> None:
    async with _running(notes(100)) as (pilot, view, _, _):
        assert _screen(view)[-1] == "note 99 says something"
        view.show([*notes(100), Note("x", "more\nand more")])
        await pilot.pause()
        assert _screen(view)[-2:] == ["more", "and more"]
        assert view.following


async def test_ten_thousand_records_open_with_a_screenful_drawn() -> None:
    async with _running(notes(10_000)) as (_, view, drawer, _):
        assert _screen(view)[-1] == "note 9999 says something"
        assert len(set(drawer.drawn)) <= _SIZE[1]
        assert len(drawer.drawn) <= 3 * _SIZE[1]


async def test_an_append_draws_one_record_and_a_resize_a_screenful() -> None:
    records = notes(10_000)
    async with _running(records) as (pilot, view, drawer, _):
        drawer.drawn.clear()
        records.append(Note("x", "new"))
        view.show(records, 10_000)
        await pilot.pause()
        assert drawer.drawn == ["x"]
        drawer.drawn.clear()
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert _screen(view)[-1] == "new"
        assert len(drawer.drawn) <= 3 * _SIZE[1]


async def test_scrolling_up_stops_following_and_end_follows_again() -> None:
    async with _running(notes(100)) as (pilot, view, _, heard):
        await pilot.press("up", "up")
        assert _screen(view)[-1] == "note 97 says something"
        assert not view.following
        await pilot.press("end")
        assert view.following
        await pilot.pause()
        followed = [m.following for m in heard if isinstance(m, RecordView.FollowChanged)]
        assert followed == [False, True]


async def test_what_is_read_stays_while_more_comes_and_a_mark_tells_of_it() -> None:
    records = notes(100)
    async with _running(records) as (pilot, view, _, _):
        await pilot.press("pageup")
        before = _screen(view)
        view.show([*records, Note("a", "new"), Note("b", "new")])
        await pilot.pause()
        after = _screen(view)
        assert after[:-1] == before[:-1]
        assert after[-1].endswith("↓ 2 new")
        await pilot.click(offset=(_SIZE[0] - 5, _SIZE[1] - 1))
        await pilot.pause()
        assert view.following
        assert _screen(view)[-1] == "new"


async def test_keys_scroll_by_lines_pages_and_to_both_ends() -> None:
    async with _running(notes(100)) as (pilot, view, _, _):
        await pilot.press("home")
        assert _screen(view)[0] == "note 0 says something"
        await pilot.press("down")
        assert _screen(view)[0] == "note 1 says something"
        await pilot.press("pagedown")
        assert _screen(view)[0] == "note 10 says something"
        await pilot.press("pageup", "up")
        assert _screen(view)[0] == "note 0 says something"


async def test_the_wheel_scrolls() -> None:
    async with _running(notes(100)) as (pilot, view, _, _):
        at = {"x": 5, "y": 5, "delta_x": 0, "button": 0, "shift": False, "meta": False}
        more = {"ctrl": False, "screen_x": 5, "screen_y": 5, "style": None}
        view.post_message(events.MouseScrollUp(view, delta_y=-1, **at, **more))  # type: ignore[arg-type] # the rest of a mouse event does not matter
        await pilot.pause()
        assert _screen(view)[-1] == "note 96 says something"
        view.post_message(events.MouseScrollDown(view, delta_y=1, **at, **more))  # type: ignore[arg-type] # the rest of a mouse event does not matter
        await pilot.pause()
        assert view.following


async def test_few_records_stand_at_the_top() -> None:
    async with _running(notes(2)) as (_, view, _, _):
        assert _screen(view)[:3] == ["note 0 says something", "note 1 says something", ""]


async def test_a_list_that_does_not_follow_stays_at_its_start() -> None:
    async with _running(notes(30), tail=False) as (pilot, view, _, _):
        assert _screen(view)[0] == "note 0 says something"
        view.show(notes(40))
        await pilot.pause()
        assert _screen(view)[0] == "note 0 says something"
        view.scroll_to_end()
        assert _screen(view)[-1] == "note 39 says something"
        assert not view.following


async def test_the_cursor_goes_from_record_to_record() -> None:
    async with _running(notes(30), tail=False, cursor=True) as (pilot, view, _, heard):
        assert view.cursor_key == "n0"
        await pilot.press("j", "down", "k", "enter")
        await pilot.pause()
        assert view.cursor_key == "n1"
        assert _keys(heard, RecordView.CursorMoved) == ["n1", "n2", "n1"]
        assert _keys(heard, RecordView.Activated) == ["n1"]
        await pilot.press("end")
        assert view.cursor_key == "n29"
        assert _screen(view)[-1] == "note 29 says something"
        await pilot.press("home")
        assert view.cursor_key == "n0"


async def test_the_cursor_leaves_backgrounds_of_the_text_alone() -> None:
    palette = evolve(Palette.plain(), cursor=Style(bgcolor="blue"), text=Style(bgcolor="red"))
    async with _running(notes(3), cursor=True, tail=False, palette=palette) as running:
        _, view, drawer, _ = running
        drawer.palette = evolve(palette, text=Style())
        view.refresh()
        colours = {part.text: part.style.bgcolor for part in view.render_line(0) if part.style}
        assert colours.pop("note 0 says something") == _RED
        assert set(colours.values()) == {palette.cursor.bgcolor}


async def test_the_cursor_stays_on_its_record_or_near_it() -> None:
    records = notes(10)
    async with _running(records, tail=False, cursor=True) as (pilot, view, _, _):
        view.move_cursor_to("n4")
        view.show([Note("x", "before"), *records])
        await pilot.pause()
        assert view.cursor_key == "n4"
        view.show(records[:3])
        await pilot.pause()
        assert view.cursor_key == "n2"


async def test_keys_of_the_cursor_do_nothing_without_one() -> None:
    async with _running([Note("n", "a\nb", folds=True)]) as (pilot, view, _, heard):
        await pilot.press("enter", "space", "j")
        assert view.cursor_key is None
        assert heard == []
        assert _screen(view)[:2] == ["a", ""]


async def test_records_fold_in_place() -> None:
    records = [Note(f"n{at}", f"head {at}\none\ntwo", folds=True) for at in range(30)]
    async with _running(records, tail=False, cursor=True) as (pilot, view, _, _):
        await pilot.press("j", "j", "space")
        assert _screen(view)[:6] == ["head 0", "head 1", "head 2", "one", "two", "head 3"]
        await pilot.press("space")
        assert _screen(view)[:4] == ["head 0", "head 1", "head 2", "head 3"]
        await pilot.press("o")
        assert _screen(view)[:4] == ["head 0", "one", "two", "head 1"] or "head 2" in _screen(view)
        await pilot.press("o")
        assert "one" not in _screen(view)


async def test_dragging_selects_text_and_tells_of_it() -> None:
    async with _running([Note("a", "one two"), Note("b", "three four")]) as (pilot, view, _, heard):
        await _drag(pilot, (4, 0), (4, 1))
        texts = [m.text for m in heard if isinstance(m, RecordView.SelectionEnded)]
        assert texts == ["two\nthree"]
        assert view.selected_text() == "two\nthree"
        assert view.clear_selection()
        assert view.selected_text() == ""
        assert not view.clear_selection()


async def test_a_selection_is_painted_on_its_text_wherever_that_moves() -> None:
    palette = evolve(Palette.plain(), selection=Style(bgcolor="red"))
    records = notes(5)

    def marked(view: RecordView[Note]) -> dict[int, str]:
        rows = {}
        for y in range(view.size.height):
            parts = [p for p in view.render_line(y) if p.style and p.style.bgcolor]
            text = "".join(p.text for p in parts if p.style and p.style.bgcolor == _RED)
            if text:
                rows[y] = text
        return rows

    async with _running(records, palette=palette) as (pilot, view, _, _):
        await _drag(pilot, (0, 1), (5, 1))
        assert marked(view) == {1: "note 1"}
        view.show([Note("x", "two\nlines"), *records])
        await pilot.pause()
        assert marked(view) == {3: "note 1"}
        await pilot.resize_terminal(12, 14)
        await pilot.pause()
        assert "".join(marked(view).values()) == "note 1"
        assert view.selected_text() == "note 1"


_RED = Style(bgcolor="red").bgcolor


async def test_double_and_triple_clicks_take_a_word_and_a_line() -> None:
    async with _running([Note("a", "one two three")]) as (pilot, view, _, _):
        await pilot.click(offset=(5, 0), times=2)
        await pilot.pause()
        assert view.selected_text() == "two"
        await pilot.click(offset=(5, 0), times=3)
        await pilot.pause()
        assert view.selected_text() == "one two three"


async def test_a_click_follows_a_link_and_moves_the_cursor() -> None:
    records = [Note("a", "x"), Note("b", "https://example.com/1")]
    async with _running(records, tail=False, cursor=True) as (pilot, view, _, heard):
        await pilot.click(offset=(3, 1))
        await pilot.pause()
        targets = [m.target for m in heard if isinstance(m, RecordView.LinkClicked)]
        assert targets == ["https://example.com/1"]
        assert view.cursor_key == "b"


async def test_a_double_click_activates_where_nothing_is_selected() -> None:
    async with _running(notes(5), tail=False, cursor=True, selectable=False) as running:
        pilot, _, _, heard = running
        await pilot.click(offset=(3, 2), times=2)
        await pilot.pause()
        assert _keys(heard, RecordView.Activated) == ["n2"]


async def test_the_scrollbar_goes_anywhere_and_shows_where_it_is() -> None:
    async with _running(notes(100)) as (pilot, view, _, _):
        view.post_message(ScrollTo(y=40.0))
        await pilot.pause()
        assert _screen(view)[0] == "note 40 says something"
        assert view.vertical_scrollbar.position == 40
        view.post_message(ScrollUp())
        await pilot.pause()
        assert _screen(view)[0] == "note 31 says something"
        view.post_message(ScrollDown())
        await pilot.pause()
        assert view.vertical_scrollbar.position == 40
        view.post_message(ScrollTo(y=1000.0))
        await pilot.pause()
        assert view.following


async def test_dragging_below_the_edge_scrolls() -> None:
    async with _running(notes(100), tail=False) as (pilot, view, _, _):
        await pilot.mouse_down(offset=(0, 0))
        move = {"delta_x": 0, "delta_y": 0, "button": 1, "shift": False, "meta": False}
        below = {"ctrl": False, "x": 3, "y": 14, "screen_x": 3, "screen_y": 14, "style": None}
        view.post_message(events.MouseMove(view, **move, **below))  # type: ignore[arg-type] # the rest of a mouse event does not matter
        await _until(pilot, lambda: _screen(view)[0] != "note 0 says something")
        await pilot.mouse_up(offset=(3, 5))
        await pilot.pause()
        assert view.selected_text().startswith("note 0 says something\nnote 1")


async def _until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    for _ in range(200):
        if done():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never happened")


async def test_searching_goes_to_hits_and_marks_them() -> None:
    records = [*notes(50), Note("x", "a Needle"), *[replace(n, key=f"m{n.key}") for n in notes(50)]]
    async with _running(records) as (pilot, view, _, _):
        assert view.search("needle")
        assert "a Needle" in _screen(view)
        row = _screen(view).index("a Needle")
        marked = [part.text for part in view.render_line(row) if part.style and part.style.reverse]
        assert marked == ["Needle"]
        assert not view.search("no such text")
        assert not view.search("")
        await pilot.pause()
        assert not any(part.style and part.style.reverse for part in view.render_line(row))


async def test_a_theme_switch_draws_everything_anew_and_stays_in_place() -> None:
    async with _running(notes(100)) as (pilot, view, drawer, _):
        await pilot.press("pageup")
        before = _screen(view)
        drawer.palette = evolve(drawer.palette, text=Style(bold=True))
        drawer.drawn.clear()
        view.redraw()
        assert len(drawer.drawn) >= _SIZE[1]
        assert _screen(view) == before
        assert all(
            part.style and part.style.bold for part in view.render_line(0) if part.text[0] == "n"
        )


async def test_nothing_is_painted_and_no_timer_runs_while_nothing_changes() -> None:
    records = notes(100)
    async with _running(records) as (pilot, view, drawer, _):
        painted = _painted_rows(view)
        drawer.drawn.clear()
        view.show(records)
        view.show(records, 100)
        await pilot.pause(0.1)
        assert painted == []
        assert drawer.drawn == []
        assert [timer for timer in view._timers if timer.name != "auto_refresh"] == []


async def test_only_rows_that_look_different_are_painted() -> None:
    records = notes(100)
    async with _running(records) as (pilot, view, _, _):
        painted = _painted_rows(view)
        view.show([*records[:99], Note("n99", "changed")])
        await pilot.pause()
        assert painted == [_SIZE[1] - 1]


async def test_many_changes_within_a_frame_are_painted_once() -> None:
    drawer = NoteDrawer()
    clock = [0.0]
    view = RecordView(drawer, frame_seconds=0.2, clock=lambda: clock[0])
    host = _Host(view)
    async with host.run_test(size=_SIZE) as pilot:
        clock[0] = 10.0
        view.show([Note("a", "0")])
        await pilot.pause()
        drawer.drawn.clear()
        for number in range(1, 100):
            view.show([Note("a", str(number))])
        await _until(pilot, lambda: _screen(view)[0] == "99")
        assert drawer.drawn == ["a"]


def test_importing_the_view_imports_nothing_heavy() -> None:
    code = (
        "import sys; import goose_tui.widgets.record_view, goose_tui.view.markdown, "
        "goose_tui.view.diff; "
        "print([name for name in ('markdown_it', 'pygments', 'pydantic') if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
