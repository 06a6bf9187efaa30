"""Write a text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from anyio import to_thread

__all__ = ["edit_text", "run_editor"]


async def edit_text(text: str) -> str | None:
    """The text as the editor left it; None where the editor failed.

    The terminal must be free: suspend the screen around this.

    Args:
        text: what to start with.
    """
    return await to_thread.run_sync(_edit, text)


def run_editor(path: Path) -> bool:
    """Let the person edit a file; tells whether the editor ended well. Blocks; needs the terminal."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        return subprocess.run([*shlex.split(editor), str(path)], check=False).returncode == 0
    except (OSError, ValueError):  # it is not there, or its quotes do not match
        return False


def _edit(text: str) -> str | None:
    with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        if not run_editor(Path(file.name)):
            return None
        return Path(file.name).read_text(encoding="utf-8", errors="replace").rstrip("\n")
