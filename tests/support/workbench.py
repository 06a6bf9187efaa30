"""The real workbench with the real engine and a scripted model, and what a person does with it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Self

from anyio.abc import ObjectReceiveStream, ObjectSendStream
from textual.pilot import Pilot

from goose_agent.clock import Clock, SystemClock
from goose_agent.engine import Engine
from goose_agent.events import Mode
from goose_agent.providers.connect import ConnectedModel
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.state.records import AnswerRecord, CallRecord, NoticeRecord
from goose_agent.state.session_state import SessionState
from goose_agent.wire import Open
from goose_tui.app import GooseApp
from goose_tui.app_start import Start
from goose_tui.bridge import Link
from goose_tui.first_frame import Typed
from goose_tui.model_setup import ModelSetup
from goose_tui.screens.asking import AskingScreen
from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.theming import Look, load_look
from goose_tui.tour.prepare import connect_any, prepare_tour
from goose_tui.widgets.composer import Composer
from goose_tui.widgets.step_bar import StepBar
from support.engine import Rig
from support.terminal import PATIENCE, Terminal

__all__ = ["MODEL", "PATIENCE", "Workbench", "script", "surroundings"]

MODEL = "scripted/model"
KEY_SILENCE = 0.05
"""Seconds of silence before an approval can be answered, shorter than people have."""

_FAST = {"GOOSE_TOUR_SPEED": "0", "GOOSE_SCRIPT_SPEED": "0"}


def surroundings(base: Path, home: str = "") -> dict[str, str | None]:
    """The environment of a terminal with all colours and of a home folder of nobody.

    Args:
        base: where settings and sessions are.
        home: the home folder; empty for the same.

    Returns:
        Variables; None for those that would make it another terminal.
    """
    wanted = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}
    unwanted = ("NO_COLOR", "LC_ALL", "LC_CTYPE", "TMUX", "STY", "SSH_CONNECTION", "SSH_TTY")
    places = {"HOME": home or str(base), "GOOSE_TUI_HOME": str(base)}
    return {**wanted, **places, **dict.fromkeys(unwanted)}


def script(text: str) -> ScriptedModel:
    """A model from YAML that makes no pauses."""
    return ScriptedModel.load(text, name=MODEL, speed=0)


@cache
def _look(theme: str) -> Look:
    """A theme, read once for all tests."""
    return load_look(theme, os.environ)


class Workbench(Terminal[GooseApp]):
    """An app, the engine behind it, and the hands and eyes of a person before it.

    Args:
        base: an empty folder: home, settings, sessions and the project are in it.
        model: who answers.
        mode: the permission mode.
        theme: of colours; empty for the default.
        key_silence: seconds before an approval can be answered.
        clock: tells engine and screen the time.
        resume: the session to go on with; empty for a new one in the project.
        open_word: says which session to open instead.
        prompts: messages that are sent at once.
        typed: what was typed into the first frame.
        link: runs the engine; None for one in this process.
        project: name of the project's folder.
        environ: further variables of the engine.
    """

    def __init__(
        self,
        base: Path,
        model: ConnectedModel | None = None,
        *,
        mode: Mode = "smart",
        theme: str = "",
        key_silence: float = KEY_SILENCE,
        clock: Clock | None = None,
        resume: str = "",
        open_word: Open | None = None,
        prompts: Sequence[str] = (),
        typed: Typed | None = None,
        link: Link | None = None,
        environ: Mapping[str, str] | None = None,
        project: str = "work",
    ) -> None:
        self.model = model or script("[]")
        self.rig = Rig(
            base, {self.model.info.name: self.model}, environ={**_FAST, **(environ or {})}
        )
        self.rig.folder = base / project
        self.rig.folder.mkdir(exist_ok=True)
        self.clock = clock or SystemClock()
        self.rig.world = replace(self.rig.world, clock=self.clock)
        word = open_word or Open(str(self.folder), model=self.model.info.name, mode=mode)
        if resume:
            word = Open(str(self.folder), resume=resume)
        start = Start(
            version="1.0",
            open_word=lambda: word,
            look=_look(theme),
            prompts=prompts,
            tour=self._tour,
            setup=lambda: ModelSetup(self.rig.places, self.rig.world.environ),
            mono=self.clock.mono,
            now=self.clock.now,
            key_silence=key_silence,
        )
        super().__init__(GooseApp(link or self.engine, start))
        self.written: list[str] = []
        """What was written to the terminal besides pictures."""
        self._typed = typed

    @property
    def folder(self) -> Path:
        """The project."""
        return self.rig.folder

    async def engine(
        self, inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        """Run an engine in this process."""
        options = self.rig.options("1.0")
        await Engine(options, self.rig.world, outbound).run(inbound)

    def _tour(self) -> tuple[Open, str]:
        tour = prepare_tour(self.rig.places)
        self.rig.models[tour.model] = connect_any(tour.model, self.rig.world)
        return Open(str(tour.folder), model=tour.model), tour.prompt

    @asynccontextmanager
    async def running(self, width: int = 100, height: int = 26) -> AsyncIterator[Self]:
        """Run until the block is left; the session is open when it begins, if there is one."""
        async with self.app.run_test(size=(width, height)) as pilot:
            if self._typed is not None:
                self.app.deliver(self._typed)
            try:
                await self.watch(pilot)
                yield self
            finally:
                await self.leave()

    async def watch(self, pilot: Pilot[int]) -> None:
        """Take the place before a running app, and wait until there is something to see."""
        self._pilot = pilot
        driver = self.app._driver
        assert driver is not None
        driver.write = self.written.append  # type: ignore[method-assign, assignment] # it would drop them
        await self.until(lambda: self.opened or self.app.refused or len(self.app.screen_stack) > 1)

    async def leave(self) -> None:
        """Quit, unless that has happened, and wait until the session is closed."""
        self.app.leave()
        await self.until(lambda: self.left)

    # What is seen

    @property
    def shown(self) -> WorkbenchScreen:
        """The session on the screen."""
        return self.app.workbench

    @property
    def left(self) -> bool:
        """Whether the program has come to its end."""
        return self.app.return_value is not None

    @property
    def opened(self) -> bool:
        """Whether a session is open and shown."""
        state = self.app.state
        return state is not None and bool(state.folder)

    @property
    def state(self) -> SessionState:
        """The session on the screen."""
        state = self.app.state
        assert state is not None
        return state

    @property
    def composer(self) -> Composer:
        """Where the person writes."""
        return self.app.workbench.composer

    @property
    def draft(self) -> str:
        """What is written there."""
        return self.composer.text

    @property
    def answers(self) -> list[str]:
        """What the model said, in order."""
        return [item.text for item in self.state.records if isinstance(item, AnswerRecord)]

    @property
    def calls(self) -> list[CallRecord]:
        """The tool calls, in order."""
        return [item for item in self.state.records if isinstance(item, CallRecord)]

    @property
    def notices(self) -> list[str]:
        """What the program said, in order."""
        return [item.text for item in self.state.records if isinstance(item, NoticeRecord)]

    @property
    def paused(self) -> bool:
        """Whether the turn waits to be let go on, and the step bar can do that."""
        pause = self.state.debugging.pause
        bar = self.app.workbench.query_one(StepBar)
        return pause is not None and bar.pause_id == pause.pause_id

    @property
    def asks(self) -> bool:
        """Whether a dialog asks something."""
        return isinstance(self.app.screen, AskingScreen)

    async def idle(self) -> None:
        """Wait until a turn was worked on and nothing is under way."""
        await self.until(lambda: self.state.turns and not self.state.working)

    # What is done

    async def send(self, text: str) -> None:
        """Write a text and press Enter."""
        await self.type(text)
        await self.press("enter")
        await self.until(lambda: not self.draft)

    async def dialog(self) -> AskingScreen:
        """Wait for a dialog that takes answers."""
        await self.until(
            lambda: isinstance(self.app.screen, AskingScreen) and self.app.screen.armed
        )
        assert isinstance(self.app.screen, AskingScreen)
        return self.app.screen

    async def answer(self, *keys: str, reason: str = "") -> None:
        """Answer what is asked, or the next to be asked; it is on record afterwards.

        Args:
            keys: of the choice.
            reason: what to say to the model, where the key asks for it.
        """
        dialog = await self.dialog()
        await self.press(*keys)
        if reason:
            await self.type(reason)
            await self.press("enter")
        await self.until(lambda: dialog not in self.app.screen_stack)
