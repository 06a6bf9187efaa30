"""From the first frame to Textual's own, without a gap."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE = 10.0
PROGRAM = """
import os, sys
from goose_tui.first_frame import open_first_frame, restore_terminal

first = open_first_frame(os.environ, "/src", fresh=True)

from textual.app import App
from textual.widget import Widget
from goose_tui.driver import driver_after

gate = sys.argv[1]

class Field(Widget, can_focus=True):
    typed = None
    keys = ()

    def render(self):
        return "painted"

    def on_key(self, event):
        if event.key == "enter":
            self.app.exit((self.typed, *self.keys))
        else:
            self.keys += (event.key,)

class Program(App):
    def compose(self):
        yield Field()

    def load(self, typed):
        self.query_one(Field).typed = typed.text

    def on_mount(self):
        open(gate).read()
        {mounted}

program = Program()
program.driver_class = driver_after(first, program.load, lambda: os._exit(3))
try:
    value = program.run()
finally:
    restore_terminal()
print("VALUE", value)
"""


class Terminal:
    """A terminal of our own with the program on it."""

    def __init__(self, folder: Path, mounted: str) -> None:
        self.master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        self.seen = b""
        environ = {**os.environ, "TERM": "xterm-256color", "GOOSE_TUI_HOME": str(folder)}
        environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(mounted=mounted), str(self.gate)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environ,
            start_new_session=True,
        )

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def wait(self, seen: Callable[[bytes], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not seen(self.seen):
            left = end - time.monotonic()
            assert left > 0 and select.select([self.master], [], [], left)[0], self.seen[-2000:]
            self.seen += os.read(self.master, 65536)

    def open_gate(self) -> None:
        self.gate.write_text("go", encoding="utf-8")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    made: list[Terminal] = []

    def begin(mounted: str = "pass") -> Terminal:
        made.append(Terminal(tmp_path, mounted))
        return made[-1]

    yield begin
    for terminal in made:
        terminal.close()


def test_keys_are_echoed_and_none_is_lost_until_textual_paints(
    start: Callable[..., Terminal],
) -> None:
    terminal = start()
    terminal.wait(lambda seen: b"What shall we do?" in seen)
    terminal.type(b"one ")
    terminal.wait(lambda seen: seen.endswith(b"one "))
    # Textual is at its mounting now or before it; nothing of it is to be seen.
    terminal.type(b"two")
    terminal.wait(lambda seen: seen.endswith(b"two"))
    assert b"\x1b[?1003h" not in terminal.seen
    terminal.type(b" three\x1b[D\x1b[De")
    terminal.open_gate()
    terminal.wait(lambda seen: b"\x1b[?1003h" in seen and b"painted" in seen)
    terminal.type(b"!\r")
    expected = b"VALUE ('one two three', 'left', 'left', 'e', 'exclamation_mark')"
    terminal.wait(lambda seen: expected in seen)
    assert terminal.process.wait(PATIENCE) == 0
    assert terminal.seen.count(b"\x1b[?1049h") == terminal.seen.count(b"\x1b[?1049l") == 1
    assert termios.tcgetattr(terminal.slave) == terminal.before


def test_a_program_that_ends_before_it_paints_leaves_the_terminal_as_it_was(
    start: Callable[..., Terminal],
) -> None:
    terminal = start("self.exit()")
    terminal.wait(lambda seen: b"What shall we do?" in seen)
    terminal.open_gate()
    terminal.wait(lambda seen: b"VALUE" in seen)
    assert terminal.process.wait(PATIENCE) == 0
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert terminal.seen.rindex(b"\x1b[?1049l") < terminal.seen.index(b"VALUE")


def test_a_crash_while_mounting_leaves_the_terminal_as_it_was(
    start: Callable[..., Terminal],
) -> None:
    terminal = start("raise RuntimeError('broken')")
    terminal.wait(lambda seen: b"What shall we do?" in seen)
    terminal.open_gate()
    terminal.wait(lambda seen: b"broken" in seen and b"VALUE" in seen)
    terminal.process.wait(PATIENCE)
    assert termios.tcgetattr(terminal.slave) == terminal.before
    assert terminal.seen.index(b"\x1b[?1049l") < terminal.seen.index(b"broken")
