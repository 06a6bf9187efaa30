"""Checks after an edit: commands that a person set for files of a name, such as a linter."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.tools import process
from goose_agent.tools.globs import compile_glob
from goose_agent.tools.output import Capture
from goose_agent.tools.shell import shell_words
from goose_agent.tools.tool import CallContext

__all__ = ["Check", "findings"]

_SECONDS = 30
"""How long one may take."""
_LINES, _BYTES = 60, 4000
"""Of what one says, at most."""


class Check(Struct, frozen=True):
    """A command and the files that it is for."""

    files: str
    """A pattern, such as `*.py` or `src/**/*.ts`."""
    command: str
    """For a shell; `{file}` in it is the file."""


async def findings(checks: Sequence[Check], path: Path, call: CallContext) -> str:
    """What checks find in a file that was just changed; empty where all is well.

    Args:
        checks: all there are.
        path: of the file.
        call: that changed it.
    """
    shown = call.workspace.shown(path)
    said = [
        await _run(check, path, call)
        for check in checks
        if compile_glob(check.files).fullmatch(shown)
    ]
    return "\n".join(filter(None, said))


async def _run(check: Check, path: Path, call: CallContext) -> str:
    command = check.command.replace("{file}", shlex.quote(str(path)))
    capture = Capture()
    try:
        ended = await process.run(
            shell_words(command, call.environ),
            folder=call.workspace.folder,
            environ=call.environ,
            seconds=_SECONDS,
            capture=capture,
            progress=call.progress,
        )
    except OSError as error:
        return f"[{command} could not be started: {error.strerror or error}]"
    if ended.exit_code == 0:
        return ""
    if ended.exit_code is None:
        return f"[{command} took longer than {_SECONDS} seconds and was stopped]"
    text = capture.for_model(_LINES, _BYTES).rstrip("\n")
    return f"[{command} says, exit code {ended.exit_code}:]\n{text or '(nothing)'}"
