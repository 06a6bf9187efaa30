"""The installed program in a real terminal, driven as a person drives it."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pexpect
import pyte
import pytest

from goose_agent.codec import event_from
from goose_agent.sessions.store import SessionStore
from goose_agent.state.records import AnswerRecord, CallRecord
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

COMMAND = str(Path(sys.executable).with_name("goose-tui"))
COLUMNS, ROWS = 120, 40
PATIENCE = 30.0
APPROVE = "Approve"

pytestmark = pytest.mark.timeout(120)


class Terminal:
    """The program in a pseudo terminal, and the screen a person would see."""

    def __init__(self, home: Path, folder: Path, *arguments: str, speed: str = "0") -> None:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GOOSE_TUI_HOME": str(home / "goose"),
            "GOOSE_TOUR_SPEED": speed,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.process = pexpect.spawn(
            COMMAND,
            list(arguments),
            cwd=str(folder),
            env=environ,
            dimensions=(ROWS, COLUMNS),
            timeout=PATIENCE,
        )

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.screen.display)

    def _read(self) -> bool:
        """Take what came; False when the program has ended."""
        try:
            data = self.process.read_nonblocking(65536, timeout=0.1)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        assert isinstance(data, bytes)
        self.raw += data
        # pyte does not know every private mode; it must not choke on those that are asked for.
        self._stream.feed(re.sub(rb"\x1b\[[?>=<][0-9;$]*[a-zA-Z]*[$pqu]", b"", data))
        return True

    def until(self, seen: Callable[[str], bool], what: str) -> None:
        """Read until the screen shows it; bounded."""
        end = time.monotonic() + PATIENCE
        while not seen(self.text):
            alive = self._read()
            assert alive or seen(self.text), f"ended before: {what}\n{self.text}"
            assert time.monotonic() < end, f"never seen: {what}\n{self.text}"

    def sees(self, words: str) -> None:
        """Read until the words are on the screen."""
        self.until(lambda text: words in text, words)

    def send(self, keys: str) -> None:
        """Type."""
        self.process.send(keys)

    def rest(self, seconds: float) -> None:
        """Read for so long, and type nothing: then a dialog takes keys."""
        quiet = time.monotonic() + seconds
        while time.monotonic() < quiet:
            self._read()

    def answer(self, key: str) -> None:
        """Answer the dialog on the screen; a key that comes too early is tried again."""
        before = self.text.count(APPROVE)
        assert before
        head = _head(self.text)
        end = time.monotonic() + PATIENCE
        while _head(self.text) == head:
            assert time.monotonic() < end, f"no answer taken:\n{self.text}"
            self.rest(0.6)
            if _head(self.text) == head:
                self.send(key)
                self._read()

    def ended(self) -> int:
        """Read until the program ends; its exit status."""
        end = time.monotonic() + PATIENCE
        while self._read():
            assert time.monotonic() < end, f"it does not end:\n{self.text}"
        self.process.close()
        if self.process.exitstatus is not None:
            return self.process.exitstatus
        return 128 + (self.process.signalstatus or 0)


def _head(text: str) -> str:
    """What the dialog on the screen is about; empty without one."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if APPROVE in line and at + 1 < len(lines):
            return lines[at + 1]
    return ""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    folder = tmp_path / "work"
    folder.mkdir()
    started: list[Terminal] = []

    def make(*arguments: str, speed: str = "0") -> Terminal:
        terminal = Terminal(tmp_path, folder, *arguments, speed=speed)
        started.append(terminal)
        return terminal

    yield make
    for terminal in started:
        terminal.process.close(force=True)


def test_the_tour_mends_the_project_and_leaves_a_clean_terminal(
    start: Callable[..., Terminal],
) -> None:
    terminal = start("demo")
    for _ in range(3):
        terminal.sees(APPROVE)
        terminal.answer("y")
    terminal.sees("all 6 tests pass")
    assert "4/4" in terminal.text

    terminal.send("\x04")
    assert terminal.ended() == 0
    assert "goose-tui --resume s-" in terminal.text
    assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
    assert terminal.raw.rfind(b"\x1b[?25h") > terminal.raw.rfind(b"\x1b[?25l")
    assert terminal.raw.rfind(b"\x1b[?1000l") > terminal.raw.rfind(b"\x1b[?1000h")
    assert terminal.raw.rfind(b"\x1b[?2004l") > terminal.raw.rfind(b"\x1b[?2004h")


