"""`goose-tui sessions search`: words in all sessions, each with the place where it stands."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from goose_agent.sessions.index import Hit
from goose_agent.sessions.library import Library
from goose_tui.cli.output import note, say, say_json
from goose_tui.view.untrusted import clean_line

__all__ = ["search"]

_MANY = 50
"""Sessions from which on it is said that they are read."""


def search(library: Library, query: str, *, as_json: bool) -> int:
    """Print what is found; the result is 1 where nothing is."""
    library.take_in_all(_tell if sys.stderr.isatty() else None)
    hits = library.search(query)
    titles = {entry.session_id: entry.title for entry in library.entries()}
    if as_json:
        say_json([_plain(hit, titles.get(hit.session_id, "")) for hit in hits])
    elif hits:
        say("\n".join(_lines(hits, titles)))
    else:
        note(f"No session has {clean_line(query)}.")
    return 0 if hits else 1


def _tell(total: int) -> None:
    if total >= _MANY:
        note(f"Reading {total} sessions for the first time …")


def _plain(hit: Hit, title: str) -> dict[str, object]:
    return {
        "id": hit.session_id,
        "seq": hit.seq,
        "kind": hit.kind,
        "excerpt": hit.excerpt,
        "title": title,
    }


def _lines(hits: Sequence[Hit], titles: dict[str, str]) -> list[str]:
    """The hits below the sessions they are in."""
    lines: list[str] = []
    width = max(len(str(hit.seq)) for hit in hits)
    above = ""
    for hit in hits:
        if hit.session_id != above:
            above = hit.session_id
            title = clean_line(titles.get(above, ""))
            lines += [*([""] if lines else []), f"{above}  {title}".rstrip()]
        lines.append(f"  {hit.seq:>{width}}  {hit.kind:<8}  {clean_line(hit.excerpt)}")
    return lines
