"""The first frame, drawn before anything heavy is imported."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyte
import pytest
from textual.app import App

from goose_tui.first_frame import (
    DEFAULT_LOOK,
    HINTS,
    LOOK_FILE,
    Canvas,
    FirstFrame,
    Look,
    restore_terminal,
)
from goose_tui.first_keys import Draft
from goose_tui.screens import workbench
from goose_tui.screens.workbench import IDLE_HINTS, WorkbenchScreen
from goose_tui.terminal_modes import take_terminal, terminal_left
from goose_tui.theme_shelf import DEFAULT_THEME, shelf
from goose_tui.theming import first_frame_look, textual_theme
from goose_tui.view.palette import ASCII, UNICODE, Palette
from goose_tui.widgets.welcome import Greeting

PATIENCE = 10.0
TRUECOLOR = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}


def canvas(*, unicode: bool = True, fresh: bool = True) -> Canvas:
    return Canvas(Look("0 0;1 0;2 0;36 0;90", unicode=unicode), "~/src/parser", fresh=fresh)


def screen_of(data: bytes, width: int, height: int) -> pyte.Screen:
    screen = pyte.Screen(width, height)
    pyte.ByteStream(screen).feed(data)
    return screen


def draft_of(text: str, *held: str) -> Draft:
    draft = Draft()
    draft.text = text
    draft.held.extend(held)
    return draft


class Bench(App[None]):
    """Shows the workbench and nothing else."""

    CSS_PATH = Path(workbench.__file__).with_suffix(".tcss")

    def __init__(self, home: Path) -> None:
        super().__init__()
        theme = textual_theme(shelf({"GOOSE_TUI_HOME": str(home)}).take(DEFAULT_THEME))
        self.register_theme(theme)
        self.theme = theme.name

    def on_mount(self) -> None:
        self.push_screen(WorkbenchScreen(Palette.plain()))


# Looks


@pytest.mark.parametrize("width", [40, 80, 99, 100, 120, 133, 160, 220])
async def test_it_looks_as_the_workbench_does_before_a_session_is_open(
    tmp_path: Path, width: int
) -> None:
    height = 30
    first = screen_of(
        Canvas(Look("0 0 0 0 0", unicode=True), "", fresh=True).frame(Draft(), width, height),
        width,
        height,
    )
    app = Bench(tmp_path)
    async with app.run_test(size=(width, height)) as pilot:
        await pilot.pause()
        workbench = app.screen
        assert isinstance(workbench, WorkbenchScreen)
        workbench.greet(Greeting())
        await pilot.pause()
        shown = ["".join(s.text for s in strip) for strip in workbench._compositor.render_strips()]
    alike = [0, 1, 3, height - 3, height - 2, height - 1]
    main = shown[5].index("│") if "│" in shown[5] else width
    assert [first.display[y][: main + 1] for y in alike] == [shown[y][: main + 1] for y in alike]
    assert [line[main : main + 1] for line in first.display[2:-3]] == [
        line[main : main + 1] for line in shown[2:-3]
    ]


def test_it_says_the_same_hints_and_uses_the_same_glyphs_as_the_workbench() -> None:
    assert HINTS == IDLE_HINTS
    for unicode, glyphs in ((True, UNICODE), (False, ASCII)):
        look = Look("0 0 0 0 0", unicode=unicode)
        assert (look.prompt, look.line, look.bar, look.dot, look.ellipsis) == (
            glyphs.prompt,
            glyphs.rule,
            glyphs.vertical,
            glyphs.dot,
            glyphs.ellipsis,
        )


def test_the_colours_of_the_very_first_start_are_those_of_the_default_theme(tmp_path: Path) -> None:
    themes = shelf({"GOOSE_TUI_HOME": str(tmp_path)})
    assert first_frame_look(themes.take(DEFAULT_THEME)) == DEFAULT_LOOK


def test_colours_come_from_the_theme_last_used(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / LOOK_FILE).write_text("mine\n256 1 2 3 4 5\n", encoding="utf-8")
    environ = {"TERM": "screen-256color", "GOOSE_TUI_HOME": str(tmp_path)}
    assert Look.read(environ).accent == "\x1b[0;4m"


@pytest.mark.parametrize("damage", ["", "x", "256 1 2", "\x00\xff", "256 " + "x " * 3000])
def test_a_damaged_file_of_colours_is_as_none(tmp_path: Path, damage: str) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / LOOK_FILE).write_text(damage, encoding="latin-1")
    environ = {"TERM": "screen-256color", "GOOSE_TUI_HOME": str(tmp_path)}
    assert "38;5;" in Look.read(environ).text


def test_without_colours_there_are_none(tmp_path: Path) -> None:
    environ = {**TRUECOLOR, "NO_COLOR": "", "GOOSE_TUI_HOME": str(tmp_path)}
    frame = Canvas(Look.read(environ), "~", fresh=True).frame(Draft(), 80, 24)
    assert b"38;" not in frame and b"48;" not in frame


@pytest.mark.parametrize("height", range(1, 8))
@pytest.mark.parametrize("width", [1, 2, 5, 12, 40])
def test_any_size_can_be_drawn(width: int, height: int) -> None:
    draft = draft_of("one\ntwo 漢字 three", "held")
    screen = screen_of(canvas().frame(draft, width, height), width, height)
    assert len(screen.display) == height


def test_wide_characters_move_the_cursor_by_two() -> None:
    screen = screen_of(canvas().frame(draft_of("a漢b"), 40, 10), 40, 10)
    assert (screen.cursor.y, screen.cursor.x) == (8, 3 + 4)


def test_a_long_line_shows_its_end_under_the_cursor() -> None:
    screen = screen_of(canvas().frame(draft_of("x" * 50 + "end"), 30, 10), 30, 10)
    assert screen.display[8].rstrip().endswith("xend")
    assert screen.cursor.x == 29


def test_a_draft_of_several_lines_grows_upward() -> None:
    screen = screen_of(canvas().frame(draft_of("one\ntwo"), 40, 10), 40, 10)
    assert [line.rstrip() for line in screen.display[6:9]] == ["─" * 40, " › one", "   two"]


def test_a_held_message_says_when_it_will_be_sent() -> None:
    screen = screen_of(canvas().frame(draft_of("", "fix the\nparser"), 50, 10), 50, 10)
    assert screen.display[7].rstrip() == "   fix the parser  sends when ready"


def test_what_a_terminal_would_obey_is_never_drawn() -> None:
    frame = canvas().frame(draft_of("a\u202eb\tc"), 40, 10)
    assert "\u202e".encode() not in frame and b"\t" not in frame


# On a terminal


class Terminal:
    """A terminal of our own: what is drawn on it, and keys for it."""

    def __init__(self, width: int = 60, height: int = 12) -> None:
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.seen = b""
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        size = struct.pack("HHHH", height, width, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)
        self.screen.resize(height, width)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def type_slowly(self, keys: bytes) -> None:
        for key in keys:
            self.type(bytes([key]))

    def wait(self, seen: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not seen():
            left = end - time.monotonic()
            assert left > 0, f"not seen on\n{self.text}"
            if select.select([self.master], [], [], left)[0]:
                try:
                    data = os.read(self.master, 65536)
                except OSError:
                    data = b""
                assert data or seen(), f"the program ended with\n{self.text}"
                self.seen += data
                self.stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    @property
    def prompt(self) -> str:
        return self.screen.display[-2].rstrip()

    def close(self) -> None:
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    hook = sys.excepthook
    made = Terminal()
    yield made
    restore_terminal()
    made.close()
    for number, handler in before.items():
        signal.signal(number, handler)
    sys.excepthook = hook


def test_keys_are_echoed_and_handed_over(terminal: Terminal) -> None:
    before = termios.tcgetattr(terminal.slave)
    first = FirstFrame(canvas(), fd_in=terminal.slave, fd_out=terminal.slave)
    first.start()
    terminal.type("grün 漢x\x7f".encode())
    terminal.wait(lambda: terminal.prompt.startswith(" › grün 漢"))
    assert not termios.tcgetattr(terminal.slave)[3] & termios.ECHO
    terminal.type(b"\r")
    terminal.wait(lambda: "sends when ready" in terminal.text)
    terminal.type(b"next")
    terminal.wait(lambda: terminal.prompt == " › next")
    terminal.type(b"\x1b[Aab")
    typed = first.hand_over()
    assert (typed.submitted, typed.text) == (("grün 漢",), "next")
    assert termios.tcgetattr(terminal.slave) == before
    assert b"?1049l" not in terminal.seen
    assert first.hand_over() is typed


def test_no_key_is_lost_between_the_two_readers(terminal: Terminal) -> None:
    keys = b"".join(b"key%d " % n for n in range(60)) + b"\x1b[Dtail"
    first = FirstFrame(canvas(), fd_in=terminal.slave, fd_out=terminal.slave)
    first.start()
    typist = threading.Thread(target=terminal.type_slowly, args=(keys,))
    typist.start()
    terminal.wait(lambda: "key" in terminal.prompt)
    typed = first.hand_over()
    take_terminal(terminal.slave, terminal.slave)
    typist.join()
    got = typed.text.encode() + typed.rest
    end = time.monotonic() + PATIENCE
    while len(got) < len(keys) and time.monotonic() < end:
        if select.select([terminal.slave], [], [], 0.1)[0]:
            got += os.read(terminal.slave, 4096)
    assert got == keys


def test_a_new_size_is_drawn_anew(terminal: Terminal) -> None:
    first = FirstFrame(canvas(), fd_in=terminal.slave, fd_out=terminal.slave)
    first.start()
    terminal.type(b"draft")
    terminal.wait(lambda: terminal.prompt == " › draft")
    terminal.resize(40, 8)
    os.kill(os.getpid(), signal.SIGWINCH)
    terminal.wait(lambda: terminal.screen.display[5] == "─" * 40)
    assert terminal.prompt == " › draft"
    first.hand_over()


@pytest.mark.parametrize(("key", "status"), [(b"\x03", 130), (b"\x04", 0)])
def test_leaving_restores_the_terminal(terminal: Terminal, key: bytes, status: int) -> None:
    left = threading.Event()
    statuses: list[int] = []

    def leave(status: int) -> None:
        statuses.append(status)
        left.set()

    before = termios.tcgetattr(terminal.slave)
    first = FirstFrame(canvas(), fd_in=terminal.slave, fd_out=terminal.slave, leave=leave)
    first.start()
    terminal.type(key)
    assert left.wait(PATIENCE)
    terminal.wait(lambda: b"\x1b[?1049l" in terminal.seen)
    assert (statuses, termios.tcgetattr(terminal.slave)) == ([status], before)
    first.hand_over()


def test_restoring_undoes_every_mode_once(terminal: Terminal) -> None:
    take_terminal(terminal.slave, terminal.slave)
    restore_terminal()
    restore_terminal()
    terminal.wait(lambda: b"\x1b[23;0t" in terminal.seen)
    undone = (b"?1000l", b"?1003l", b"?1006l", b"?2004l", b"?2026l", b"?1004l", b"[<u", b"?25h")
    assert all(terminal.seen.count(b"\x1b" + mode) <= 1 for mode in undone)
    assert all(mode in terminal.seen for mode in undone)
    assert terminal.seen.count(b"\x1b[?1049l") == 1


def test_the_main_screen_is_left_alone_once_somebody_else_went_back_to_it(
    terminal: Terminal,
) -> None:
    take_terminal(terminal.slave, terminal.slave)
    terminal_left()
    restore_terminal()
    terminal.wait(lambda: b"\x1b[23;0t" in terminal.seen)
    assert b"?1049l" not in terminal.seen


# In a process of its own


STAND_IN = """
import json, os, sys, types
from goose_tui.launch import main

