"""The extension that searches the person's past sessions in this folder, and reads one again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from anyio import to_thread

from goose_agent.codec import event_from
from goose_agent.errors import StoreError, UnknownSession
from goose_agent.extensions.host import ExtensionHost
from goose_agent.sessions.library import Library, SessionEntry
from goose_agent.sessions.passages import Passages
from goose_agent.sessions.store import SessionStore
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["PastSessions"]

_HITS = 20
_LISTED = 15
_TEXT = 20_000
"""Characters of a session that are read at once."""


class PastSessions(Extension):
    """Finds words in the sessions of one folder; those of other folders are not for this model.

    Args:
        host: knows the folder, and where sessions are on record.
    """

    name = "sessions"

    def __init__(self, host: ExtensionHost) -> None:
        self._library = Library(host.places.sessions)
        self._folder = str(host.folder)

    @tool(effect="read", summary="query,id")
    async def past_sessions(
        self, call: CallContext, query: str = "", id: str = "", start: int = 0
    ) -> str:
        """Search past sessions in this folder, or read one; without arguments the last ones.

        Args:
            call: The running call.
            query: Words that stand together in a message or result.
            id: The session to read.
            start: Where to begin to read it, in characters.
        """
        if id:
            return await to_thread.run_sync(self._load, id, max(0, start))
        return await to_thread.run_sync(self._search, query)

    def _here(self) -> dict[str, SessionEntry]:
        """The sessions of this folder but for the one under way, the last first."""
        entries = self._library.entries()
        return {
            entry.session_id: entry
            for entry in entries
            if self._folder in (entry.folder, entry.opened_in)
            and entry.messages
            and entry.session_id != self.session.session_id
        }

    def _search(self, query: str) -> str:
        here = self._here()
        if not query.strip():
            lines = [
                f"{entry.session_id}  {entry.updated[:16]}  {entry.title}"
                for entry in list(here.values())[:_LISTED]
            ]
            return "\n".join(lines) or "There are no past sessions in this folder."
        try:
            self._library.take_in_all()
            hits = [hit for hit in self._library.search(query) if hit.session_id in here]
        except StoreError as error:
            raise ToolFailure(f"The sessions cannot be searched: {error}.") from error
        if not hits:
            return f"No past session in this folder has {query}."
        lines, above = [], ""
        for hit in hits[:_HITS]:
            if hit.session_id != above:
                above = hit.session_id
                lines.append(f"{above}  {here[above].updated[:16]}  {here[above].title}")
            lines.append(f"  {hit.kind}: {' '.join(hit.excerpt.split())}")
        return "\n".join(lines)

    def _load(self, wanted: str, start: int) -> str:
        try:
            session_id = self._library.find(wanted)
        except UnknownSession as error:
            raise ToolFailure(str(error)) from error
        if session_id not in self._here():
            raise ToolFailure(f"There is no session {wanted} in this folder.")
        text = "\n\n".join(_said(self._library.path(session_id)))
        piece = text[start : start + _TEXT]
        if not piece and text:
            raise ToolFailure(f"It has only {len(text):,} characters.")
        end = start + len(piece)
        rest = f"\n[of {len(text):,} characters; start={end} reads on]" if end < len(text) else ""
        return f"{piece}{rest}"


def _said(path: Path) -> Iterator[str]:
    """What was said and done in a session, in order."""
    making = Passages()
    try:
        with closing(SessionStore(path, write=False)) as store:
            for line in store.events(0):
                for passage in making.take(event_from(line)):
                    yield f"{passage.kind}: {passage.text}"
    except StoreError as error:
        yield f"[the rest cannot be read: {error}]"
        return
    for passage in making.rest():
        yield f"{passage.kind}: {passage.text}"
