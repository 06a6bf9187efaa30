"""How the files of a folder stand, so that later changes of commands can be told from them."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from goose_agent.changes.contents import MOST, read_content
from goose_agent.changes.git import Git
from goose_agent.events import BaselineTaken
from goose_agent.sessions.store import StoredBlob

__all__ = ["TakenBaseline", "take_baseline"]


class TakenBaseline(Struct, frozen=True):
    """What there is to record."""

    event: BaselineTaken
    blobs: dict[str, StoredBlob]


def take_baseline(git: Git, root: Path) -> TakenBaseline | None:
    """Look at a folder; None where git knows nothing of it. Blocks: call it in a thread.

    Args:
        git: asked about the folder.
        root: the folder, absolute.
    """
    standing = git.standing()
    if standing is None:
        return None
    blobs: dict[str, StoredBlob] = {}
    unknown = []
    for name in standing.present:
        path = root / name
        try:
            data = read_content(path) if len(blobs) < MOST else None
        except FileNotFoundError:
            continue
        if data is None:
            unknown.append(str(path))
        else:
            blobs[str(path)] = StoredBlob.of(data)
    deleted = tuple(str(root / name) for name in standing.deleted)
    event = BaselineTaken(str(root), git.commit(), deleted, tuple(unknown))
    return TakenBaseline(event, blobs)
