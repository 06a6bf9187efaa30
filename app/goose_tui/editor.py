"""Write a text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from anyio import to_thread

__all__ = ["edit_text"]


async def edit_text(text: str) -> str | None:
    """The text as the editor left it; None where the editor failed.

    The terminal must be free: suspend the screen around this.

    Args:
        text: what to start with.
    """
    return await to_thread.run_sync(_edit, text)


def _edit(text: str) -> str | None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        try:
            done = subprocess.run([*shlex.split(editor), file.name], check=False)
        except (OSError, ValueError):  # it is not there, or its quotes do not match
            return None
        if done.returncode:
            return None
        return Path(file.name).read_text(encoding="utf-8", errors="replace").rstrip("\n")
