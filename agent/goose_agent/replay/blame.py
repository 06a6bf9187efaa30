"""Which event of a session wrote a line of a file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal

from msgspec import Struct

from goose_agent.errors import UsageError
from goose_agent.replay.recording import Recording
from goose_agent.state.changes import Edit
from goose_agent.state.session_state import SessionState
from goose_agent.tools.diff import grouped, lines_of
from goose_agent.tools.text_file import BinaryFile

__all__ = ["Blamed", "Writer", "blame", "place_named"]

Writer = Edit | Literal["before", "outside", "unknown"]
"""Who wrote a line: a change on record, whoever wrote it before the session began, somebody between
two changes on record, or a change whose content the record does not have."""


class Blamed(Struct, frozen=True):
    """A line and who wrote it."""

    path: str
    """Absolute."""
    line: int
    """From 1."""
    text: str
    writer: Writer


def place_named(text: str) -> tuple[str, int]:
    """The path and the line of `PATH:LINE`.

    Raises:
        UsageError: it is not of that form.
    """
    path, _, line = text.rpartition(":")
    if not path or not line.isdecimal() or not int(line[:9]) > 0:
        raise UsageError(f"{text} names no line.", "Name it as PATH:LINE, such as src/a.py:12.")
    return path, int(line[:9])


def blame(recording: Recording, path: str, line: int, place: int | None = None) -> Blamed:
    """Who wrote a line, as the file was after an event. Blocks.

    Args:
        recording: a session.
        path: absolute, or from one of the session's folders on.
        line: from 1.
        place: of that event; None for the last one.

    Raises:
        UsageError: the session did not change this file, or it has no such line.
        StoreError: the record cannot be read.
    """
    state = recording.state_at(len(recording) - 1 if place is None else place)
    known = _path_of(state, path)
    texts, writers = _written(recording, state.files.edits[known])
    if line > len(texts):
        raise UsageError(f"{known} has {len(texts)} lines there.", "Name one of them.")
    return Blamed(known, line, texts[line - 1].rstrip("\r\n"), writers[line - 1])


def _path_of(state: SessionState, path: str) -> str:
    edits = state.files.edits
    for folder in (state.folder, *state.roots):
        meant = str(PurePosixPath(folder) / path)
        if meant in edits:
            return meant
    ends = [known for known in edits if known.endswith(f"/{path.lstrip('./')}")]
    if len(ends) == 1:
        return ends[0]
    changed = ", ".join(known.removeprefix(f"{state.folder}/") for known in list(edits)[:5])
    raise UsageError(
        f"No change of {path} is on record up to there.",
        f"Changed were: {changed}." if changed else "No file was changed.",
    )


def _written(recording: Recording, edits: tuple[Edit, ...]) -> tuple[list[str], list[Writer]]:
    """The lines after all these changes, and the writer of each."""
    texts: list[str] = []
    writers: list[Writer] = []
    came = ""
    """sha256 of the content that the lines are of."""
    sure = False
    for edit in edits:
        if not edit.known:
            sure = False
            continue
        before, after = _lines(recording, edit.before), _lines(recording, edit.after)
        if not sure:
            first = edit is edits[0]
            texts, writers = before, ["before" if first else "unknown"] * len(before)
        elif edit.before != came:
            writers = _follow(texts, before, writers, "outside")
        writers = _follow(before, after, writers, edit)
        texts, came, sure = after, edit.after, True
    if not sure:
        raise UsageError("The content of the last change is not on record.", "Name another line.")
    return texts, writers


def _lines(recording: Recording, sha: str) -> list[str]:
    content = recording.blob(sha) if sha else b""
    if content is None:
        raise UsageError("The content of a change is missing from the record.", "It is damaged.")
    try:
        return lines_of(content)
    except BinaryFile:
        raise UsageError("That file is no text.", "Name another one.") from None


def _follow(old: list[str], new: list[str], writers: list[Writer], writer: Writer) -> list[Writer]:
    """The writers of the new lines: of what was changed it is the one given."""
    groups = grouped(old, new)
    if groups is None:  # too much differs to be compared
        return [writer] * len(new)
    found: list[Writer] = []
    place = 0
    for a, b, c, d in (change for group in groups for change in group):
        found += writers[place:a]
        found += [writer] * (d - c)
        place = b
    return found + writers[place:]
