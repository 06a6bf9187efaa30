"""Between the screen and the engine: commands out, events in, both as lines.

It holds the states that the reducer makes of the events and tells the screen when they changed.
Nothing of the engine is imported before the first frame is painted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import anyio
from anyio import to_thread
from msgspec import Struct, field

if TYPE_CHECKING:
    from anyio.abc import ObjectReceiveStream, ObjectSendStream

    from goose_agent.commands import Command
    from goose_agent.events import (
        ChangesListed,
        CompletionsFound,
        Event,
        ExtensionSaid,
        ExtensionsListed,
        ExtensionToolTested,
        FilesFound,
        ListedAgent,
        ListedCommand,
        ListedHint,
        ListedProcess,
        ListedRule,
        ListedTool,
        MessageRefused,
        RequestExplained,
        RequestRead,
    )
    from goose_agent.state.live import Live
    from goose_agent.state.session_state import SessionState
    from goose_agent.wire import Following, Open, Refused

__all__ = ["Bridge", "Link", "Recent", "SessionView", "Watcher", "engine_in_process"]

Recent = tuple[tuple[str, str], ...]
"""Earlier sessions: title and time (ISO 8601, UTC) each."""

_IMAGE = b"state "
"""How a line begins that carries the image of a state."""
_CHUNKS = 256
"""Most chunks of lines that wait on either side."""


class SessionView(Struct):
    """A session as the screen knows it."""

    state: SessionState
    live: Live
    blobs: dict[str, str] = field(default_factory=dict)
    """The content asked for last, as far as it is shown, by sha256."""
    explained: RequestExplained | None = None
    """What a model said last about a pending call."""
    written: Sequence[ListedCommand] = ()
    """The commands and skills that people wrote, as they were listed last."""
    following: Following | None = None
    """Why it is only read along; None where it is written here."""


class Watcher(Protocol):
    """Who is told what came over the bridge."""

    def session_opened(self, session_id: str, recent: Recent) -> None:
        """A session is open, its past is known; with the last ones of the same folder."""

    def session_changed(self, session_id: str) -> None:
        """Events came."""

    def rules_listed(self, session_id: str, rules: Sequence[ListedRule]) -> None:
        """The rules that were asked for."""

    def hints_listed(self, session_id: str, hints: Sequence[ListedHint]) -> None:
        """The hint files of a session came, as somebody asked for them."""

    def commands_listed(self, session_id: str, commands: Sequence[ListedCommand]) -> None:
        """The commands that people wrote came."""

    def processes_listed(self, session_id: str, processes: Sequence[ListedProcess]) -> None:
        """The commands in the background came, as somebody asked for them."""

    def extension_said(self, session_id: str, said: ExtensionSaid) -> None:
        """An extension tells what it is busy with."""

    def tools_listed(self, session_id: str, tools: Sequence[ListedTool]) -> None:
        """The tools of a session's model came, as somebody asked for them."""

    def extensions_listed(self, session_id: str, listed: ExtensionsListed) -> None:
        """The extensions of a session came, as somebody asked for them."""

    def completions_found(self, session_id: str, found: CompletionsFound) -> None:
        """What an argument of a prompt may be came, as somebody asked for it."""

    def tool_tested(self, session_id: str, tested: ExtensionToolTested) -> None:
        """What came of a call that a person made to try a tool."""

    def agents_listed(self, session_id: str, agents: Sequence[ListedAgent]) -> None:
        """The agent files of a session came, as somebody asked for them."""

    def changes_listed(self, session_id: str, listed: ChangesListed) -> None:
        """The files that a session changed came, as somebody asked for them."""

    def request_read(self, session_id: str, read: RequestRead) -> None:
        """A request that was sent came, as somebody asked for it."""

    def files_found(self, session_id: str, found: FilesFound) -> None:
        """Files came that somebody looked for."""

    def message_refused(self, session_id: str, refused: MessageRefused) -> None:
        """A message was not taken."""

    def session_refused(self, refused: Refused) -> None:
        """A session could not be opened, or not go on."""

    def session_gone(self, session_id: str) -> None:
        """A session has ended."""


Link = Callable[["ObjectReceiveStream[bytes]", "ObjectSendStream[bytes]"], Awaitable[None]]
"""Runs an engine: takes lines from the first stream, gives lines to the second."""


