"""The tools that read and change files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import anyio

from goose_agent.tools.after_edit import Check, findings
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.edits import replace_text
from goose_agent.tools.file_change import (
    FileChange,
    FileThere,
    Replacement,
    as_approved,
    fingerprint,
    foreseen,
    load,
    reason_of,
)
from goose_agent.tools.output import MODEL_BYTES, MODEL_LINES, human_size
from goose_agent.tools.picture_file import BrokenPicture, PictureFile, picture_of
from goose_agent.tools.places import meant, missing
from goose_agent.tools.text_file import (
    BinaryFile,
    TextFile,
    decode,
    is_binary,
    kind_of,
    replace,
)
from goose_agent.tools.tool import (
    CallContext,
    Extension,
    Foreseen,
    ToolFailure,
    ToolOutput,
    Workspace,
    tool,
)

__all__ = ["FileTools"]

_LONGEST_LINE = 2000
"""Characters."""
# Room for the words about what else there is, so that nothing bounds them once more.
_BYTES = MODEL_BYTES - 1000


class FileTools(Extension):
    """Reads and changes files, and knows what the model has seen of them."""

    checks: Sequence[Check] = ()
    """Commands that look at files after an edit."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, str] = {}
        # One change at a time: two edits of one file may come in one answer.
        self.changing = anyio.Lock()

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

    @tool(
        effect="edit",
        paths=("path",),
        preview="preview_write",
        summary="path",
        idempotent=True,
        basic=True,
    )
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
        more: tuple[Replacement, ...] = (),
    ) -> str:
        """Replace a piece of text in a file.

        Args:
            call: The running call.
            path: The file.
            old: The text to replace, exactly as in the file, without line numbers. It must be there
                only once: add lines around it if needed.
            new: What to put in its place.
            all: Replace it everywhere.
            more: Further replacements in this file, one after the other; all are made, or none.
        """
        pieces = (Replacement(old, new, all), *more)
        return await self._apply(call, partial(self._plan_edit, call.workspace, path, pieces))

    async def preview_write(self, workspace: Workspace, path: str, content: str) -> Foreseen:
        """The difference it would make."""
        change = await anyio.to_thread.run_sync(self._plan_write, workspace, path, content)
        return await foreseen(change, workspace, otherwise=content)

    async def preview_edit(
        self,
        workspace: Workspace,
        path: str,
        old: str,
        new: str,
        all: bool = False,  # noqa: A002 # the tool's own name for it
        more: tuple[Replacement, ...] = (),
    ) -> Foreseen:
        """The difference it would make."""
        pieces = (Replacement(old, new, all), *more)
        change = await anyio.to_thread.run_sync(self._plan_edit, workspace, path, pieces)
        words = "\n".join(f"Replace:\n{each.old}\nwith:\n{each.new}" for each in pieces)
        return await foreseen(change, workspace, otherwise=words)

    def _read(self, call: CallContext, path: str, start: int, count: int) -> ToolOutput | str:
        workspace = call.workspace
        target = meant(workspace, path)
        shown = workspace.shown(target)
        real = workspace.real(target)
        data = load(real, shown)
        if data is None:
            raise ToolFailure(missing(workspace, target))
        if picture := _picture(data, shown):
            if why := call.unseen(picture):
                raise ToolFailure(f"{shown} is a {picture.words}. You cannot be shown it: {why}.")
            return ToolOutput(f"{shown}: {picture.words}.", pictures=(picture,))
        if is_binary(data):
            size = human_size(len(data))
            raise ToolFailure(f"{shown} is not text: {kind_of(data)}, {size}.")
        self._seen[str(real)] = fingerprint(data)
        return _numbered(decode(data).text, shown, start, count)

    async def _apply(self, call: CallContext, plan: Callable[[], FileChange]) -> str:
        async with self.changing:
            change = await anyio.to_thread.run_sync(plan)
            if call.approved is not None:
                change = await anyio.to_thread.run_sync(self.as_approved, call, change)
            said = await self.make(call, change), await self.check(call, change)
        return "\n".join(filter(None, said))

    def as_approved(self, call: CallContext, change: FileChange) -> FileChange:
        """A change as far as a person allowed it.

        Raises:
            ToolFailure: the file is not what they saw.
        """
        assert call.approved is not None
        return as_approved(change, call.approved, call.workspace.shown(change.path))

    async def make(self, call: CallContext, change: FileChange) -> str:
        """Make a change, put it on record, and say so; whoever calls holds `changing`."""
        shown = call.workspace.shown(change.path)
        if change.before == change.after:
            return f"{shown} has this content already; nothing was changed."
        # A change that was made is recorded, also when the call is cancelled meanwhile.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._make, change, shown)
            await call.file_changed(change.path, change.before, change.after)
        found = await unified_diff(change.before, change.after, shown)
        verb = "Created" if change.before is None else "Changed"
        return f"{verb} {shown}{change.place} (+{found.added} -{found.removed} lines)."

    async def check(self, call: CallContext, change: FileChange) -> str:
        """What checks say of a file that was just changed; whoever calls holds `changing`."""
        if not self.checks or change.before == change.after:
            return ""
        said = await findings(self.checks, change.path, call)
        shown = call.workspace.shown(change.path)
        now = await anyio.to_thread.run_sync(load, change.real, shown)
        if now == change.after:
            return said
        # A check that mends the file does so in the name of the edit.
        self._seen.pop(str(change.real), None)
        with anyio.CancelScope(shield=True):
            await call.file_changed(change.path, change.after, now)
        return "\n".join(filter(None, (said, f"[a check changed {shown}: read it again]")))

    def existing(self, workspace: Workspace, path: str) -> FileThere:
        """A file that is to be changed, as it is.

        Raises:
            ToolFailure: it cannot be read, or is another than the model has seen.
        """
        target = meant(workspace, path)
        shown, real = workspace.shown(target), workspace.real(target)
        content = load(real, shown)
        if content is not None:
            self._require_fresh(real, shown, content)
        return FileThere(target, real, shown, content)

    def _make(self, change: FileChange, shown: str) -> None:
        try:
            replace(change.real, change.after)
        except OSError as error:
            raise ToolFailure(f"{shown} cannot be written: {reason_of(error)}.") from error
        key = str(change.real)
        if change.before is None or not change.place or key in self._seen:
            # Who replaced a piece without having read the file has still not read it.
            self._seen[key] = fingerprint(change.after)

    def _plan_write(self, workspace: Workspace, path: str, content: str) -> FileChange:
        target = meant(workspace, path)
        shown = workspace.shown(target)
        real = workspace.real(target)
        before = load(real, shown)
        if before is None:
            return FileChange(target, real, None, content.encode())
        self._require_fresh(real, shown, before)
        if before and str(real) not in self._seen:
            raise ToolFailure(
                f"{shown} exists and you have not read it, so nothing was written. "
                "Read it first, or use edit to change part of it."
            )
        return FileChange(target, real, before, _written_alike(content, before))

    def _plan_edit(
        self, workspace: Workspace, path: str, pieces: Sequence[Replacement]
    ) -> FileChange:
        file_there = self.existing(workspace, path)
        before = file_there.content
        if before is None:
            raise ToolFailure(missing(workspace, file_there.path))
        lines: list[int] = []
        try:
            file = decode(before)
            for number, piece in enumerate(pieces, 1):
                try:
                    found = replace_text(file, piece.old, piece.new, piece.all)
                except ToolFailure as failure:
                    which = f"Replacement {number} of {len(pieces)}: " if len(pieces) > 1 else ""
                    raise ToolFailure(f"{which}{failure}") from None
                file = found.file
                lines += found.lines
            after = file.encode()
        except BinaryFile:
            raise ToolFailure(f"{file_there.shown} is not text: {kind_of(before)}.") from None
        except UnicodeEncodeError as error:
            character = error.object[error.start : error.start + 1]
            raise ToolFailure(
                f"{file_there.shown} is not in UTF-8 and its encoding has no {character!r}; nothing was changed."
            ) from None
        named = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
        word = "line" if len(lines) == 1 else f"{len(lines)} places, lines"
        return file_there.changed(after, f" at {word} {named}")

    def _require_fresh(self, real: Path, shown: str, data: bytes) -> None:
        seen = self._seen.get(str(real))
        if seen and seen != fingerprint(data):
            raise ToolFailure(
                f"{shown} was changed since you read it, so nothing was written. Read it again."
            )


def _picture(data: bytes, shown: str) -> PictureFile | None:
    try:
        return picture_of(data, shown)
    except BrokenPicture as error:
        raise ToolFailure(f"{shown} {error}.") from None


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
