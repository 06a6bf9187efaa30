"""Lines as a person types them, without a thread that nobody could call back."""

from __future__ import annotations

import os

import anyio
from anyio import to_thread

__all__ = ["Keyboard"]

_CHUNK = 65_536


class Keyboard:
    """Reads lines from a terminal or a pipe.

    Args:
        fileno: of what is read.
    """

    def __init__(self, fileno: int) -> None:
        self._fileno = fileno
        self._terminal = os.isatty(fileno)
        self._held = b""
        self._ended = False

    @property
    def lost(self) -> bool:
        """Whether there was a terminal, and it has gone."""
        return self._terminal and not os.isatty(self._fileno)

    async def line(self) -> str | None:
        """The next line without its end; None when nothing more comes."""
        while b"\n" not in self._held and not self._ended:
            piece = await self._read()
            self._held += piece
            self._ended = not piece
        if not self._held:
            return None
        line, _, self._held = self._held.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")

    async def _read(self) -> bytes:
        try:
            await anyio.wait_readable(self._fileno)
        except OSError:
            # Files and devices that cannot be waited for can be read at once, or nearly so.
            return await to_thread.run_sync(self._take, abandon_on_cancel=True)
        return self._take()

    def _take(self) -> bytes:
        try:
            return os.read(self._fileno, _CHUNK)
        except OSError:
            return b""  # the terminal has gone
