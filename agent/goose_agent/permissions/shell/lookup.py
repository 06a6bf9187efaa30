"""Which file a command's name stands for, and whether the workspace brought it along."""

from __future__ import annotations

import os
from pathlib import Path

from goose_agent.permissions.paths import Roots
from goose_agent.permissions.shell.effects import Unproven

__all__ = ["check_program"]

_BUILTINS = frozenset("cd echo printf test [ command true false : pwd type".split())


def check_program(name: str, search_path: str, roots: Roots) -> None:
    """See to it that a name stands for a program of the machine, not for one of the workspace.

    Args:
        name: of a program, without a folder.
        search_path: the PATH that the command will have.
        roots: the folders of the workspace.

    Raises:
        Unproven: the workspace may decide what runs.
    """
    if name in _BUILTINS:
        return
    for folder in search_path.split(os.pathsep):
        if not folder.startswith("/"):
            raise Unproven("the search path has a folder that depends on where a command runs")
        program = Path(folder, name)
        if os.access(program, os.X_OK) and not program.is_dir():
            for place in (program, Path(os.path.realpath(program))):
                if roots.relative(place) is not None:
                    raise Unproven(f"`{name}` is a program of the workspace")
            return