def run_workbench(argv, first):
    {body}

start = types.ModuleType("goose_tui.start")
start.run_workbench = run_workbench
sys.modules["goose_tui.start"] = start
sys.exit(main(sys.argv[1:]))
"""


class Program:
    """The command, with a stand-in for the workbench, on a terminal of our own."""

    def __init__(self, terminal: Terminal, body: str, *argv: str, home: Path) -> None:
        environ = {**os.environ, **TRUECOLOR, "GOOSE_TUI_HOME": str(home), "PYTHON_COLORS": "0"}
        environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        self.process = subprocess.Popen(
            [sys.executable, "-c", STAND_IN.format(body=body), *argv],
            stdin=terminal.slave,
            stdout=terminal.slave,
            stderr=terminal.slave,
            env=environ,
            start_new_session=True,
        )

    def end(self) -> int:
        return self.process.wait(PATIENCE)


def test_what_is_typed_reaches_the_workbench(terminal: Terminal, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    body = (
        f"open({str(gate)!r}).read(); typed = first.hand_over(); "
        "from goose_tui.first_frame import restore_terminal; restore_terminal(); "
        "print(json.dumps([argv, typed.text, typed.submitted])); return 7"
    )
    program = Program(terminal, body, "--mode", "plan", home=tmp_path)
    terminal.wait(lambda: "What shall we do?" in terminal.text)
    terminal.type(b"first\r")
    terminal.wait(lambda: "sends when ready" in terminal.text)
    terminal.type(b"second")
    terminal.wait(lambda: terminal.prompt == " › second")
    gate.write_text("go", encoding="utf-8")
    expected = json.dumps([["--mode", "plan"], "second", ["first"]])
    terminal.wait(lambda: expected.encode() in terminal.seen)
    assert program.end() == 7


def test_a_crash_restores_the_terminal_before_the_trace(terminal: Terminal, tmp_path: Path) -> None:
    before = termios.tcgetattr(terminal.slave)
    program = Program(terminal, "raise RuntimeError('broken')", home=tmp_path)
    terminal.wait(lambda: b"RuntimeError: broken" in terminal.seen)
    assert program.end() == 1
    assert terminal.seen.index(b"\x1b[?1049l") < terminal.seen.index(b"Traceback")
    assert termios.tcgetattr(terminal.slave) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal(
    terminal: Terminal, tmp_path: Path, number: signal.Signals
) -> None:
    before = termios.tcgetattr(terminal.slave)
    body = "os.write(1, b'READY'); import threading; threading.Event().wait()"
    program = Program(terminal, body, home=tmp_path)
    terminal.wait(lambda: b"READY" in terminal.seen)
    program.process.send_signal(number)
    terminal.wait(lambda: b"\x1b[?1049l" in terminal.seen)
    assert program.end() == 128 + number
    assert termios.tcgetattr(terminal.slave) == before


def test_wrong_words_are_answered_without_taking_the_screen(
    terminal: Terminal, tmp_path: Path
) -> None:
    program = Program(
        terminal,
        "print('no frame' if first is None else 'frame'); return 2",
        "--bogus",
        home=tmp_path,
    )
    terminal.wait(lambda: b"no frame" in terminal.seen)
    assert program.end() == 2
    assert b"1049" not in terminal.seen


def test_importing_it_needs_nothing_heavy() -> None:
    heavy = ("re", "typing", "dataclasses", "json", "threading", "pathlib", "textual", "signal")
    code = (
        "import sys; before = set(sys.modules); import goose_tui.first_frame; "
        f"print([name for name in {heavy} if name in sys.modules and name not in before])"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True
    )
    assert done.stdout.strip() == "[]"
