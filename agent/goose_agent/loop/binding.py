"""What exactly a person approves: the call, where it runs, and the files it would change."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from goose_agent.events import Approval
from goose_agent.loop.bench import Bench
from goose_agent.permissions.paths import real_path
from goose_agent.tools.registry import Tool
from goose_agent.tools.text_file import read_bytes

__all__ = ["Bound", "bind", "changed_meanwhile", "leads"]

_LARGEST = 32 * 2**20
"""Bytes of a file that are hashed; of a larger one its size and its time stand for it."""


class Bound(Struct, frozen=True):
    """A call as it stands now."""

    tool: str
    arguments: str
    """Canonical JSON."""
    folder: str
    """Without links."""
    paths: tuple[tuple[str, str], ...] = ()
    """The paths it names, and where each leads."""
    files: tuple[tuple[str, str], ...] = ()
    """Of those it changes: path without links, and sha256 of the content; empty for no file."""

    @property
    def sha(self) -> str:
        """All of it in one value."""
        parts = [self.tool, self.arguments, self.folder, self.paths, self.files]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def changed_files(self, later: Bound) -> tuple[tuple[str, str, str], ...]:
        """The files that are others since, with what they were and are; empty where more differs.

        Args:
            later: the same call, looked at again.
        """
        same = (self.tool, self.arguments, self.folder, self.paths)
        if same != (later.tool, later.arguments, later.folder, later.paths):
            return ()
        pairs = zip(self.files, later.files, strict=True)
        return tuple((path, old, new) for (path, old), (_, new) in pairs if old != new)

    def difference(self, later: Bound) -> str:
        """What has changed since, in words; empty where nothing has.

        Args:
            later: the same call, looked at again.
        """
        if self.arguments != later.arguments or self.tool != later.tool:
            return "its arguments are others than those that were shown"
        if self.folder != later.folder:
            return f"the working folder leads to {later.folder} now, not to {self.folder}"
        for (named, before), (_, now) in zip(self.paths, later.paths, strict=True):
            if before != now:
                return f"{named} leads to {now} now, not to {before}"
        for (path, old), (_, new) in zip(self.files, later.files, strict=True):
            if old != new:
                verb = "has come" if not old else "has changed" if new else "has gone"
                return f"{path} {verb} since this was shown"
        return ""


def bind(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> Bound:
    """Look at a call and at what it would change. Blocks: call it in a thread.

    Args:
        tool: of the call.
        arguments: of the call.
        bench: what calls run with.
    """
    paths = leads(tool, arguments, bench)
    changes = tool.mark.effect == "edit"
    return Bound(
        tool.name,
        json.dumps(arguments, sort_keys=True),
        os.path.realpath(bench.workspace.folder),
        paths,
        tuple((real, _content(Path(real))) for _, real in paths) if changes else (),
    )


def leads(tool: Tool, arguments: Mapping[str, Any], bench: Bench) -> tuple[tuple[str, str], ...]:
    """The paths that a call names, and where each leads.

    Args:
        tool: of the call.
        arguments: of the call.
        bench: what calls run with.
    """
    named = (str(bench.named(path)) for path in tool.paths(arguments))
    return tuple((path, real_path(path)) for path in named)


def changed_meanwhile(before: Approval, now: Approval) -> str:
    """What may have changed since a question of an earlier process, in words; empty for nothing.

    Args:
        before: the question then.
        now: the same question today.
    """
    if before.binding == now.binding:
        return ""
    if not before.binding:
        return "an earlier version of this program did not hold on to what it showed"
    if before.arguments != now.arguments:
        return "its arguments are others than those that were shown"
    if before.folder != now.folder:
        return f"the working folder leads to {now.folder} now, not to {before.folder}"
    return "what it is about has changed since this was shown"


def _content(path: Path) -> str:
    try:
        data = read_bytes(path, _LARGEST + 1)
        if len(data) <= _LARGEST:
            return hashlib.sha256(data).hexdigest()
        status = path.stat()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        return f"unreadable: {type(error).__name__}"
    return f"{status.st_size} bytes of {status.st_mtime_ns}"
