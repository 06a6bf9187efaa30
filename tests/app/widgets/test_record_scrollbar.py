"""The scrollbar of a view is painted where it looks different, and only there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.scrollbar import ScrollBarRender

from goose_tui.widgets.record_canvas import _handle

heights = st.integers(1, 60)
totals = st.integers(1, 3000)


def drawn(total: int, height: int, line: int) -> list[object]:
    bar = ScrollBarRender.render_bar(
        size=height, virtual_size=total, window_size=height, position=line
    )
    return [(segment.text, segment.style) for segment in bar.segments]


@given(heights, totals, st.integers(0, 50), st.data())
def test_a_handle_that_is_said_to_look_the_same_does(
    height: int, total: int, more: int, data: st.DataObject
) -> None:
    line = data.draw(st.integers(0, max(0, total - height)))
    other = data.draw(st.integers(0, max(0, total + more - height)))
    same = _handle(total, height, line) == _handle(total + more, height, other)
    assert (drawn(total, height, line) == drawn(total + more, height, other)) or not same
