"""The engine behind a face: opens sessions and carries words between them and whoever watches.

It speaks only lines (`wire`), so that the face may be in the same process, behind a pipe or, one
day, on another machine.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from anyio.abc import ObjectReceiveStream, ObjectSendStream, TaskGroup
from msgspec import Struct

from goose_agent.clock import World
from goose_agent.codec import event_from
from goose_agent.commands import Close, Command
from goose_agent.errors import GooseError, StoreError
from goose_agent.events import SessionStarted
from goose_agent.evolve import evolve
from goose_agent.loop.forks import fork_session
from goose_agent.preparation import Options, Preparation, resumes, told_to_models
from goose_agent.redaction import Redactor
from goose_agent.session import Session
from goose_agent.sessions.follow import Follower
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore
from goose_agent.state.image import IMAGE_VERSION, state_from, state_to
from goose_agent.state.session_state import SessionState
from goose_agent.telemetry.target import target_of
from goose_agent.wire import (
    Following,
    Gone,
    Open,
    Opened,
    Refused,
    Tell,
    event_line,
    frames,
    image_line,
    parse,
    write,
)

if TYPE_CHECKING:
    from goose_agent.telemetry.export import Telemetry

__all__ = ["Engine", "Options"]

_COMMANDS = 64
"""Most commands of one session that wait."""
_LONG_PAST = 2000
"""Past events above which their state is sent instead."""
_PAST = 100
"""Past events that are sent at once: about a frame's worth of work for the face."""
_RECENT = 3
_LOOKED_AT = 40
"""Sessions that are offered to go on with, and how many are looked at to find them."""


class _Opened(Struct):
    session_id: str
    store: SessionStore
    lines: list[bytes]
    """Its events after those of the image."""
    image: bytes = b""
    state: SessionState | None = None
    """What the image says."""


class _Made(Struct):
    session: Session
    past: _Opened


class _Running(Struct):
    commands: ObjectSendStream[Command]


