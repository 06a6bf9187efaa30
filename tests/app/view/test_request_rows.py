"""The pieces of a request as the inspector lists them."""

from __future__ import annotations

from goose_agent.events import Segment, SegmentKind
from goose_agent.messages import Usage
from goose_agent.state.session_state import ContextUse, SessionState
from goose_tui.view.request_rows import request_rows


def test_what_stands_behind_something_new_was_not_in_the_cache() -> None:
    kinds: tuple[SegmentKind, ...] = ("system", "tools", "user", "assistant")
    use = ContextUse(
        tokens=400,
        source="provider",
        segments=tuple(Segment(kind, at, size=100) for at, kind in enumerate(kinds)),
        since=(1, 3, 1, 2),
        sent=3,
        built=9,
        usage=Usage(400, 0, cache_read_tokens=390),
    )
    rows = request_rows(SessionState(model="a/b", context=use))
    assert [row.cached for row in rows] == [True, False, False, False]
    assert [row.sent for row in rows] == [3, 1, 3, 2]
