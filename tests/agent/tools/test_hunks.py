"""A change taken apart into hunks, and put together from some of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.tools.diff import compare, lines_of
from goose_agent.tools.hunks import compose, split

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "é", "x\r"]), max_size=60)
ENDS = st.sampled_from(["", "\n"])
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, ENDS).map(str.encode)


@given(TEXTS, TEXTS)
def test_all_hunks_are_the_change_and_none_are_nothing(before: bytes, after: bytes) -> None:
    hunks = split(before, after)
    if hunks:
        assert compose(before, after, {hunk.number for hunk in hunks}) == after
        assert compose(before, after, ()) == before


@given(TEXTS, TEXTS, st.data())
def test_some_hunks_change_as_many_lines_as_they_say(
    before: bytes, after: bytes, data: st.DataObject
) -> None:
    hunks = split(before, after)
    chosen = {hunk.number for hunk in hunks if data.draw(st.booleans())}
    if hunks:
        between = compose(before, after, chosen)
        added = sum(hunk.added for hunk in hunks if hunk.number in chosen)
        removed = sum(hunk.removed for hunk in hunks if hunk.number in chosen)
        grown = len(lines_of(between)) - len(lines_of(before))
        assert grown == added - removed


def test_hunks_together_are_the_diff() -> None:
    before = "".join(f"{number}\n" for number in range(50)).encode()
    after = before.replace(b"5\n", b"five\n", 1).replace(b"\n40\n", b"\n")
    text = "".join(hunk.text for hunk in split(before, after))
    assert compare(before, after, "x").text.split("\n", 2)[2] == text


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, b"x\n"), (b"x\n", None), (b"\0\1", b"\0\2"), ("é".encode("latin-1"), "é".encode())],
)
def test_what_comes_as_a_whole_has_no_hunks(before: bytes | None, after: bytes | None) -> None:
    assert split(before, after) == ()


def test_a_hunk_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no such hunk"):
        compose(b"a\n", b"b\n", {1})


def test_encoding_and_mark_are_kept() -> None:
    before, after = "\ufeffä\n".encode("utf-16-le"), "\ufeffö\n".encode("utf-16-le")
    assert compose(before, after, {0}) == after
