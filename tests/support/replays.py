"""A replay of a record, and a person before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from goose_agent.wire import Open
from goose_tui.app_start import Start
from goose_tui.replay_start import ReplayApp, read_recording
from goose_tui.screens.replay import ReplayScreen
from goose_tui.theming import load_look
from support.terminal import Terminal

__all__ = ["Replay"]


class Replay(Terminal[ReplayApp]):
    """A replay and nothing else.

    Args:
        record: the file.
        at: where to begin; empty for the end.
        theme: of colours; empty for the default.
        keys: the user's own, by id.
    """

    def __init__(
        self, record: Path, at: str = "", *, theme: str = "", keys: Mapping[str, str] | None = None
    ) -> None:
        self.read = read_recording(record)
        start = Start(version="1.0", open_word=lambda: Open(""), look=load_look(theme))
        super().__init__(ReplayApp(self.read, start, keys or {}, at))

    @property
    def screen(self) -> ReplayScreen:
        """The replay."""
        return self.app.replay

    @property
    def shown(self) -> ReplayScreen:
        """The session on the screen."""
        return self.app.replay

    @property
    def left(self) -> bool:
        """Whether the program has come to its end."""
        return self.app.return_value is not None

    @asynccontextmanager
    async def running(self, width: int = 100, height: int = 30) -> AsyncIterator[Self]:
        """Run until the block is left; the recording is shown when it begins."""
        async with self.app.run_test(size=(width, height)) as pilot:
            self._pilot = pilot
            await self.until(lambda: self.screen.transcript is not None)
            await self.settle()
            try:
                yield self
            finally:
                self.read.recording.close()
