"""A whole session on a terminal: what is sent shows the same as what Textual wrote."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from support.emulator import Emulator

COLUMNS, ROWS = 120, 40
PATIENCE = 30.0
QUIET = 0.2
"""Seconds without output after which a frame is complete."""
THOUGHT = 0.6
"""Seconds after which an approval takes keys."""
APPROVE = "Approve"
RECORDER = """
import json, sys
from goose_tui.frame_differ import FrameDiffer
from goose_tui.launch import main

encode, record = FrameDiffer.encode, open(sys.argv.pop(1), "w", encoding="utf-8")

def recorded(self, data, size):
    sent = encode(self, data, size)
    record.write(json.dumps([data, sent, *size]) + "\\n")
    record.flush()
    return sent

FrameDiffer.encode = recorded
sys.exit(main())
"""

pytestmark = pytest.mark.timeout(120)


class Program:
    """The tour, and the screen a person sees of it."""

    def __init__(self, home: Path) -> None:
        self.record = home / "record"
        self.received = ""
        folder = home / "work"
        folder.mkdir()
        self._screen = Emulator(COLUMNS, ROWS)
        self.process = pexpect.spawn(
            sys.executable,
            ["-c", RECORDER, str(self.record), "demo"],
            cwd=str(folder),
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "HOME": str(home),
                "GOOSE_TUI_HOME": str(home / "goose"),
                "GOOSE_TOUR_SPEED": "0.05",
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "LANG": "C.UTF-8",
            },
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
        )

    def resize(self, columns: int, lines: int) -> None:
        self._screen.resize(columns, lines)
        self.process.setwinsize(lines, columns)

    def sees(self, words: str) -> None:
        """Read until the words are on the screen."""
        end = time.monotonic() + PATIENCE
        while words not in self._screen.text:
            assert time.monotonic() < end, f"never seen: {words}\n{self._screen.text}"
            self._read()

    def settle(self, quiet: float = QUIET) -> None:
        """Read until nothing comes for a while."""
        end = time.monotonic() + PATIENCE
        while self._read(quiet):
            assert time.monotonic() < end

    def _read(self, patience: float = QUIET) -> bool:
        try:
            data = self.process.read_nonblocking(1 << 16, timeout=patience)
        except pexpect.TIMEOUT:
            return False
        self.received += data
        self._screen.feed(data)
        return True

    def left_for_the_shell(self) -> None:
        """Read until the screen was given back."""
        self.process.expect_exact("\x1b[?1004l", timeout=PATIENCE)

    def leave(self) -> None:
        self.process.send("\x04")
        self.process.expect(pexpect.EOF, timeout=PATIENCE)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    started = Program(tmp_path)
    yield started
    started.process.close(force=True)


def test_a_session_looks_the_same_as_if_every_frame_was_sent_as_textual_wrote_it(
    program: Program,
) -> None:
    for _ in range(3):
        program.sees(APPROVE)
        program.settle(THOUGHT)
        program.process.send("y")
    program.sees("all 6 tests pass")
    for keys in (
        "plain words",
        " 日本語と한국어",
        " 👩\u200d💻 e\u0301 ✅",
        "\x0c",
        "\x15",
        "\x1b[5~",
        "\x1b[6~",
    ):
        program.process.send(keys)
        program.settle()
    program.received = ""
    program.process.send("\x0c")
    program.settle()
    assert COLUMNS * "─" in program.received  # what nothing has changed is sent, too
    for size in ((90, 30), (130, 45)):
        program.resize(*size)
        program.settle()
    program.process.send("\x10")  # the palette, over all else
    program.settle()
    program.process.send("\x1b")
    program.settle()
    program.process.send("\x1a")
    program.left_for_the_shell()
    program.process.kill(signal.SIGCONT)
    program.settle()
    program.leave()

    written, sent = _held_together(program.record)
    assert sent < written / 2


def _held_together(record: Path) -> tuple[int, int]:
    """Look at both screens after each frame; the bytes that were written and those that were sent."""
    size, bytes_written, bytes_sent = (COLUMNS, ROWS), 0, 0
    plain, thrifty = Emulator(*size), Emulator(*size)
    for line in record.read_text(encoding="utf-8").splitlines():
        data, sent, columns, lines = json.loads(line)
        if size != (columns, lines):
            size = columns, lines
            plain.resize(*size)
            thrifty.resize(*size)
        plain.feed(data)
        thrifty.feed(sent)
        bytes_written += len(data.encode())
        bytes_sent += len(sent.encode())
        if "H" in data:
            assert thrifty.seen == plain.seen
    return bytes_written, bytes_sent
