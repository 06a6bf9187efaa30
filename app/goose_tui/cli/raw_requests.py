"""`goose-tui doctor --requests`: the raw requests that were kept, and what came back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goose_agent.providers.request_files import kept_requests
from goose_tui.cli.output import note, say, say_json, table
from goose_tui.view.numbers import byte_count
from goose_tui.view.untrusted import clean_line

__all__ = ["tell_requests"]


def tell_requests(folder: Path, *, as_json: bool) -> None:
    """Write them down, the oldest first.

    Args:
        folder: where they are kept.
        as_json: whole; otherwise a line each.
    """
    found = kept_requests(folder)
    if as_json:
        say_json([{"file": str(path), **value} for path, value in found])
    elif not found:
        note("goose-tui: No requests are kept. Run with --debug to keep the last ones.")
    else:
        head = ("AT", "STATUS", "SENT", "CAME", "URL", "FILE")
        say(table([head, *(_row(path, value) for path, value in found)], frozenset({1, 2, 3})))
        note("Whole: goose-tui doctor --requests --output json")


def _row(path: Path, value: dict[str, Any]) -> tuple[str, ...]:
    answer = value.get("answer")
    status, size = "-", "-"
    if isinstance(answer, dict):
        status, size = str(answer.get("status")), _size(answer)
    cells = (str(value.get("at"))[:19], status, _size(value), size, value.get("url"), path)
    return tuple(clean_line(str(cell)) for cell in cells)


def _size(value: dict[str, Any]) -> str:
    size = value.get("size")
    return byte_count(size) if isinstance(size, int) else "-"
