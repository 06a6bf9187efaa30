"""An event loop on which nobody sleeps, for tests of what waits between attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

__all__ = ["HurriedLoop", "slept"]

Given = TypeVarTuple("Given")


class HurriedLoop(asyncio.SelectorEventLoop):
    """Ends each sleep at once and remembers it; deadlines, which are set by `call_at`, stay true."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        """Seconds of every sleep."""

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Given], object],
        *args: *Given,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Remember the delay and come at once."""
        self.slept.append(delay)
        return self.call_at(self.time(), callback, *args, context=context)


def slept() -> list[float]:
    """The sleeps of the running loop so far, in seconds."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, HurriedLoop)
    return loop.slept
