"""What a face wants to know, and the files that a person takes back; the answers are transient."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from anyio import to_thread
from anyio.abc import TaskGroup

from goose_agent.changes.report import list_changes
from goose_agent.changes.revert import revert
from goose_agent.changes.watch import ChangeWatch
from goose_agent.commands import (
    FetchBlob,
    FetchRequest,
    FindFiles,
    ListChanges,
    ListHints,
    ListTools,
    Revert,
    SwitchHints,
)
from goose_agent.errors import GooseError
from goose_agent.events import BlobRead, FilesFound, ListedTool, Notice, ToolsListed
from goose_agent.loop.bench import Bench
from goose_agent.loop.file_search import FileSearch
from goose_agent.loop.hints import Hints
from goose_agent.loop.request_reading import read_request
from goose_agent.loop.rule_desk import RuleDesk
from goose_agent.sessions.excerpt import excerpt
from goose_agent.sessions.log import SessionLog

__all__ = ["Inquiries", "Inquiry"]

_LARGEST_EXCERPT = 4 * 2**20
"""Bytes of a blob that a face gets at once, whatever it asks for."""
_MOST_FOUND = 200
"""Paths that a face gets at once, whatever it asks for."""

Inquiry = (
    FetchBlob
    | FetchRequest
    | FindFiles
    | ListTools
    | ListChanges
    | Revert
    | ListHints
    | SwitchHints
)


class Inquiries:
    """Answers what a face asks, beside the turn at work.

    Args:
        log: the session's record.
        bench: what calls run with.
        governing: reads again which files are kept from the agent.
        watch: notices what commands do to the files.
        hints: knows the hint files.
        mentions: what can be mentioned besides files, for what was typed.
        work: where answers are made.
    """

    def __init__(
        self,
        log: SessionLog,
        bench: Bench,
        governing: RuleDesk,
        watch: ChangeWatch,
        hints: Hints,
        mentions: Callable[[str], Sequence[str]],
        work: TaskGroup,
    ) -> None:
        self._log = log
        self._governing = governing
        self._bench = bench
        self._watch = watch
        self._hints = hints
        self._work = work
        self._mentions = mentions
        self._search = FileSearch(bench.workspace, log.world.clock, self._found)

    def answer(self, command: Inquiry) -> None:
        """Answer as soon as it is known."""
        match command:
            case FetchBlob(sha, limit):
                self._work.start_soon(self._fetch, sha, limit)
            case FetchRequest(seq):
                self._work.start_soon(self._read_request, seq or None)
            case FindFiles(query, limit):
                self._work.start_soon(self._find, query, min(limit, _MOST_FOUND))
            case ListTools():
                self._list_tools()
            case ListHints() | SwitchHints():
                self._work.start_soon(self._hints.handle, command)
            case ListChanges() | Revert():
                self._work.start_soon(self._about_files, command)

    async def _about_files(self, command: ListChanges | Revert) -> None:
        """Tell what became of the files, or take some of it back and tell then."""
        workspace = self._bench.workspace
        await self._watch.idle()
        if isinstance(command, Revert):
            try:
                await revert(self._log, workspace, command.path, command.since, command.hunks)
            except GooseError as error:
                self._log.record(Notice("error", error.message, error.hint), "system")
        self._log.record(await list_changes(self._log, workspace, command.since), "system")

    async def _find(self, query: str, limit: int) -> None:
        await self._governing.refresh()
        await self._search.find(query, limit)

    def _found(self, found: FilesFound) -> None:
        """Tell of files, and of what else can be mentioned: what begins so before them."""
        others = list(self._mentions(found.query))[:_MOST_FOUND]
        if others:
            typed = found.query.casefold()
            first = [name for name in others if name.casefold().startswith(typed)]
            rest = [name for name in others if name not in first]
            paths = (*first, *found.paths, *rest)
            found = FilesFound(found.query, paths, found.total + len(others))
        self._log.record(found, "system")

    def _list_tools(self) -> None:
        tools = tuple(
            ListedTool(
                tool.name,
                tool.mark.effect,
                tool.extension,
                _first_line(tool.schema.description),
                tool.mark.annotations.words,
            )
            for tool in self._bench.registry
        )
        self._log.record(ToolsListed(tools), "system")

    async def _fetch(self, sha: str, limit: int) -> None:
        content = await self._log.journal.blob(sha)
        whole = content or b""
        text = await to_thread.run_sync(excerpt, whole, min(limit, _LARGEST_EXCERPT))
        self._log.record(BlobRead(sha, text, content is not None, len(whole)), "system")

    async def _read_request(self, upto: int | None) -> None:
        """Read the record beside the one that writes it: a long one takes a while."""
        await self._log.settle()
        read = await to_thread.run_sync(read_request, self._log.journal.path, upto)
        self._log.record(read, "system")


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
