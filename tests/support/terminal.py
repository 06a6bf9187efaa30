"""A running program of ours, and the eyes and hands of a person before it."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

import anyio
from textual import events
from textual._compositor import LayoutUpdate
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from goose_tui.screens.workbench import WorkbenchScreen
from goose_tui.terminal_app import TerminalApp

__all__ = ["GLANCE", "PATIENCE", "Terminal"]

PATIENCE = 10
"""Seconds after which a test gives up waiting."""
GLANCE = 0.03
"""Seconds between two looks at a condition."""
BETWEEN_KEYS = 0.02
"""Seconds between two keys of a person: more than in a paste."""
_CHARACTERS = {"enter": "\r", "tab": "\t", "space": " ", "ctrl+j": "\n"}

A = TypeVar("A", bound=TerminalApp)


class Terminal(ABC, Generic[A]):
    """What is seen of an app, and what is done to it.

    Args:
        app: runs.
    """

    def __init__(self, app: A) -> None:
        self.app = app
        self._pilot: Pilot[int] | None = None

    @property
    @abstractmethod
    def shown(self) -> WorkbenchScreen:
        """The session on the screen, whatever lies over it."""

    def screen_text(self) -> str:
        """All that is on the screen, dialogs included, a line each."""
        # The same drawing as that of a screenshot.
        drawn = self.app.screen._compositor.render_update(
            full=True, screen_stack=self.app._background_screens
        )
        assert isinstance(drawn, LayoutUpdate)
        rows = ((strip for strip in row if strip) for row in drawn.strips)
        return "".join(f"{''.join(strip.text for strip in row)}\n" for row in rows)

    def line(self, at: int) -> str:
        """One line of the screen; counted from the end where negative."""
        return self.screen_text().rstrip("\n").split("\n")[at]

    def lines(self, start: int, stop: int, *, columns: int) -> list[str]:
        """The first columns of some lines of the screen."""
        return [line[:columns] for line in self.screen_text().split("\n")[start:stop]]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: it does not; with what is on the screen instead.
        """
        with anyio.move_on_after(PATIENCE):
            while not condition():  # noqa: ASYNC110 (a screen is painted when it likes)
                await anyio.sleep(GLANCE)
            return
        raise AssertionError(f"waited in vain before\n{self.screen_text()}")

    async def sees(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        await self.until(lambda: all(text in self.screen_text() for text in texts))

    async def misses(self, text: str) -> None:
        """Wait until this is not on the screen any more."""
        await self.until(lambda: text not in self.screen_text())

    async def press(self, *keys: str) -> None:
        """Press keys one after another, as fingers do; they are handled when this returns.

        Args:
            keys: Textual's names, or single characters.
        """
        for key in keys:
            self.app.post_message(_key(key))
            await anyio.sleep(BETWEEN_KEYS)
            await self.settle()

    async def burst(self, *keys: str) -> None:
        """Let keys come in one go, as a paste without brackets does."""
        for key in keys:
            self.app.post_message(_key(key))
        await anyio.sleep(BETWEEN_KEYS)
        await self.settle()

    async def type(self, text: str) -> None:
        """Write a text, without Enter."""
        await self.burst(*text)

    async def paste(self, text: str) -> None:
        """Paste with brackets."""
        self.app.post_message(events.Paste(text))
        await self.settle()

    async def settle(self) -> None:
        """Wait until what was pressed has reached whom it was for and was handled."""
        for _ in range(2):
            pumps: list[MessagePump | None] = [self.app, self.app.screen, self.app.focused]
            for pump in pumps:
                handled = anyio.Event()
                if pump is not None and pump.is_running and pump.call_later(handled.set):
                    with anyio.move_on_after(1):  # it may close before its turn comes
                        await handled.wait()

    async def click(self, selector: str) -> None:
        """Point at a widget.

        Args:
            selector: of the widget, as in a style sheet.
        """
        assert self._pilot is not None
        await self._pilot.click(selector)

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        assert self._pilot is not None
        await self._pilot.resize_terminal(width, height)


def _key(key: str) -> events.Key:
    if len(key) > 1:
        return events.Key(key, _CHARACTERS.get(key))
    if key == "\n":
        return events.Key("enter", "\r")
    if key.isalnum():
        return events.Key(key, key)
    name = unicodedata.name(key).lower().replace("-", "_").replace(" ", "_")
    return events.Key(name, key)
