"""The tools that read and change files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
from msgspec import Struct

from goose_agent.events import Preview
from goose_agent.evolve import evolve
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.edits import replace_text
from goose_agent.tools.hunks import compose, split
from goose_agent.tools.output import MODEL_BYTES, MODEL_LINES, human_size
from goose_agent.tools.picture_file import BrokenPicture, PictureFile, picture_of
from goose_agent.tools.places import meant, missing
from goose_agent.tools.text_file import (
    BinaryFile,
    TextFile,
    decode,
    is_binary,
    kind_of,
    read_bytes,
    replace,
)
from goose_agent.tools.tool import (
    Approved,
    CallContext,
    Extension,
    Foreseen,
    ToolFailure,
    ToolOutput,
    Workspace,
    tool,
)

__all__ = ["FileTools"]

_LARGEST = 32 * 2**20
"""Bytes of the largest file that is read or replaced whole."""
_LONGEST_LINE = 2000
"""Characters."""
# Room for the words about what else there is, so that nothing bounds them once more.
_BYTES = MODEL_BYTES - 1000


class _Change(Struct, frozen=True):
    """A change of a file, worked out and not yet made."""

    path: Path
    before: bytes | None
    after: bytes
    place: str = ""
    """Where in the file, in words."""


class FileTools(Extension):
    """Reads and changes files, and knows what the model has seen of them."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, str] = {}
        # One change at a time: two edits of one file may come in one answer.
        self._changing = anyio.Lock()

    @tool(effect="read", paths=("path",), summary="path", basic=True)
    async def read(
        self, call: CallContext, path: str, start: int = 1, lines: int = MODEL_LINES
    ) -> ToolOutput | str:
        """Read a text file, or look at a picture; each line comes after its number and a tab.

        Args:
            call: The running call.
            path: The file.
            start: First line to read, from 1.
            lines: How many lines, at most 2000.
        """
        if start < 1 or lines < 1:
            raise ToolFailure("start and lines must be 1 or more.")
        count = min(lines, MODEL_LINES)
        return await anyio.to_thread.run_sync(self._read, call, path, start, count)

    @tool(effect="edit", paths=("path",), preview="preview_write", summary="path", basic=True)
    async def write(self, call: CallContext, path: str, content: str) -> str:
        """Create a file, or replace the whole content of one that you have read.

        Folders are created as needed. To change part of a file use edit.

        Args:
            call: The running call.
            path: The file.
            content: All of its new content.
        """
        return await self._apply(call, partial(self._plan_write, call.workspace, path, content))

    @tool(effect="edit", paths=("path",), preview="preview_edit", summary="path")
    async def edit(
        self,
        call: CallContext,
        path: str,
        old: str,
        new: str,
        all: bool = False,  # noqa: A002 # the name is the model's, and the plainest
    ) -> str:
        """Replace a piece of text in a file.

        Args:
            call: The running call.
            path: The file.
            old: The text to replace, exactly as in the file, without line numbers. It must be there
                only once: add lines around it if needed.
            new: What to put in its place.
            all: Replace it everywhere.
        """
        return await self._apply(
            call, partial(self._plan_edit, call.workspace, path, old, new, all)
        )

    async def preview_write(self, workspace: Workspace, path: str, content: str) -> Foreseen:
        """The difference it would make."""
        change = await anyio.to_thread.run_sync(self._plan_write, workspace, path, content)
        return await _foreseen(change, workspace, otherwise=content)

    async def preview_edit(
        self,
        workspace: Workspace,
        path: str,
        old: str,
        new: str,
        all: bool = False,  # noqa: A002 # the tool's own name for it
    ) -> Foreseen:
        """The difference it would make."""
        change = await anyio.to_thread.run_sync(self._plan_edit, workspace, path, old, new, all)
        return await _foreseen(change, workspace, otherwise=f"Replace:\n{old}\nwith:\n{new}")

    def _read(self, call: CallContext, path: str, start: int, count: int) -> ToolOutput | str:
        workspace = call.workspace
        target = meant(workspace, path)
        shown = workspace.shown(target)
        data = _load(target, shown)
        if data is None:
            raise ToolFailure(missing(workspace, target))
        if picture := _picture(data, shown):
            if why := call.unseen(picture):
                raise ToolFailure(f"{shown} is a {picture.words}. You cannot be shown it: {why}.")
            return ToolOutput(f"{shown}: {picture.words}.", pictures=(picture,))
        if is_binary(data):
            size = human_size(len(data))
            raise ToolFailure(f"{shown} is not text: {kind_of(data)}, {size}.")
        self._seen[_key(target)] = _fingerprint(data)
        return _numbered(decode(data).text, shown, start, count)

    async def _apply(self, call: CallContext, plan: Callable[[], _Change]) -> str:
        async with self._changing:
            change = await anyio.to_thread.run_sync(plan)
            shown = call.workspace.shown(change.path)
            if call.approved is not None:
                change = await anyio.to_thread.run_sync(_as_approved, change, call.approved, shown)
            if change.before == change.after:
                return f"{shown} has this content already; nothing was changed."
            # A change that was made is recorded, also when the call is cancelled meanwhile.
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._make, change, shown)
                await call.file_changed(change.path, change.before, change.after)
        found = await unified_diff(change.before, change.after, shown)
        verb = "Created" if change.before is None else "Changed"
        return f"{verb} {shown}{change.place} (+{found.added} -{found.removed} lines)."

    def _make(self, change: _Change, shown: str) -> None:
        try:
            Path(os.path.realpath(change.path)).parent.mkdir(parents=True, exist_ok=True)
            replace(change.path, change.after)
        except OSError as error:
            raise ToolFailure(f"{shown} cannot be written: {_reason(error)}.") from error
        except RecursionError:  # folders are made from the innermost on
            raise ToolFailure(f"{shown} lies in too many folders: nothing was written.") from None
        key = _key(change.path)
        if change.before is None or not change.place or key in self._seen:
            # Who replaced a piece without having read the file has still not read it.
            self._seen[key] = _fingerprint(change.after)

    def _plan_write(self, workspace: Workspace, path: str, content: str) -> _Change:
        target = meant(workspace, path)
        shown = workspace.shown(target)
        before = _load(target, shown)
        if before is None:
            return _Change(target, None, content.encode())
        self._require_fresh(target, shown, before)
        if before and _key(target) not in self._seen:
            raise ToolFailure(
                f"{shown} exists and you have not read it, so nothing was written. "
                "Read it first, or use edit to change part of it."
            )
        return _Change(target, before, _written_alike(content, before))

    def _plan_edit(
        self, workspace: Workspace, path: str, old: str, new: str, every: bool
    ) -> _Change:
        target = meant(workspace, path)
        shown = workspace.shown(target)
        before = _load(target, shown)
        if before is None:
            raise ToolFailure(missing(workspace, target))
        self._require_fresh(target, shown, before)
        try:
            found = replace_text(decode(before), old, new, every)
            after = found.file.encode()
        except BinaryFile:
            raise ToolFailure(f"{shown} is not text: {kind_of(before)}.") from None
        except UnicodeEncodeError as error:
            character = error.object[error.start : error.start + 1]
            raise ToolFailure(
                f"{shown} is not in UTF-8 and its encoding has no {character!r}; nothing was changed."
            ) from None
        lines = ", ".join(map(str, found.lines[:10])) + (", …" if len(found.lines) > 10 else "")
        word = "line" if len(found.lines) == 1 else f"{len(found.lines)} places, lines"
        return _Change(target, before, after, f" at {word} {lines}")

    def _require_fresh(self, target: Path, shown: str, data: bytes) -> None:
        seen = self._seen.get(_key(target))
        if seen and seen != _fingerprint(data):
            raise ToolFailure(
                f"{shown} was changed since you read it, so nothing was written. Read it again."
            )


