"""The terminal goes away, and no signal tells so: it is not the one that controls the program."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goose_agent.codec import event_from
from goose_agent.sessions.store import SessionStore
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState

COMMAND = str(Path(sys.executable).with_name("goose-tui"))
PATIENCE = 30.0


class Child:
    """The tour, in a session without a controlling terminal."""

    def __init__(self, home: Path, speed: str) -> None:
        self.master, slave = pty.openpty()
        self.seen = b""
        folder = home / "work"
        folder.mkdir()
        self.process = subprocess.Popen(
            [COMMAND, "demo"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "GOOSE_TUI_HOME": str(home / "goose"),
                "GOOSE_TOUR_SPEED": speed,
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
            },
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def sees(self, words: bytes) -> None:
        """Read until the words were written."""
        end = time.monotonic() + PATIENCE
        while words not in self.seen:
            left = end - time.monotonic()
            assert left > 0 and select.select([self.master], [], [], left)[0], self.seen[-2000:]
            self.seen += os.read(self.master, 65536)

    def lose_terminal(self) -> None:
        """Close the only other end."""
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """End what has not ended."""
        self.process.kill()
        self.process.wait(PATIENCE)
        if self.master >= 0:
            self.lose_terminal()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Child]]:
    made: list[Child] = []

    def begin(speed: str) -> Child:
        made.append(Child(tmp_path, speed))
        return made[-1]

    yield begin
    for child in made:
        child.close()


def on_record(home: Path) -> SessionState:
    (path,) = (home / "goose" / "data" / "sessions").glob("s-*.db")
    store = SessionStore(path, write=False)
    try:
        state = SessionState()
        for line in store.events():
            state = reduce(state, event_from(line))
    finally:
        store.close()
    return state


def test_a_program_that_waits_for_an_answer_ends_and_the_question_stays(
    start: Callable[[str], Child], tmp_path: Path
) -> None:
    child = start("0")
    child.sees(b"Approve")
    child.lose_terminal()

    assert child.process.wait(PATIENCE) == 129
    state = on_record(tmp_path)
    assert state.ended
    assert state.pending


def test_a_program_at_work_ends_in_order(start: Callable[[str], Child], tmp_path: Path) -> None:
    child = start("1")
    child.sees(b"look around")
    child.lose_terminal()

    assert child.process.wait(PATIENCE) == 129
    state = on_record(tmp_path)
    assert state.ended
    assert not state.pending


def test_a_program_that_has_drawn_nothing_but_its_first_frame_ends(
    start: Callable[[str], Child],
) -> None:
    child = start("0")
    child.sees(b"What shall we do?")
    child.lose_terminal()

    assert child.process.wait(PATIENCE) == 129