class Bridge:
    """One engine's sessions.

    Args:
        link: runs the engine; called in the bridge's own task.
        watcher: who is told.
        listener: is given each event once its session's state knows it; a screen needs none.
    """

    def __init__(
        self, link: Link, watcher: Watcher, listener: Callable[[Event], None] | None = None
    ) -> None:
        self._link = link
        self._watcher = watcher
        self._listener = listener
        self._words: list[bytes] = []
        self._spoken = anyio.Event()
        self._opened: set[str] = set()
        self.sessions: dict[str, SessionView] = {}

    def open(self, word: Open) -> None:
        """Open a session."""
        from goose_agent.wire import write

        self._say(write(word))

    def tell(self, session_id: str, command: Command) -> None:
        """Give a session a command."""
        from goose_agent.wire import Tell, write

        self._say(write(Tell(session_id, command)))

    def _say(self, line: bytes) -> None:
        self._words.append(line)
        self._spoken.set()

    async def run(self) -> None:
        """Carry words until the engine ends; cancel it to stop at once."""
        to_engine, inbound = anyio.create_memory_object_stream[bytes](_CHUNKS)
        outbound, from_engine = anyio.create_memory_object_stream[bytes](_CHUNKS)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._serve, inbound, outbound)
            tasks.start_soon(self._speak, to_engine)
            async with from_engine:
                async for chunk in from_engine:
                    if chunk.startswith(_IMAGE) or b"\n" + _IMAGE in chunk:
                        await self._hear_images(chunk)
                    else:
                        self._hear(chunk)
            tasks.cancel_scope.cancel()

    async def _serve(
        self, inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        async with inbound, outbound:
            await self._link(inbound, outbound)

    async def _speak(self, to_engine: ObjectSendStream[bytes]) -> None:
        async with to_engine:
            while True:
                await self._spoken.wait()
                self._spoken = anyio.Event()
                words, self._words = self._words, []
                if words:
                    await to_engine.send(b"".join(words))

    async def _hear_images(self, chunk: bytes) -> None:
        """Lines with the state of a long session among them: that is read beside the event loop."""
        from goose_agent.state.image import state_from
        from goose_agent.wire import Imaged, frames, parse

        for line in frames(chunk):
            word = parse(line) if line.startswith(_IMAGE) else None
            if isinstance(word, Imaged):
                state = await to_thread.run_sync(state_from, word.image)
                self._session(word.session_id).state = state
            else:
                self._hear(line)

    def _hear(self, chunk: bytes) -> None:
        from goose_agent.wire import Following, Gone, Opened, Refused, frames, parse

        changed: set[str] = set()
        for line in frames(chunk):
            match parse(line):
                case bytes() as event:
                    changed.add(self._happened(event))
                case Opened(session_id, recent):
                    self._opened.add(session_id)
                    self._session(session_id)
                    self._watcher.session_opened(session_id, recent)
                case Following(session_id, reason) as following:
                    self._session(session_id).following = following if reason else None
                    changed.add(session_id)
                case Refused() as refused:
                    self._watcher.session_refused(refused)
                case Gone(session_id):
                    self._watcher.session_gone(session_id)
                case _:
                    pass
        for session_id in changed & self._opened:
            self._watcher.session_changed(session_id)

    def _happened(self, line: bytes) -> str:
        from goose_agent.codec import event_from
        from goose_agent.events import BlobRead, RequestExplained
        from goose_agent.state.live import observe
        from goose_agent.state.reduce import reduce

        event = event_from(line)
        view = self._session(event.session_id)
        view.state = reduce(view.state, event)
        view.live = observe(view.live, event)
        if isinstance(event.data, BlobRead):
            view.blobs = {event.data.sha: event.data.text}
        if isinstance(event.data, RequestExplained):
            view.explained = event.data
        if self._listener is not None:
            self._listener(event)
        self._pass_on(event)
        return event.session_id

    def _pass_on(self, event: Event) -> None:
        """Tell what no state keeps."""
        from goose_agent.events import (
            AgentsListed,
            CompletionsFound,
            ExtensionsListed,
            ExtensionToolTested,
            HintsListed,
            RulesListed,
            ToolsListed,
        )

        match event.data:
            case ToolsListed(tools):
                self._watcher.tools_listed(event.session_id, tools)
            case RulesListed(rules):
                self._watcher.rules_listed(event.session_id, rules)
            case HintsListed(hints):
                self._watcher.hints_listed(event.session_id, hints)
            case ExtensionsListed() as listed:
                self._watcher.extensions_listed(event.session_id, listed)
            case CompletionsFound() as found:
                self._watcher.completions_found(event.session_id, found)
            case ExtensionToolTested() as tested:
                self._watcher.tool_tested(event.session_id, tested)
            case AgentsListed(agents):
                self._watcher.agents_listed(event.session_id, agents)
            case _:
                self._pass_files_on(event)

    def _pass_files_on(self, event: Event) -> None:
        """Tell what no state keeps of files and messages."""
        from goose_agent.events import (
            ChangesListed,
            FilesFound,
            MessageRefused,
            RequestRead,
        )

        match event.data:
            case ChangesListed() as listed:
                self._watcher.changes_listed(event.session_id, listed)
            case RequestRead() as read:
                self._watcher.request_read(event.session_id, read)
            case FilesFound() as found:
                self._watcher.files_found(event.session_id, found)
            case MessageRefused() as refused:
                self._watcher.message_refused(event.session_id, refused)
            case _:
                self._pass_on_of_extensions(event)

    def _pass_on_of_extensions(self, event: Event) -> None:
        from goose_agent.events import CommandsListed, ExtensionSaid, ProcessesListed

        match event.data:
            case CommandsListed(commands):
                self._session(event.session_id).written = commands
                self._watcher.commands_listed(event.session_id, commands)
            case ProcessesListed(processes):
                self._watcher.processes_listed(event.session_id, processes)
            case ExtensionSaid() as said:
                self._watcher.extension_said(event.session_id, said)
            case _:
                pass

    def _session(self, session_id: str) -> SessionView:
        from goose_agent.state.live import Live
        from goose_agent.state.session_state import SessionState

        view = self.sessions.get(session_id)
        if view is None:
            view = SessionView(SessionState(session_id=session_id), Live())
            self.sessions[session_id] = view
        return view


def engine_in_process(version: str) -> Link:
    """An engine in this process, its heavy imports made in a thread.

    Args:
        version: of the program, for the record.
    """

    async def link(inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]) -> None:
        await to_thread.run_sync(_import_engine)
        from goose_agent.clock import World
        from goose_agent.config.places import Places
        from goose_agent.engine import Engine, Options
        from goose_tui.tour.prepare import connect_any

        world = World()
        options = Options(version, Places.of(world.environ), connect_any)
        await Engine(options, world, outbound).run(inbound)

    return link


def _import_engine() -> None:
    import goose_agent.engine  # noqa: F401 (what follows finds it loaded)
