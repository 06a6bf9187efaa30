"""Sessions and their forks as a tree."""

from __future__ import annotations

from goose_agent.sessions.library import SessionEntry
from goose_tui.view.branches import branch_title, tree_of


def entry(name: str, parent: str = "", at: int = 0, branch: str = "") -> SessionEntry:
    return SessionEntry(
        name,
        "a talk",
        "/work",
        "m",
        None,
        "done",
        "",
        1,
        parent=parent,
        forked_at=at,
        branch=branch,
    )


def drawn(*entries: SessionEntry) -> list[tuple[str, int]]:
    return [(placed.entry.session_id, placed.depth) for placed in tree_of(entries)]


def test_forks_stand_below_what_they_were_forked_from() -> None:
    found = drawn(
        entry("s-4", "s-2"), entry("s-9"), entry("s-1"), entry("s-2", "s-1"), entry("s-3", "s-1")
    )
    assert found == [("s-1", 0), ("s-2", 1), ("s-4", 2), ("s-3", 1), ("s-9", 0)]


def test_a_fork_stands_alone_where_its_parent_is_not_listed() -> None:
    assert drawn(entry("s-2", "s-1"), entry("s-3", "s-2")) == [("s-2", 0), ("s-3", 1)]


def test_records_that_name_each_other_are_all_listed() -> None:
    found = drawn(entry("s-1", "s-2"), entry("s-2", "s-1"), entry("s-3", "s-3"))
    assert sorted(name for name, _ in found) == ["s-1", "s-2", "s-3"]


def test_a_thousand_forks_of_forks_do_not_leave_the_screen() -> None:
    chain = [entry("s-0000"), *(entry(f"s-{at:04}", f"s-{at - 1:04}") for at in range(1, 1000))]
    assert max(depth for _, depth in drawn(*chain)) == 8


def test_a_fork_is_called_by_what_tells_it_from_its_parent() -> None:
    parent = entry("s-1")
    fork = entry("s-2", "s-1", 120, "another way")
    assert branch_title(parent, None) == "a talk"
    assert branch_title(fork, parent) == "@120 another way"
    assert branch_title(fork, None) == "@120 a talk · another way"
