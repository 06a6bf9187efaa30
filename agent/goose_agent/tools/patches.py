"""The tool that changes several files by one diff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import anyio

from goose_agent.events import Preview
from goose_agent.tools.diff import unified_diff
from goose_agent.tools.file_change import FileChange
from goose_agent.tools.files import FileTools
from goose_agent.tools.patching import FilePatch, patched, read_patch
from goose_agent.tools.text_file import BinaryFile, TextFile, decode, kind_of
from goose_agent.tools.tool import CallContext, Foreseen, ToolFailure, Workspace, tool

__all__ = ["PatchTools"]


class PatchTools(FileTools):
    """Lays unified diffs over files: all of it, or nothing."""

    @tool(effect="edit", find_paths="patched_paths", preview="preview_patch", summary="diff")
    async def patch(self, call: CallContext, diff: str) -> str:
        """Change or create several files at once with a unified diff. All of it is done, or nothing.

        Args:
            call: The running call.
            diff: For each file `--- a/path` (or /dev/null), `+++ b/path` and hunks; the lines in
                them decide, not the numbers.
        """
        async with self.changing:
            changes = await anyio.to_thread.run_sync(self._plan_patch, call.workspace, diff)
            if call.approved is not None:
                changes = [self.as_approved(call, each) for each in changes]
            said = [await self.make(call, change) for change in changes]
            said += [await self.check(call, change) for change in changes]
        return "\n".join(filter(None, said))

    async def preview_patch(self, workspace: Workspace, diff: str) -> Foreseen:
        """The difference it would make."""
        changes = await anyio.to_thread.run_sync(self._plan_patch, workspace, diff)
        found = [
            await unified_diff(each.before, each.after, workspace.shown(each.path))
            for each in changes
        ]
        return Foreseen(Preview("diff", "\n".join(each.text.rstrip("\n") for each in found)))

    def patched_paths(self, arguments: Mapping[str, Any]) -> Sequence[str]:
        """The files that a diff names; what cannot be read changes none."""
        try:
            return tuple(each.path for each in read_patch(str(arguments.get("diff", ""))))
        except ToolFailure:
            return ()

    def _plan_patch(self, workspace: Workspace, diff: str) -> list[FileChange]:
        return [self._plan_file(workspace, each) for each in read_patch(diff)]

    def _plan_file(self, workspace: Workspace, patch: FilePatch) -> FileChange:
        there = self.existing(workspace, patch.path)
        shown, before = there.shown, there.content
        if patch.creates:
            if before:
                raise ToolFailure(f"{shown} exists already. Nothing was done.")
            lines = [line for hunk in patch.hunks for line in hunk.new]
            return there.changed(TextFile("\n".join((*lines, ""))).encode())
        if before is None:
            raise ToolFailure(f"{shown} does not exist. Nothing was done.")
        try:
            after = patched(decode(before), patch).encode()
        except BinaryFile:
            raise ToolFailure(
                f"{shown} is not text: {kind_of(before)}. Nothing was done."
            ) from None
        except UnicodeEncodeError:
            raise ToolFailure(f"{shown} is not in UTF-8. Nothing was done.") from None
        hunks = len(patch.hunks)
        place = f" in {hunks} places" if hunks > 1 else " in one place"
        return there.changed(after, place)
