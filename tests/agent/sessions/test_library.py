"""The list of sessions."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from goose_agent.errors import UnknownSession
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore, StoredEvent


def add(library: Library, session_id: str, when: int, **summary: object) -> None:
    path = library.path(session_id)
    known = {
        "title": session_id, "folder": "/work", "model": "a/b", "state": "done", "messages": 2,
        **summary,
    }  # fmt: skip
    with closing(SessionStore(path, write=True)) as store:
        store.append([StoredEvent(1, "notice", 0, b"{}")], summary=known, synced=False)
    os.utime(path, (when, when))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "sessions")


def test_where_there_is_nothing_nothing_is_listed(library: Library) -> None:
    assert library.entries() == []
    with pytest.raises(UnknownSession):
        library.last()


def test_the_one_used_last_comes_first(library: Library) -> None:
    add(library, "s-b", 100)
    add(library, "s-a", 300, cost=0.5)
    add(library, "s-c", 200, state="waiting")
    assert [(e.session_id, e.state, e.cost) for e in library.entries()] == [
        ("s-a", "done", 0.5),
        ("s-c", "waiting", None),
        ("s-b", "done", None),
    ]
    assert library.last() == "s-a"


def test_a_session_that_is_being_written_counts_by_its_log(library: Library) -> None:
    add(library, "s-a", 4_000_000_000)
    add(library, "s-b", 100, state="open")
    assert library.last() == "s-a"
    with closing(SessionStore(library.path("s-b"), write=True)) as store:
        store.append([StoredEvent(2, "notice", 0, b"{}")], synced=False)
        log = library.path("s-b").with_name("s-b.db-wal")
        os.utime(log, (4_100_000_000, 4_100_000_000))
        first = library.entries()[0]
        assert (first.session_id, first.state) == ("s-b", "running")


def test_one_whose_process_died_while_it_worked_was_interrupted(library: Library) -> None:
    add(library, "s-a", 100, state="open")
    assert [entry.state for entry in library.entries()] == ["interrupted"]


def test_the_last_one_is_looked_for_in_its_folder(library: Library) -> None:
    add(library, "s-a", 300, folder="/other")
    add(library, "s-b", 200)
    add(library, "s-c", 250, folder="/tour", opened_in="/elsewhere")
    add(library, "s-d", 400, messages=0)
    assert library.last(Path("/work")) == "s-b"
    assert library.last(Path("/elsewhere")) == "s-c"
    with pytest.raises(UnknownSession, match="/nowhere"):
        library.last(Path("/nowhere"))


def test_damaged_and_empty_ones_do_not_hide_the_others(library: Library) -> None:
    add(library, "s-a", 100)
    library.path("s-broken").write_bytes(b"junk" * 999)
    SessionStore(library.path("s-empty"), write=True).close()
    assert {e.session_id: e.state for e in library.entries()} == {
        "s-a": "done",
        "s-broken": "damaged",
    }
    assert library.last() == "s-a"


def test_a_session_is_found_by_what_a_person_may_type(library: Library) -> None:
    add(library, "s-abc1", 100, title="Fix the parser")
    add(library, "s-abc2", 200, title="Fix the lexer")
    add(library, "s-xyz", 300, title="Fix the lexer")
    assert library.find("s-abc1") == "s-abc1"
    assert library.find("s-x") == "s-xyz"
    assert library.find("Fix the parser") == "s-abc1"


@pytest.mark.parametrize("wanted", ["s-abc", "Fix the lexer", "s-abc3", "", "../s-abc1", "s-ab%"])
def test_what_is_not_one_session_is_unknown(library: Library, wanted: str) -> None:
    add(library, "s-abc1", 100, title="Fix the lexer")
    add(library, "s-abc2", 200, title="Fix the lexer")
    with pytest.raises(UnknownSession):
        library.find(wanted)


def test_the_nearest_are_named(library: Library) -> None:
    add(library, "s-abc1", 100)
    add(library, "s-abc2", 200)
    with pytest.raises(UnknownSession) as raised:
        library.find("s-abc")
    assert raised.value.hint == "Nearest: s-abc1, s-abc2."
