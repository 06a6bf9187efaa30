"""The terminal goes away, and no signal tells so: it is not the one that controls the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goose_agent.codec import event_from
from goose_agent.sessions.store import SessionStore
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.pty_child import PATIENCE, PtyChild


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], PtyChild]]:
    made: list[PtyChild] = []
    folder = tmp_path / "work"
    folder.mkdir()

    def begin(speed: str) -> PtyChild:
        environ = {
            "HOME": str(tmp_path),
            "GOOSE_TUI_HOME": str(tmp_path / "goose"),
            "GOOSE_TOUR_SPEED": speed,
        }
        made.append(PtyChild(folder, environ, "demo", controlled=False))
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
    start: Callable[[str], PtyChild], tmp_path: Path
) -> None:
    child = start("0")
    child.sees(b"Approve")
    child.lose_terminal()

    assert child.process.wait(PATIENCE) == 129
    state = on_record(tmp_path)
    assert state.ended
    assert state.pending


def test_a_program_at_work_ends_in_order(start: Callable[[str], PtyChild], tmp_path: Path) -> None:
    child = start("1")
    child.sees(b"look around")
    child.lose_terminal()

    assert child.process.wait(PATIENCE) == 129
    state = on_record(tmp_path)
    assert state.ended
    assert not state.pending


def test_a_program_that_has_drawn_nothing_but_its_first_frame_ends(
    start: Callable[[str], PtyChild],
) -> None:
    child = start("0")
    child.sees(b"What shall we do?")
    child.lose_terminal()

    assert child.process.wait(PATIENCE) == 129
