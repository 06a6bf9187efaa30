"""What became of the files of a session: every change of each, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from goose_agent.events.changes import BaselineTaken
from goose_agent.events.envelope import Event
from goose_agent.events.tools import ChangeOrigin, FileChanged

__all__ = ["Baseline", "Edit", "FileHistory", "NetChange", "net_changes"]


class Edit(Struct, frozen=True):
    """One change of one file."""

    seq: int
    turn: int
    call_id: str
    origin: ChangeOrigin
    before: str
    """sha256 of the content; empty where there was no file, or its content is not kept."""
    after: str
    known: bool
    """Whether both contents are known."""


class Baseline(Struct, frozen=True):
    """How the files below a folder stood when the session was opened."""

    commit: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """sha256 of the content of each file that differed from the commit, by its absolute path."""
    deleted: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()


class FileHistory(Struct, frozen=True):
    """All that is on record about the project's files."""

    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    """By absolute path, in the order of the first change of each."""
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    """By the folder they are about; the last one of each."""

    def changed(self, event: Event, data: FileChanged) -> FileHistory:
        """With one more change."""
        edit = Edit(
            event.seq,
            event.turn,
            data.call_id,
            data.origin,
            event.blobs.get("before", ""),
            event.blobs.get("after", ""),
            data.known,
        )
        before = self.edits.get(data.path, ())
        return FileHistory({**self.edits, data.path: (*before, edit)}, self.baselines)

    def noted(self, event: Event, data: BaselineTaken) -> FileHistory:
        """With how the files of a folder stand now."""
        baseline = Baseline(
            data.commit, dict(event.blobs), frozenset(data.deleted), frozenset(data.unknown)
        )
        return FileHistory(self.edits, {**self.baselines, data.root: baseline})


class NetChange(Struct, frozen=True):
    """What the changes of one file come to."""

    path: str
    before: str
    """sha256 of the content; empty where there was no file, or its content is not known."""
    after: str
    known: bool
    """Whether both contents are known."""
    origins: tuple[ChangeOrigin, ...]
    """Each once, the first one first."""


def net_changes(history: FileHistory, since: int = 0) -> tuple[NetChange, ...]:
    """What changed, a file each; what came back to what it was is left out.

    Args:
        history: what is on record.
        since: the first turn that counts; 0 for all.
    """
    found = (
        _net(path, tuple(edit for edit in edits if edit.turn >= since))
        for path, edits in history.edits.items()
    )
    return tuple(net for net in found if net is not None)


def _net(path: str, edits: tuple[Edit, ...]) -> NetChange | None:
    if not edits:
        return None
    first, last = edits[0], edits[-1]
    known = first.known and last.known
    if known and first.before == last.after:
        return None
    origins = tuple(dict.fromkeys(edit.origin for edit in edits))
    return NetChange(path, first.before, last.after, known, origins)
