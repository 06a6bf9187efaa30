"""Which path a model means, and what to tell it where nothing is there."""

from __future__ import annotations

import difflib
import itertools
from pathlib import Path

from goose_agent.tools.tool import ToolFailure, Workspace
from goose_agent.tools.walk import Walk

__all__ = ["meant", "missing"]

_NAMES = 5000
"""Names in a folder that are compared, at most."""
_SEARCHED = 5000
"""Files of the workspace that are looked at for the same name, at most."""


def meant(workspace: Workspace, path: str) -> Path:
    """The absolute path a model means.

    Raises:
        ToolFailure: it cannot be a path.
    """
    if not path.strip():
        raise ToolFailure("The path is empty.")
    try:
        return workspace.resolve(path)
    except RuntimeError:  # `~name` of somebody who does not exist
        raise ToolFailure(f"There is no home folder for {path}.") from None


def missing(workspace: Workspace, path: Path) -> str:
    """Says that there is no such file, and what there is that may have been meant."""
    shown = workspace.shown(path)
    folder = path.parent
    try:
        others = itertools.islice(folder.iterdir(), _NAMES)
        names = sorted(other.name for other in others if not workspace.hides(str(other)))
    except OSError:
        said = f"{shown} does not exist, nor does the folder {workspace.shown(folder)}."
        names = []
    else:
        said = f"{shown} does not exist."
    near = [workspace.shown(folder / name) for name in _alike(path.name, names)]
    near += [name for name in _elsewhere(workspace, path.name) if name not in near]
    return f"{said} Did you mean {' or '.join(near[:4])}?" if near else said


def _alike(name: str, names: list[str]) -> list[str]:
    folded = {other.lower(): other for other in names}
    close = difflib.get_close_matches(name.lower(), folded, n=3, cutoff=0.7)
    return [folded[other] for other in close]


def _elsewhere(workspace: Workspace, name: str) -> list[str]:
    """Files of this very name in the working folder."""
    walk = Walk(workspace.folder, hides=workspace.hides, limit=_SEARCHED)
    found = (item.path for item in walk if item.entry.name == name and not item.is_folder)
    return list(itertools.islice(found, 3))
