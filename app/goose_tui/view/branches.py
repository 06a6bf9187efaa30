"""Sessions and their forks as a tree: each fork stands below the session it was forked from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from goose_agent.sessions.library import SessionEntry

__all__ = ["Placed", "branch_title", "tree_of"]

_DEEPEST = 8
"""Steps to the right, at most: deeper forks stand as far as these."""


class Placed(Struct, frozen=True):
    """A session and where it stands."""

    entry: SessionEntry
    depth: int
    """How far below the one that all of its tree goes back to."""
    parent: SessionEntry | None = None
    """The session above that it was forked from, where it is listed."""


def tree_of(entries: Sequence[SessionEntry]) -> list[Placed]:
    """The sessions with their forks below them, a tree where its first one comes, forks in their order.

    Args:
        entries: in their order.
    """
    known = {entry.session_id: entry for entry in entries}
    children: dict[str, list[SessionEntry]] = {}
    for entry in entries:
        children.setdefault(entry.parent if entry.parent in known else "", []).append(entry)
    placed: dict[str, Placed] = {}

    def place(entry: SessionEntry) -> None:
        """Place a session and all below it."""
        waiting = [(entry, 0)]
        while waiting:
            each, depth = waiting.pop()
            if each.session_id in placed:
                continue
            above = known.get(each.parent) if depth else None
            placed[each.session_id] = Placed(each, min(depth, _DEEPEST), above)
            below = sorted(children.get(each.session_id, ()), key=_begun, reverse=True)
            waiting += [(child, depth + 1) for child in below]

    for entry in entries:
        place(_root(entry, known))
    return list(placed.values())


def _root(entry: SessionEntry, known: dict[str, SessionEntry]) -> SessionEntry:
    """What a session goes back to, as far as it is listed."""
    seen = {entry.session_id}
    while (parent := known.get(entry.parent)) is not None and parent.session_id not in seen:
        seen.add(parent.session_id)
        entry = parent
    return entry


def _begun(entry: SessionEntry) -> str:
    return entry.session_id  # ids sort by the time they were made


def branch_title(entry: SessionEntry, parent: SessionEntry | None) -> str:
    """What a session is called in a list: a fork by what tells it from its parent.

    Args:
        entry: the session.
        parent: the one it stands below; None where it stands alone.
    """
    if not entry.parent:
        return entry.title
    own = "" if parent is not None and parent.title == entry.title else entry.title
    words = " · ".join(_filled((own, entry.branch)))
    return f"@{entry.forked_at} {words}".rstrip()


def _filled(words: Iterable[str]) -> Iterable[str]:
    return (word for word in dict.fromkeys(words) if word)
