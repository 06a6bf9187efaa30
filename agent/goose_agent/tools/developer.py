"""The extension for working on code: commands, files and searching."""

from __future__ import annotations

from collections.abc import Sequence

from goose_agent.tools.after_edit import Check
from goose_agent.tools.output import KEEP
from goose_agent.tools.patches import PatchTools
from goose_agent.tools.search import SearchTools
from goose_agent.tools.shell import ShellTools

__all__ = ["Developer"]

_PROMPT = """\
Paths are relative to the working folder. Use read, grep, glob and tree to look at files and edit or
write to change them, rather than the shell: they keep line ends and modes, and their effect can be
shown before it happens. Commands have no terminal and no input: pass flags that keep programs from
asking (`--yes`, `-m`). After a change, run the project's tests or linter if it has some."""


class Developer(ShellTools, PatchTools, SearchTools):
    """Runs commands, reads and changes files, and searches in them.

    Args:
        keep: bytes kept of the start of a command's output, and as many of its end.
        checks: commands that look at files after an edit.
    """

    name = "developer"

    def __init__(self, *, keep: int = KEEP, checks: Sequence[Check] = ()) -> None:
        super().__init__(keep=keep)
        self.checks = checks

    def prompt(self) -> str:
        """How these tools go together."""
        return _PROMPT
