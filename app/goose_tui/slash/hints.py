"""The command about hint files: which there are, and which of them the model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import ListHints, SwitchHints
from goose_agent.errors import UsageError
from goose_tui.slash.command import Face, Report, Slash
from goose_tui.view.hints import SCOPES

if TYPE_CHECKING:
    from goose_agent.events import ListedHint

__all__ = ["HINTS", "NO_HINTS", "hints_report"]

NO_HINTS = "There are none. Write AGENTS.md or .goosehints into the project: docs/hints.md."


def hints_report(hints: Sequence[ListedHint]) -> Report:
    """The hint files of a session, each with its size and whether the model reads it."""
    rows = tuple((f"{at} {hint.name}", _about(hint)) for at, hint in enumerate(hints, 1))
    foot = "Switch one with /hints on or off and its number." if rows else NO_HINTS
    return Report("Hints", rows, foot)


def _about(hint: ListedHint) -> str:
    from goose_tui.view.numbers import byte_count

    words = [SCOPES[hint.scope], byte_count(hint.size), "on" if hint.on else "off"]
    if hint.imports:
        words.append(f"imports {', '.join(hint.imports)}")
    return "; ".join([", ".join(words), *hint.problems])


def _hints(face: Face, argument: str) -> None:
    """The face shows the hint files when `hints.listed` comes."""
    if not argument:
        face.tell(ListHints())
        return
    word, _, hint = argument.partition(" ")
    if word not in ("on", "off") or not hint.strip():
        raise UsageError("/hints: on or off, and the number of a hint file.")
    face.tell(SwitchHints(hint.strip(), word == "on"))


HINTS = Slash("hints", "[on|off N]", "what AGENTS.md and .goosehints tell the model", _hints)