class Engine:
    """Serves one face.

    Args:
        options: what it is made with.
        world: clock, ids, environment.
        outbound: takes chunks of whole lines for the face.
    """

    def __init__(self, options: Options, world: World, outbound: ObjectSendStream[bytes]) -> None:
        self._options = options
        self._world = world
        self._outbound = outbound
        self._library = Library(options.places.sessions)
        self._redactor = Redactor({})
        self._running: dict[str, _Running] = {}
        self._work: TaskGroup | None = None
        self._watched = True
        self._leaving = False
        self._telemetry: Telemetry | None = None
        self._told_of_telemetry = False
        self._preparation = Preparation(options, world, self._redactor, self._telemetry_problem)

    async def run(self, inbound: ObjectReceiveStream[bytes]) -> None:
        """Serve until `inbound` ends, then close what is open in order."""
        target = target_of(self._world.environ)
        if target is not None and not target.problem:
            from goose_agent.telemetry.export import Telemetry  # only for whoever asked

            self._telemetry = Telemetry(
                target, self._options.version, self._world.environ, self._redactor
            )
        try:
            await self._serve(inbound)
        finally:
            if self._telemetry is not None:
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(self._telemetry.close)

    async def _serve(self, inbound: ObjectReceiveStream[bytes]) -> None:
        async with anyio.create_task_group() as work:
            self._work = work
            async for chunk in inbound:
                for line in frames(chunk):
                    await self._take(line)
            self._leaving = True
            for session_id in list(self._running):
                await self._tell(session_id, Close("hangup"))

    async def _take(self, line: bytes) -> None:
        assert self._work is not None
        try:
            word = parse(line)
        except StoreError as error:
            await self._send(write(Refused.because(error)))
            return
        match word:
            case Open():
                self._work.start_soon(self._open, word)
            case Tell(session_id, command):
                await self._tell(session_id, command)
            case _:
                pass

    async def _tell(self, session_id: str, command: Command) -> None:
        """Give a session a command, unless it has just ended."""
        running = self._running.get(session_id)
        if running is None:
            return
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await running.commands.send(command)

    async def _send(self, chunk: bytes) -> None:
        """Tell the face, if there still is one: a session goes on without."""
        if not self._watched:
            return
        try:
            await self._outbound.send(chunk)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._watched = False

    async def _publish(self, lines: list[bytes]) -> None:
        await self._send(b"".join(map(event_line, lines)))

    async def _publish_new(self, lines: list[bytes]) -> None:
        """Tell the face what just happened, and the collector of traces where there is one."""
        if self._telemetry is not None:
            self._telemetry.take(lines)
        await self._publish(lines)

    async def _open(self, word: Open) -> None:
        """Open a session; where it cannot be written it is read along until it can."""
        known: SessionState | None = None
        while (why := await self._serve_session(word, known)) is not None:
            known = await self._follow(word, why, known)
            if known is None:
                return
            word = evolve(word, resume=known.session_id, continue_last=False)

    async def _serve_session(self, word: Open, known: SessionState | None) -> StoreError | None:
        """Serve a session until it ends; the result is why it can only be read, if so.

        Args:
            word: which one.
            known: what the face knows of it already; None for nothing.
        """
        session_id, why = "", None
        closing = ExitStack()
        try:
            made = await self._make(word, closing)
            session_id = made.session.log.session_id
            send, receive = anyio.create_memory_object_stream[Command](_COMMANDS)
            with send, receive:
                self._running[session_id] = _Running(send)
                if self._leaving:
                    send.send_nowait(Close("hangup"))
                await self._tell_opened(made, word, known)
                await made.session.run(receive)
        except* GooseError as group:
            error = _first(group)
            if isinstance(error, StoreError) and _may_follow(word) and not session_id:
                why = error
            else:
                await self._send(write(Refused.because(error, session_id)))
        finally:
            self._running.pop(session_id, None)
            closing.close()
        if session_id:
            await self._send(write(Gone(session_id)))
        return why

    async def _tell_opened(self, made: _Made, word: Open, known: SessionState | None) -> None:
        """Tell the face what it does not know yet of the session, and that it can be used."""
        session_id = made.session.log.session_id
        if known is not None:
            after = known.seq
            lines = await to_thread.run_sync(lambda: list(made.past.store.events(after)))
            await self._publish(lines)
            await self._send(write(Following(session_id, "")))
            return
        await self._tell_past(made)
        new = not resumes(word)
        recent = await to_thread.run_sync(self._recent, word) if new else ()
        await self._send(write(Opened(session_id, recent)))

    async def _follow(
        self, word: Open, why: StoreError, known: SessionState | None
    ) -> SessionState | None:
        """Read a session along; the result is what was read, if the session is to be opened now."""

        async def told(reason: str, free: bool) -> None:
            await self._send(write(Following(follower.state.session_id, reason, free)))

        try:
            path = self._library.path(await to_thread.run_sync(self._which, word))
            follower = Follower(path, why, self._world, self._publish, told, known)
            lines = await to_thread.run_sync(follower.load)
        except GooseError:
            await self._send(write(Refused.because(why)))
            return None
        session_id = follower.state.session_id
        if len(lines) > _LONG_PAST:
            image = await to_thread.run_sync(state_to, follower.state)
            await self._send(image_line(session_id, image))
            lines = []
        await self._publish(lines)
        send, receive = anyio.create_memory_object_stream[Command](_COMMANDS)
        with send, receive:
            self._running[session_id] = _Running(send)
            if self._leaving:
                send.send_nowait(Close("hangup"))
            await follower.tell()
            if known is None:
                await self._send(write(Opened(session_id)))
            taken = await follower.run(receive)
        self._running.pop(session_id, None)
        if not taken:
            await self._send(write(Gone(session_id)))
        return follower.state if taken else None

    async def _tell_past(self, made: _Made) -> None:
        log, past = made.session.log, made.past
        session_id, image = log.session_id, past.image
        if len(past.lines) > _LONG_PAST:
            # One reader of so many events is enough.
            image, past.lines = await to_thread.run_sync(state_to, log.state), []
        if image:
            await self._send(image_line(session_id, image))
        for start in range(0, len(past.lines), _PAST):
            await self._publish(past.lines[start : start + _PAST])

    def _recent(self, word: Open) -> tuple[tuple[str, str], ...]:
        """The last sessions of the same folder: title and time each."""
        entries = self._library.entries(_LOOKED_AT)
        here = (entry for entry in entries if entry.folder == word.folder and entry.title)
        return tuple((entry.title, entry.updated) for entry in islice(here, _RECENT))

    async def _make(self, word: Open, closing: ExitStack) -> _Made:
        """A session and its past; `closing` lets go of its record."""
        past = await to_thread.run_sync(self._reopen, word, closing) if resumes(word) else None
        folder, roots = _folders_of(past) if past else (Path(word.folder), ())
        loaded = await to_thread.run_sync(self._preparation.settings, word, folder)
        told = dict(told_to_models(loaded.settings))
        if word.debug:
            told["GOOSE_TUI_REQUESTS"] = str(self._options.places.requests)
        connect, recorded = await self._preparation.connector(word, told, folder)
        if recorded and not word.model and past is None:
            word = evolve(word, model=recorded)
            loaded = await to_thread.run_sync(self._preparation.settings, word, folder)
        plan = await self._preparation.plan(word, folder, roots, loaded)
        bench = await self._preparation.bench(plan, loaded.settings, word.allow)
        plan = evolve(plan, servers=await self._preparation.ground(plan, bench))
        model = None if past else await connect(plan.model)
        opened = past if past is not None else await to_thread.run_sync(self._create, closing)
        session = Session(
            opened.session_id,
            opened.store,
            plan,
            connect,
            self._preparation.fast_of,
            bench,
            self._world,
            self._publish_new,
            model,
            self._options.compact,
        )
        garbage = await to_thread.run_sync(session.load, opened.state, opened.lines)
        if garbage:
            opened.lines = [line for line in opened.lines if line not in garbage]
        return _Made(session, opened)

    def _which(self, word: Open) -> str:
        """The session of the past that is meant."""
        if word.resume:
            return self._library.find(word.resume)
        return self._library.last(Path(word.folder))

    def _reopen(self, word: Open, closing: ExitStack) -> _Opened:
        session_id = self._which(word)
        if word.fork is not None:
            session_id = fork_session(self._library, session_id, word.fork, self._world)
        store = SessionStore(self._library.path(session_id), write=True)
        closing.callback(store.close)
        seq, image = store.image(IMAGE_VERSION) or (0, b"")
        state = None
        if image:
            try:
                state = state_from(image)
            except StoreError:
                seq, image = 0, b""  # the events say all that it said
        return _Opened(session_id, store, list(store.events(seq)), image, state)

    def _create(self, closing: ExitStack) -> _Opened:
        session_id = self._world.ids.new("s")
        store = SessionStore(self._library.path(session_id), write=True)
        closing.callback(store.close)
        return _Opened(session_id, store, [])

    def _telemetry_problem(self) -> tuple[str, ...]:
        """Why the traces that a person asked for are not sent; told once."""
        target = target_of(self._world.environ)
        problem = target.problem if target is not None else ""
        problem = problem or (self._telemetry.problem if self._telemetry is not None else "")
        if not problem or self._told_of_telemetry:
            return ()
        self._told_of_telemetry = True
        return (f"No traces are sent, though OTEL_EXPORTER_OTLP_ENDPOINT is set: {problem}.",)


def _may_follow(word: Open) -> bool:
    """Whether a session that cannot be written is to be read along."""
    return word.follow and resumes(word) and word.fork is None


def _folders_of(past: _Opened) -> tuple[Path, tuple[Path, ...]]:
    """The working folder and all folders of a session on record."""
    if past.state is not None:
        return Path(past.state.folder), tuple(map(Path, past.state.roots))
    first = event_from(past.lines[0]).data if past.lines else None
    if not isinstance(first, SessionStarted):
        raise StoreError("The record has no beginning.", "Start a new session.")
    return Path(first.folder), tuple(map(Path, first.roots))


def _first(group: BaseExceptionGroup[GooseError]) -> GooseError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, GooseError)
    return error
