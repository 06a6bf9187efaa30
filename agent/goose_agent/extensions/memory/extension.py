"""The extension that remembers: for this project, or for all of a person's.

A memory for all projects opens every later session, so that to keep one always asks the person: it
is written among their own settings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from anyio import to_thread

from goose_agent.events import Preview
from goose_agent.extensions.host import ExtensionHost
from goose_agent.extensions.memory.entries import (
    CATEGORY,
    Entry,
    read_entries,
    without,
    written,
)
from goose_agent.private_file import read_small
from goose_agent.tools.tool import (
    CallContext,
    Extension,
    ToolFailure,
    Workspace,
    tool,
)

__all__ = ["Memory"]

Scope = Literal["project", "global"]
_LARGEST = 1_000_000
"""Bytes of a file."""
_OPENING = 4000
"""Characters of global memories that open a session."""
_TEXT = 4000
"""Characters of one memory."""


class Memory(Extension):
    """Keeps memories by category, in Goose's own places and format.

    Args:
        host: knows the folders.
    """

    name = "memory"

    def __init__(self, host: ExtensionHost) -> None:
        goose = host.places.goose
        # Whoever has Goose has their memories there.
        base = goose if goose is not None and goose.is_dir() else host.places.config
        self._folders: Mapping[Scope, Path] = {
            "project": host.folder / ".goose" / "memory",
            "global": base / "memory",
        }
        self._opening = ""
        self._any = False

    def prepare(self) -> None:
        """Read what opens the session."""
        blocks = [
            f"{category}: {entry.text}"
            for category, entries in self._read("global")
            for entry in entries
        ]
        self._opening = "\n".join(f"- {block}" for block in blocks)[:_OPENING]
        self._any = bool(blocks) or any(self._read("project"))

    def prompt(self) -> str:
        """When to remember, and what is known for all projects."""
        words = (
            "When the person tells a lasting preference or fact, offer to remember it; "
            "never remember secrets."
        )
        return f"{words} Known so far:\n{self._opening}" if self._opening else words

    def wanted(self) -> Collection[str]:
        """Reading and forgetting are of use where there is something."""
        return ("memories", "forget") if self._any else ()

    @tool(
        effect="edit",
        find_paths="changed",
        preview="preview_remember",
        destroys=False,
        summary="category,text",
    )
    async def remember(
        self,
        call: CallContext,
        category: str,
        text: str,
        tags: tuple[str, ...] = (),
        scope: Scope = "project",
    ) -> str:
        """Remember something for later sessions.

        Args:
            call: The running call.
            category: A word that it belongs to, such as `style` or `deployment`.
            text: What is to be known, in a few lines.
            tags: Words to find it by.
            scope: `global` for all of the person's projects.
        """
        path = self._path(scope, category)
        if not text.strip() or len(text) > _TEXT:
            raise ToolFailure(f"text must be from 1 to {_TEXT} characters.")
        words = tuple(word for tag in tags for word in tag.split())
        entry = written(Entry(text, words))
        before = await to_thread.run_sync(_load, path)
        after = (before or "").rstrip("\n")
        after = f"{after}\n\n{entry}" if after else entry
        await self._write(call, path, before, after)
        self._any = True
        return f"Remembered as {category} ({scope})."

    @tool(effect="read", find_paths="looked_at", summary="category", occasional=True)
    async def memories(
        self, call: CallContext, category: str = "*", scope: Scope | None = None
    ) -> str:
        """Read what was remembered.

        Args:
            call: The running call.
            category: Which; `*` for all.
            scope: `project` or `global`; both if left out.
        """
        scopes: tuple[Scope, ...] = (scope,) if scope else ("project", "global")
        hides = call.workspace.hides
        found = await to_thread.run_sync(
            lambda: [_shown(each, self._read(each, hides)) for each in scopes]
        )
        lines = [line for lines in found for line in lines if category in ("*", line[0])]
        if not lines:
            raise ToolFailure(f"Nothing is remembered as {category}.")
        return "\n".join(text for _, text in lines)

    @tool(
        effect="edit",
        find_paths="changed",
        preview="preview_forget",
        summary="category,text",
        occasional=True,
    )
    async def forget(
        self, call: CallContext, category: str, text: str = "", scope: Scope = "project"
    ) -> str:
        """Forget what was remembered.

        Args:
            call: The running call.
            category: Which.
            text: Only memories that contain this; all of the category if left out.
            scope: `project` or `global`.
        """
        path = self._path(scope, category)
        before = await to_thread.run_sync(_load, path)
        if before is None:
            raise ToolFailure(f"Nothing is remembered as {category} ({scope}).")
        after, gone = without(before, text)
        if not gone:
            raise ToolFailure(f"No memory of {category} contains {text!r}.")
        await self._write(call, path, before, after or None)
        return f"Forgot {gone} of {category} ({scope})."

    async def preview_remember(
        self,
        workspace: Workspace,
        category: str,
        text: str,
        tags: tuple[str, ...] = (),
        scope: Scope = "project",
    ) -> Preview:
        """What would stand in the file."""
        where = "every session from now on" if scope == "global" else "sessions in this folder"
        return Preview("text", f"For {where}:\n\n{written(Entry(text, tuple(tags)))}")

    async def preview_forget(
        self, workspace: Workspace, category: str, text: str = "", scope: Scope = "project"
    ) -> Preview:
        """What would go."""
        before = await to_thread.run_sync(_load, self._path(scope, category))
        gone = [entry for entry in read_entries(before or "") if text in entry.text]
        return Preview("text", "Forgets:\n\n" + "".join(map(written, gone)))

    def changed(self, arguments: Mapping[str, Any]) -> Sequence[str]:
        """The file that a call changes."""
        folder = self._folders["global" if arguments.get("scope") == "global" else "project"]
        category = str(arguments.get("category", ""))
        return (
            (str(folder / f"{category}.txt"),) if CATEGORY.fullmatch(category) else (str(folder),)
        )

    def looked_at(self, arguments: Mapping[str, Any]) -> Sequence[str]:
        """The project's files may be anybody's; the person's own are theirs to be read."""
        return () if arguments.get("scope") == "global" else (str(self._folders["project"]),)

    def _path(self, scope: Scope, category: str) -> Path:
        if not CATEGORY.fullmatch(category):
            raise ToolFailure("category must be one word of letters, digits, - and _.")
        return self._folders[scope] / f"{category}.txt"

    def _read(
        self, scope: Scope, hides: Callable[[str], bool] = lambda _: False
    ) -> Iterator[tuple[str, tuple[Entry, ...]]]:
        """All of it; a link may lead to what is no memory. Blocks."""
        for path in sorted(self._folders[scope].glob("*.txt")):
            if path.is_symlink() or hides(str(path)):
                continue
            if entries := read_entries(_load(path) or ""):
                yield path.stem, entries

    async def _write(
        self, call: CallContext, path: Path, before: str | None, after: str | None
    ) -> None:
        if after is not None and len(after.encode()) > _LARGEST:
            raise ToolFailure(f"{path.name} would become too large: forget something first.")
        try:
            await to_thread.run_sync(_store, path, after)
        except OSError as error:
            raise ToolFailure(f"{path} cannot be written: {error.strerror or error}.") from error
        await call.file_changed(path, _bytes(before), _bytes(after))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "replace")


def _load(path: Path) -> str | None:
    try:
        return read_small(path, _LARGEST).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolFailure(f"{path} cannot be read: {error}.") from error


def _store(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _shown(scope: Scope, found: Iterator[tuple[str, tuple[Entry, ...]]]) -> list[tuple[str, str]]:
    lines = []
    for category, entries in found:
        for entry in entries:
            tags = f" [{' '.join(entry.tags)}]" if entry.tags else ""
            lines.append((category, f"{category} ({scope}){tags}: {entry.text}"))
    return lines
