"""Hint files in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goose_agent.events import HintScope, HintsRead

__all__ = ["SCOPES", "hints_line"]

SCOPES: dict[HintScope, str] = {
    "global": "yours",
    "project": "project",
    "nested": "folder",
}


def hints_line(data: HintsRead) -> str:
    """What was read of a hint file, in a line; not cleaned."""
    from goose_tui.view.numbers import byte_count  # lines without hints do without Rich

    if not data.text:
        return f"hints {data.name}: {'not read' if data.change == 'new' else 'gone'}"
    changed = " has changed:" if data.change == "changed" else ""
    count = len(data.imports)
    more = f" with {count} import{'' if count == 1 else 's'}" if count else ""
    return f"hints {data.name}{changed} {byte_count(len(data.text.encode()))}{more}"
