"""Where the lines go: a stream that is only ever written at its end.

Nothing moves a cursor or chooses a colour, so that a screen reader speaks each line once, as it
comes. The one line that is left open is a prompt; whatever comes meanwhile closes it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

__all__ = ["Page"]


class Page:
    """Lines for a person.

    Args:
        out: where they are written.
        echoes: whether what is typed is shown by the terminal itself.
    """

    def __init__(self, out: TextIO, *, echoes: bool) -> None:
        self._out = out
        self._echoes = echoes
        self._prompt = ""
        self.lost = False
        """Whether nobody reads any more."""

    def say(self, lines: Iterable[str]) -> None:
        """Write lines, each safe to be shown."""
        text = "".join(f"{line}\n" for line in lines)
        if text:
            self._write(("\n" if self._prompt else "") + text)
            self._prompt = ""

    def ask(self, prompt: str) -> None:
        """Leave a line open that begins so; the same one is not asked twice in a row."""
        if prompt != self._prompt:
            self._write(("\n" if self._prompt else "") + prompt)
            self._prompt = prompt

    def typed(self, text: str) -> str:
        """A line was typed: it ends the open one. The result is the prompt it was typed at."""
        prompt, self._prompt = self._prompt, ""
        if prompt and not self._echoes:
            self._write(f"{text}\n")
        return prompt

    def close(self) -> None:
        """End the line that is open."""
        if self._prompt:
            self._write("\n")
            self._prompt = ""

    def _write(self, text: str) -> None:
        if self.lost:
            return
        try:
            self._out.write(text)
            self._out.flush()
        except OSError:
            self.lost = True
