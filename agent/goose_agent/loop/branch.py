"""The git branch of a folder."""

from __future__ import annotations

from pathlib import Path

import anyio

__all__ = ["git_branch"]


async def git_branch(folder: Path) -> str:
    """The branch checked out in a folder; empty where git knows of none."""
    try:
        with anyio.fail_after(1):
            done = await anyio.run_process(
                ["git", "-C", str(folder), "branch", "--show-current"], check=False
            )
    except (OSError, TimeoutError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else ""
