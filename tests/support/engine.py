"""A real engine and a face for it, in one process, for tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream

from goose_agent.clock import World
from goose_agent.codec import event_from
from goose_agent.commands import AnswerRequest, Close, Command, Submit
from goose_agent.config.places import Places
from goose_agent.engine import Engine, Options
from goose_agent.errors import NoModel
from goose_agent.events import ApprovalAnswer, Event, Mode, QuestionAnswer
from goose_agent.events.requests import ApprovalChoice
from goose_agent.extensions.host import ExtensionHost
from goose_agent.extensions.third_party import Loaded
from goose_agent.loop.overflow import Compactor
from goose_agent.providers.connect import ConnectedModel
from goose_agent.state.image import state_from
from goose_agent.state.records import AnswerRecord
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import Pending, SessionState
from goose_agent.tools.standard import standard_extensions
from goose_agent.tools.tool import Extension
from goose_agent.wire import Gone, Imaged, Open, Opened, Refused, Tell, frames, parse, write

__all__ = ["Face", "Rig"]

GLANCE = 0.02
"""Seconds after which a condition is looked at again though nothing was said."""
PATIENCE = 10
"""Seconds after which a test gives up waiting."""


class Face:
    """Watches an engine as a screen would, and says what a person says."""

    def __init__(self, to_engine: ObjectSendStream[bytes]) -> None:
        self._to_engine = to_engine
        self._news = anyio.Event()
        self.state = SessionState()
        self.events: list[Event] = []
        self.session_id = ""
        self.opened = False
        self.refused: Refused | None = None
        self.gone = False

    def hear(self, chunk: bytes) -> None:
        """Take what the engine says."""
        for line in frames(chunk):
            match parse(line):
                case bytes() as body:
                    event = event_from(body)
                    self.events.append(event)
                    self.state = reduce(self.state, event)
                case Imaged(_, image):
                    self.state = state_from(image)
                case Opened(session_id):
                    self.session_id, self.opened = session_id, True
                case Refused() as refused:
                    self.refused = refused
                case Gone():
                    self.gone = True
                case _:
                    pass
        news, self._news = self._news, anyio.Event()
        news.set()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds: looked at with every word of the engine, and now and then."""
        with anyio.fail_after(PATIENCE):
            while not condition():
                with anyio.move_on_after(GLANCE):
                    await self._news.wait()

    async def say(self, line: bytes) -> None:
        """Send a line."""
        await self._to_engine.send(line)

    async def tell(self, *commands: Command) -> None:
        """Send commands in one chunk."""
        await self.say(b"".join(write(Tell(self.session_id, command)) for command in commands))

    async def submit(self, text: str, *, steer: bool = False) -> None:
        """Say something."""
        await self.tell(Submit(text, steer))

    async def ask(self, text: str) -> None:
        """Say something and wait until the turn has ended."""
        turns = len(self.state.turns)
        await self.submit(text)
        await self.until(lambda: len(self.state.turns) > turns and not self.state.working)

    async def idle(self) -> None:
        """Wait until no turn is under way."""
        await self.until(lambda: self.state.turns and not self.state.working)

    async def pending(self, count: int = 1) -> tuple[Pending, ...]:
        """Wait for so many open questions."""
        await self.until(lambda: len(self.state.pending) == count)
        return self.state.pending

    async def approve(self, choice: ApprovalChoice = "once", reason: str = "") -> None:
        """Answer the first open approval."""
        first = self.state.pending[0]
        await self.tell(AnswerRequest(first.request_id, ApprovalAnswer(choice, reason)))
        await self.until(lambda: first not in self.state.pending)

    async def reply(self, text: str) -> None:
        """Answer the first open question."""
        first = self.state.pending[0]
        await self.tell(AnswerRequest(first.request_id, QuestionAnswer(text)))

    async def leave(self) -> None:
        """Close the session and wait until it is gone."""
        await self.tell(Close())
        await self.until(lambda: self.gone)

    def kinds(self) -> list[str]:
        """The types of all durable events so far."""
        return [event.type for event in self.events if not event.transient]

    def data(self, kind: str) -> list[Any]:
        """The data of all events of one type."""
        return [event.data for event in self.events if event.type == kind]

    @property
    def answer(self) -> str:
        """The text of the last answer."""
        texts = [record.text for record in self.state.records if isinstance(record, AnswerRecord)]
        return texts[-1] if texts else ""


@dataclass
class Rig:
    """Where engines of one test live: their home, workspace, models and tools."""

    base: Path
    models: dict[str, ConnectedModel] = field(default_factory=dict)
    extensions: Callable[[], Iterable[Extension]] = standard_extensions
    environ: dict[str, str] = field(default_factory=dict)
    compact: Compactor | None = None
    made: Callable[[ExtensionHost], Iterable[Extension]] | None = None
    """Makes the extensions from what a session has; None for `extensions`."""
    third_party: Callable[[ExtensionHost, Iterable[str]], Loaded] = lambda _, __: Loaded()

    def __post_init__(self) -> None:
        self.folder = self.base / "work"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.world = World(
            environ={
                "PATH": os.environ["PATH"],
                "HOME": str(self.base),
                "GOOSE_TUI_HOME": str(self.base),
                **self.environ,
            },
            chance=lambda: 0.0,
        )
        self.places = Places.of(self.world.environ)

    def connect(self, name: str, world: World) -> ConnectedModel:
        """The model of this name."""
        if name not in self.models:
            raise NoModel(f"There is no {name}.", "Name another.")
        return self.models[name]

    def options(self, version: str = "test") -> Options:
        """What engines are made with."""
        return Options(
            version,
            self.places,
            self.connect,
            self.made or (lambda _: self.extensions()),
            self.third_party,
            self.compact,
        )

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Face]:
        """An engine that runs, and its face; leaving cancels it hard, as a kill would."""
        to_engine, inbound = anyio.create_memory_object_stream[bytes](64)
        outbound, from_engine = anyio.create_memory_object_stream[bytes](64)
        face = Face(to_engine)
        engine = Engine(self.options(), self.world, outbound)

        async def serve(inbound: ObjectReceiveStream[bytes]) -> None:
            async with inbound, outbound:
                await engine.run(inbound)

        async def listen() -> None:
            async for chunk in from_engine:
                face.hear(chunk)

        async with to_engine, from_engine, anyio.create_task_group() as tasks:
            tasks.start_soon(serve, inbound)
            tasks.start_soon(listen)
            try:
                yield face
            finally:
                tasks.cancel_scope.cancel()

    @asynccontextmanager
    async def session(
        self, model: str = "fake/one", *, mode: Mode = "auto", max_turns: int | None = None
    ) -> AsyncIterator[Face]:
        """An engine with one open session."""
        async with self.engine() as face:
            word = Open(str(self.folder), model=model, mode=mode, max_turns=max_turns)
            await face.say(write(word))
            await face.until(lambda: face.opened or face.refused)
            yield face

    @asynccontextmanager
    async def resumed(self, session_id: str, *, mode: Mode | None = None) -> AsyncIterator[Face]:
        """An engine with a session of the past."""
        async with self.engine() as face:
            await face.say(write(Open(str(self.folder), resume=session_id, mode=mode)))
            await face.until(lambda: face.opened or face.refused)
            yield face

    def write(self, name: str, text: str) -> Path:
        """A file in the workspace."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def with_model(self, model: ConnectedModel) -> Sequence[str]:
        """Make a model known; returns its names."""
        self.models[model.info.name] = model
        return tuple(self.models)
