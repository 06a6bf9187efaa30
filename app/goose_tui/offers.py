"""What the palette offers: every key of the table, every mode and effort, every command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from goose_agent.commands import SetEffort
from goose_agent.config.settings import STRICTNESS
from goose_tui.keys import KEYS, written
from goose_tui.slash.table import all_slashes, run_slash
from goose_tui.view.session_words import EFFORTS, MODES

if TYPE_CHECKING:
    from goose_tui.app import GooseApp

__all__ = ["offers"]

_WORDS = 36
"""Columns of what a line of the palette does."""
_NOT_OFFERED = frozenset({"app.palette", "app.chord", "app.interrupt", "app.copy"})
"""Keys that make no sense as a line of the palette."""


def offers(app: GooseApp) -> Iterator[SystemCommand]:
    """The lines of the palette, the keys first."""
    for key in KEYS:
        if key.place in ("anywhere", "after ctrl+x") and key.id not in _NOT_OFFERED:
            words = key.words[0].upper() + key.words[1:].partition(":")[0]
            own = app.keys.get(key.id)
            label = written(own, key.place) if own else key.label
            yield _line(words, label, partial(app.run_action, key.action))
    for mode in STRICTNESS:
        yield _line(f"Mode {mode}", MODES[mode], partial(app.set_mode, mode))
    for effort, words in EFFORTS.items():
        yield _line(f"Effort {effort}", words, partial(app.tell, SetEffort(effort)))
    for slash in all_slashes(app):
        start = f"/{slash.name} "
        write = partial(app.workbench.composer.draft, start)
        run = write if slash.needs_argument else partial(run_slash, app, start, app)
        yield _line(slash.label, slash.words, run)


def _line(words: str, more: str, run: Callable[[], object]) -> SystemCommand:
    """What a line does, and the key or what that means."""
    line = f"{words:<{_WORDS}}{more}"
    return SystemCommand(line.replace("[", r"\["), "", run)  # what stands in brackets is no markup