def test_after_a_kill_the_approval_is_pending_again(start: Callable[..., Terminal]) -> None:
    terminal = start("demo")
    terminal.sees(APPROVE)
    terminal.process.kill(signal.SIGKILL)
    assert terminal.ended() == 128 + signal.SIGKILL

    again = start("-c")
    again.sees(APPROVE)
    again.sees("I'll look around first")
    for _ in range(3):
        again.sees(APPROVE)
        again.answer("y")
    again.sees("all 6 tests pass")


PROSE = re.compile(r" [A-Za-z][ -~]{11,}")
"""A row of a model's answer: other rows of the transcript begin with marks."""


def _prose(text: str) -> list[str]:
    """The rows of answers that are on the screen, left of the side column."""
    rows = [row.partition("│")[0].rstrip() for row in text.split("\n")[2:-3]]
    return [" ".join(row.split()) for row in rows if PROSE.fullmatch(row)]


def _is_part(row: str, kept: str) -> bool:
    """Whether a row was said; one that was drawn half when the end came has two halves."""
    return any(
        row[:at].strip() in kept and row[at:].strip() in kept for at in range(len(row), -1, -1)
    )


def _on_record(home: Path) -> SessionState:
    (path,) = (home / "goose" / "data" / "sessions").glob("s-*.db")
    store = SessionStore(path, write=False)
    try:
        assert store.damage() == ()
        state = SessionState()
        for line in store.events():
            state = reduce(state, event_from(line))
    finally:
        store.close()
    return state


@pytest.mark.parametrize("approvals", range(4))
def test_killed_at_any_moment_all_that_was_painted_is_on_record(
    start: Callable[..., Terminal], tmp_path: Path, approvals: int
) -> None:
    terminal = start("demo", speed="0.3")
    for _ in range(approvals):
        terminal.sees(APPROVE)
        terminal.answer("y")
    terminal.until(lambda text: bool(_prose(text)), "an answer")
    moment = time.monotonic() + Random(approvals).uniform(0.0, 1.0)
    while time.monotonic() < moment:
        terminal._read()
    terminal.process.kill(signal.SIGKILL)
    painted = _prose(terminal.text)
    assert terminal.ended() == 128 + signal.SIGKILL

    state = _on_record(tmp_path)
    said = " ".join(record.text for record in state.records if isinstance(record, AnswerRecord))
    kept = " ".join(said.translate(str.maketrans("", "", "*`")).split())
    assert painted
    assert [row for row in painted if not _is_part(row, kept)] == []
    done = [call for call in state.records if isinstance(call, CallRecord) and call.settled]
    assert len(done) >= 2 * approvals

    again = start("-c")
    again.sees("A test of this project")
    if state.pending:
        again.sees(APPROVE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_session_that_goes_on(
    start: Callable[..., Terminal], number: signal.Signals
) -> None:
    terminal = start("demo")
    terminal.sees(APPROVE)
    terminal.process.kill(number)
    assert terminal.ended() == 128 + number
    assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")

    again = start("-c")
    again.sees(APPROVE)
    assert "cut off" not in again.text


def test_what_is_typed_before_the_program_is_there_is_not_lost(
    start: Callable[..., Terminal],
) -> None:
    terminal = start("demo")
    terminal.send("words of the first moment")
    terminal.sees(APPROVE)
    terminal.sees("words of the first moment")


def test_a_wrong_option_is_one_clear_line(start: Callable[..., Terminal]) -> None:
    terminal = start("--mode", "bogus")
    assert terminal.ended() == 2
    assert "bogus" in terminal.text
    assert "Traceback" not in terminal.text
