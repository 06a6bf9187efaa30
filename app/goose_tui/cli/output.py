"""What commands write: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from goose_agent.characters import find_hidden
from goose_agent.errors import GooseError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["complain", "note", "quiet_pipes", "say", "say_json", "table"]


def say(text: str) -> None:
    """A result."""
    print(text, flush=True)


def say_json(value: object) -> None:
    """A result, for programs; what a terminal would obey is written as an escape of JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    pieces: list[str] = []
    at = 0
    for span in find_hidden(text):
        pieces += text[at : span.start], json.dumps(text[span.start : span.stop])[1:-1]
        at = span.stop
    say("".join([*pieces, text[at:]]))


def note(text: str) -> None:
    """Something that is not a result; where nobody reads it, it is lost."""
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)


def complain(error: GooseError) -> int:
    """Say what went wrong and what to do next; the result is the exit status."""
    note(f"goose-tui: {' '.join(str(error).split())}")
    return error.exit_code


def table(rows: Sequence[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """Rows in columns that line up, two spaces apart.

    Args:
        rows: cells, the same number in each row.
        right: columns that are aligned to the right, from 0.
    """
    from rich.cells import cell_len  # only tables need to know how wide letters are

    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
            room = " " * (width - cell_len(cell))
            cells.append(room + cell if at in right else cell + room)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


@contextmanager
def quiet_pipes() -> Iterator[None]:
    """Let a reader that went away, such as `head`, be no error; and any text be writable."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail once more when the interpreter ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
