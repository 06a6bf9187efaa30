"""The first frame: on the screen, and taking keys, before anything heavy is imported.

It is drawn with bare escape sequences where the workbench will draw the same things, so that nothing
jumps when that takes over. A thread echoes what is typed meanwhile; `hand_over` gives it to the
composer.
"""

from __future__ import annotations

import os
import sys

from goose_tui.first_keys import Draft, Keys
from goose_tui.terminal import cache_folder, colour_depth, has_unicode
from goose_tui.terminal_modes import (
    cooked,
    is_taken,
    on_every_way_out,
    restore_terminal,
    take_terminal,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Thread

__all__ = [
    "DEFAULT_LOOK",
    "HINTS",
    "LOOK_FILE",
    "LOOK_ROLES",
    "Canvas",
    "FirstFrame",
    "Look",
    "Typed",
    "open_first_frame",
    "restore_terminal",
]

HINTS = (
    ("enter", "send"),
    ("ctrl+j", "newline"),
    ("shift+tab", "mode"),
    ("ctrl+p", "palette"),
    ("?", "keys"),
)
"""What the status line shows: the same as the workbench's own."""

LOOK_FILE = "first-frame"
"""Name of the file in the cache folder that holds the colours of the theme last used."""

LOOK_ROLES = ("text", "bright", "dim", "accent", "rule")
"""The roles in that file, in its order."""

DEFAULT_LOOK = (
    "lakeside\n"
    "truecolor"
    " 38;2;204;212;218;48;2;20;26;32"
    " 38;2;240;244;248;48;2;20;26;32"
    " 38;2;138;149;159;48;2;20;26;32"
    " 38;2;108;207;194;48;2;20;26;32"
    " 38;2;57;66;75;48;2;20;26;32\n"
    "256 38;5;188;48;5;16 38;5;231;48;5;16 38;5;246;48;5;16 38;5;79;48;5;16 38;5;237;48;5;16\n"
    "16 37;40 97;40 37;40 37;40 90;40\n"
)
"""What is in it for the default theme: the colours of the very first start."""

_PLAIN = "0 0;1 0;2 0 0;2"
_GREETING = "What shall we do?"
_SIDE_FROM = 100
"""Columns from which there is a side column."""
_MOST_LINES = 10
_MOST_HELD = 3
_HELD_WORDS = "sends when ready"
_INDENT = 3
"""Columns of the prompt."""


class Typed:
    """What was typed before the program was there."""

    __slots__ = ("rest", "submitted", "text")

    def __init__(self, text: str, submitted: tuple[str, ...], rest: bytes) -> None:
        self.text = text
        """The draft."""
        self.submitted = submitted
        """Messages to send, the oldest first."""
        self.rest = rest
        """Bytes that the terminal sent after that: keys for whoever reads them next."""


class Look:
    """Colours and glyphs of the first frame.

    Args:
        styles: for each of `LOOK_ROLES` the parameters of its SGR sequence, with spaces between.
        unicode: whether glyphs beyond ASCII can be drawn.
    """

    def __init__(self, styles: str, *, unicode: bool) -> None:
        sequences = [f"\x1b[0;{style}m" for style in styles.split(" ")]
        self.text, self.bright, self.dim, self.accent, self.rule = sequences
        self.prompt, self.line, self.bar, self.dot, self.ellipsis = (
            ("›", "─", "│", "·", "…") if unicode else (">", "-", "|", "-", "...")
        )

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Look:
        """The look of the theme that was last used, in the colours this terminal has."""
        depth = colour_depth(environ)
        unicode = has_unicode(environ)
        path = f"{cache_folder(environ, sys.platform)}/{LOOK_FILE}"
        for text in (_read(path), DEFAULT_LOOK):
            for line in text.splitlines():
                name, _, styles = line.partition(" ")
                if name == depth and len(styles.split(" ")) == len(LOOK_ROLES):
                    return cls(styles, unicode=unicode)
        return cls(_PLAIN, unicode=unicode)


class Canvas:
    """Draws the frame for a size.

    Args:
        look: colours and glyphs.
        folder: where the session will work, as people write it.
        fresh: whether a new session begins.
    """

    def __init__(self, look: Look, folder: str, *, fresh: bool) -> None:
        self._look = look
        self._folder = folder
        self._fresh = fresh

    def frame(self, draft: Draft, width: int, height: int) -> bytes:
        """All of it, the cursor where one writes."""
        look = self._look
        field = self._field(draft, width)
        body = max(0, height - len(field) - 4)
        rule = look.rule + look.line * width
        rows = [self._header(width), rule, *self._body(width, body), rule, *field]
        rows = [*rows[: height - 1], self._status(width)]
        drawn = "".join(f"\x1b[{y};1H{row}" for y, row in enumerate(rows, 1))
        return (
            f"\x1b[?2026h\x1b[?25l{drawn}{self._cursor(draft, width, height)}\x1b[?2026l".encode()
        )

    def tail(self, draft: Draft, width: int) -> str:
        """What is to be seen of the line under the cursor, up to the cursor."""
        return _tail(draft.text.rpartition("\n")[2], max(1, width - _INDENT - 1))

    def line(self, draft: Draft, width: int, height: int) -> bytes:
        """Only the line under the cursor, the cursor at its end."""
        row = self._field(draft, width)[-1]
        return f"\x1b[{height - 1};1H{row}{self._cursor(draft, width, height)}".encode()

    @staticmethod
    def rows(draft: Draft) -> tuple[int, int]:
        """How many rows the draft and the held messages take."""
        return min(_MOST_LINES, draft.text.count("\n") + 1), len(draft.held)

    def _header(self, width: int) -> str:
        look = self._look
        title = "new session" if self._fresh else ""
        where = self._folder if len(title) + _cells(self._folder) + 6 <= width else ""
        gap = " " * max(0, width - len(title) - _cells(where) - 4)
        return f"{look.bright} {title[: width - 1]}{look.dim}   {where}{look.text}{gap}"

    def _body(self, width: int, height: int) -> list[str]:
        look = self._look
        side = max(36, min(64, width * 38 // 100)) if width >= _SIDE_FROM else 0
        main = width - side - 1 if side else width
        bar = f"{look.rule}{look.bar}{look.text}{' ' * side}" if side else ""
        rows = [f"{look.text}{' ' * main}{bar}"] * height
        if self._fresh and height > 1 and main > len(_GREETING) + 2:
            gap = " " * (main - len(_GREETING) - 2)
            rows[1] = f"{look.bright}  {_GREETING}{look.text}{gap}{bar}"
        return rows

    def _field(self, draft: Draft, width: int) -> list[str]:
        """The held messages and the draft, above the status line."""
        look = self._look
        room = max(1, width - _INDENT - 1)
        held_room = max(1, room - len(_HELD_WORDS) - 2)
        rows = []
        for text in draft.held[-_MOST_HELD:]:
            shown = self._cut(text.replace("\n", " "), held_room)
            gap = " " * max(0, width - _INDENT - _cells(shown) - len(_HELD_WORDS) - 2)
            rows.append(f"{look.dim}{' ' * _INDENT}{shown}  {_HELD_WORDS}{gap}")
        *before, last = draft.text.split("\n")[-_MOST_LINES:]
        shown_lines = [*(self._cut(line, room) for line in before), _tail(last, room)]
        for at, shown in enumerate(shown_lines):
            mark = f"{look.accent} {look.prompt} " if at == 0 else f"{look.text}   "
            gap = " " * max(0, width - _INDENT - _cells(shown))
            rows.append(f"{mark}{look.text}{shown}{gap}")
        return rows

    def _cursor(self, draft: Draft, width: int, height: int) -> str:
        column = _INDENT + 1 + _cells(self.tail(draft, width))
        return f"\x1b[{max(1, height - 1)};{column}H\x1b[?25h"

    def _status(self, width: int) -> str:
        look = self._look
        shown, used = "", 0
        for keys, words in HINTS:
            size = len(keys) + 1 + len(words) + (3 if shown else 0)
            if used + size > width - 4:
                break
            dot = f"{look.rule} {look.dot} " if shown else ""
            shown += f"{dot}{look.text}{keys}{look.dim} {words}"
            used += size
        return f"{look.text}{' ' * max(0, width - used - 1)}{shown}{look.text} "

    def _cut(self, text: str, room: int) -> str:
        if _cells(text) <= room:
            return _shown(text)
        mark = self._look.ellipsis
        shown = _shown(text)[:room]
        while shown and _cells(shown) + len(mark) > room:
            shown = shown[:-1]
        return shown + mark


class FirstFrame:
    """The frame, and a thread that writes what is typed into it.

    Args:
        canvas: draws.
        fd_in: the terminal's keys.
        fd_out: the terminal's screen.
        leave: ends the program with a status, when the person leaves before it is there.
    """

    def __init__(
        self,
        canvas: Canvas,
        *,
        fd_in: int = 0,
        fd_out: int = 1,
        leave: Callable[[int], None] = os._exit,
    ) -> None:
        self._canvas = canvas
        self._in = fd_in
        self._out = fd_out
        self._leave = leave
        self._draft = Draft()
        self._keys = Keys(self._draft)
        self._rows = self._canvas.rows(self._draft)
        self._tail = ""
        self._wake: tuple[int, int] = (-1, -1)
        self._stopping = False
        self._thread: Thread | None = None
        self._typed: Typed | None = None

    def start(self) -> None:
        """Take the terminal, draw, and read keys from now on."""
        take_terminal(self._in, self._out)
        self._draw()
        # Only now, with the frame on the screen: these cost more than all before.
        import signal
        import threading

        on_every_way_out()
        self._wake = os.pipe()
        signal.signal(signal.SIGWINCH, self._resized)
        self._thread = threading.Thread(target=self._read_keys, name="first-keys", daemon=True)
        self._thread.start()

    @property
    def draft(self) -> str:
        """What is written by now; more may come until it is handed over."""
        return self._draft.text

    def hand_over(self, *, cook: bool = True) -> Typed:
        """Stop reading and tell what was typed; the screen stays. Further calls return the same.

        Call it in the main thread, just before somebody else takes the keys.

        Args:
            cook: whether the line discipline gets back what it had, for somebody who takes the
                terminal from there.
        """
        if self._typed is not None:
            return self._typed
        if self._thread is not None:
            self._stopping = True
            os.write(self._wake[1], b".")
            self._thread.join()
            self._forget_resizes()
            for fd in self._wake:
                os.close(fd)
        if cook:
            cooked()
        rest = self._keys.finish()
        self._typed = Typed(self._draft.text, tuple(self._draft.held), rest)
        return self._typed

    def _resized(self, number: int, frame: object) -> None:
        os.write(self._wake[1], b".")

    def _forget_resizes(self) -> None:
        import signal

        if signal.getsignal(signal.SIGWINCH) == self._resized:
            signal.signal(signal.SIGWINCH, signal.SIG_DFL)

    def _size(self) -> tuple[int, int]:
        try:
            width, height = os.get_terminal_size(self._out)
        except OSError:
            width, height = 80, 24
        return width or 80, height or 24

    def _draw(self) -> None:
        width, height = self._size()
        self._rows = self._canvas.rows(self._draft)
        self._tail = self._canvas.tail(self._draft, width)
        self._write(self._canvas.frame(self._draft, width, height))

    def _show(self) -> None:
        """Draw what a key changed, and no more than that."""
        width, height = self._size()
        before, self._tail = self._tail, self._canvas.tail(self._draft, width)
        if self._keys.redraw or self._canvas.rows(self._draft) != self._rows:
            self._keys.redraw = False
            self._draw()
        elif self._tail.startswith(before):
            self._write(self._tail[len(before) :].encode())
        else:
            self._write(self._canvas.line(self._draft, width, height))

    def _write(self, data: bytes) -> None:
        try:
            while data and is_taken():
                data = data[os.write(self._out, data) :]
        except OSError:
            pass  # the terminal has gone, and a signal tells so

    def _read_keys(self) -> None:
        from select import select  # as late as the thread

        while True:
            ready = select([self._in, self._wake[0]], [], [], self._keys.patience)[0]
            if self._in in ready and not self._read():
                return
            if self._wake[0] in ready:
                os.read(self._wake[0], 64)
                if self._stopping:
                    break
                self._draw()
            if not ready:
                self._keys.quiet()
                self._show()
            if self._keys.leave is not None:
                restore_terminal()
                self._leave(self._keys.leave)
                return
        # What has begun is read to its end, what has come is not left behind.
        while select([self._in], [], [], self._keys.patience or 0)[0] and self._read():
            pass

    def _read(self) -> bool:
        try:
            data = os.read(self._in, 4096)
        except OSError:
            data = b""
        if data:
            self._keys.feed(data)
            self._show()
        return bool(data)


def open_first_frame(environ: Mapping[str, str], folder: str, *, fresh: bool) -> FirstFrame:
    """Draw the first frame on the terminal and take its keys.

    Args:
        environ: tells what the terminal can do.
        folder: where the session will work.
        fresh: whether a new session begins.
    """
    home = environ.get("HOME", "").rstrip("/")
    if home and (folder == home or folder.startswith(f"{home}/")):
        folder = f"~{folder[len(home) :]}"
    folder = "".join(c for c in folder if c.isprintable())
    first = FirstFrame(Canvas(Look.read(environ), folder, fresh=fresh))
    first.start()
    return first


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 (pathlib costs 5 ms)
            return file.read(4096)
    except OSError:
        return ""


def _shown(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c for c in text.replace("\t", " ") if c.isprintable())


def _cells(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # rarely needed

    return sum(
        0
        if combining(c) or c in "\u200b\u200c\u200d\ufe0e\ufe0f"
        else 2
        if east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def _tail(text: str, room: int) -> str:
    """The end of a line, as much as fits."""
    shown = _shown(text)[-room:]
    while _cells(shown) > room:
        shown = shown[1:]
    return shown