def _picture(data: bytes, shown: str) -> PictureFile | None:
    try:
        return picture_of(data, shown)
    except BrokenPicture as error:
        raise ToolFailure(f"{shown} {error}.") from None


async def _foreseen(change: _Change, workspace: Workspace, otherwise: str) -> Foreseen:
    shown = workspace.shown(change.path)
    if change.before == change.after:
        text = "The file has this content already; nothing would change."
        return Foreseen(Preview("text", text, shown))
    found = await unified_diff(change.before, change.after, shown)
    if not found.text:
        return Foreseen(Preview("text", otherwise, shown))
    hunks = await anyio.to_thread.run_sync(split, change.before, change.after)
    return Foreseen(Preview("diff", found.text, shown), tuple(hunk.text for hunk in hunks))


def _as_approved(change: _Change, approved: Approved, shown: str) -> _Change:
    """The change as far as a person allowed it.

    Raises:
        ToolFailure: the file is not what they saw.
    """
    seen = approved.files.get(_key(change.path))
    if seen != ("" if change.before is None else _fingerprint(change.before)):
        raise ToolFailure(
            f"{shown} was changed after the person allowed this, so nothing was written. "
            "Read it again."
        )
    if approved.hunks is None or change.before is None:
        return change
    try:
        return evolve(change, after=compose(change.before, change.after, approved.hunks))
    except ValueError:
        raise ToolFailure(f"{shown} differs in other places now; nothing was written.") from None


def _key(path: Path) -> str:
    """One file is one file, by whatever name."""
    return os.path.realpath(path)


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _load(target: Path, shown: str) -> bytes | None:
    """The content of a file; None where there is none.

    Raises:
        ToolFailure: there is something else, or it cannot be read.
    """
    try:
        if target.is_dir():
            raise ToolFailure(f"{shown} is a folder. Use tree to see what is in it.")
        data = read_bytes(target, _LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolFailure(f"{shown} cannot be read: {_reason(error)}.") from error
    if len(data) > _LARGEST:
        limit = human_size(_LARGEST)
        raise ToolFailure(f"{shown} is larger than {limit}. Use grep, or `sed -n` in the shell.")
    return data


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _written_alike(content: str, before: bytes) -> bytes:
    """New content in the encoding and with the line ends of the file it replaces."""
    try:
        file = decode(before)
    except BinaryFile:
        return content.encode()
    if file.line_end == "\r\n" and "\r" not in content:
        content = content.replace("\n", "\r\n")
    try:
        return file.with_text(content).encode()
    except UnicodeEncodeError:
        return TextFile(content).encode()


def _numbered(text: str, shown: str, start: int, count: int) -> str:
    """Lines after their numbers, as many as a model may read at once."""
    if not text:
        return f"({shown} is empty)"
    lines = text.removesuffix("\n").split("\n")
    if start > len(lines):
        raise ToolFailure(f"{shown} has only {len(lines)} lines.")
    rows: list[str] = []
    size = 0
    for number, line in enumerate(lines[start - 1 : start - 1 + count], start):
        row = f"{number}\t{_cut(line.rstrip(chr(13)))}"
        size += len(row.encode("utf-8", "replace")) + 1
        if size > _BYTES and rows:
            break
        rows.append(row)
    last = start + len(rows) - 1
    if last < len(lines):
        rows.append(f"[lines {start} to {last} of {len(lines)}; go on with start={last + 1}]")
    return "\n".join(rows)


def _cut(line: str) -> str:
    if len(line) <= _LONGEST_LINE:
        return line
    return f"{line[:_LONGEST_LINE]} [… {len(line) - _LONGEST_LINE} more characters]"
