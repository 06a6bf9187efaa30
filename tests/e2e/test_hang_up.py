"""A terminal hangs up, as a connection that drops does; whoever comes back finds all as it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from goose_agent.codec import event_from
from goose_agent.config.places import Places
from goose_agent.events import SessionEnded
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore
from support.pty_child import PATIENCE, PtyChild

ASKS = """
- calls: [{tool: shell, arguments: {command: "touch done.txt"}}]
- text: All is done.
"""
WORKS = """
- calls: [{tool: shell, arguments: {command: "echo > begun; until test -e go.txt; do sleep 0.1; done; touch done.txt"}}]
- text: All is done.
"""

Start = Callable[..., PtyChild]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    os.mkfifo(made / "begun")
    return made


@pytest.fixture
def start(tmp_path: Path, folder: Path) -> Iterator[Start]:
    made: list[PtyChild] = []
    environ = {
        "HOME": str(tmp_path),
        "GOOSE_TUI_HOME": str(tmp_path / "home"),
        "GOOSE_SCRIPT_SPEED": "0",
        "OLLAMA_HOST": "127.0.0.1:1",
    }

    def begin(*arguments: str) -> PtyChild:
        made.append(PtyChild(folder, environ, *arguments, controlled=True))
        return made[-1]

    yield begin
    for child in made:
        child.close()


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return f"scripted/{path}"


def ends_of(home: Path) -> list[str]:
    """How the processes of the one session ended."""
    (entry,) = Library(Places.of({"GOOSE_TUI_HOME": str(home)}).sessions).entries()
    path = Library(Places.of({"GOOSE_TUI_HOME": str(home)}).sessions).path(entry.session_id)
    with closing(SessionStore(path, write=False)) as store:
        data = [event_from(line).data for line in store.events()]
    return [each.reason for each in data if isinstance(each, SessionEnded)]


def begun(folder: Path) -> None:
    """Wait until the command runs: it writes into a pipe that is read here."""
    assert (folder / "begun").read_text(encoding="utf-8") == "\n"


def answers(child: PtyChild, key: str, words: bytes) -> None:
    """Press a key until it is taken: within the silence before a dialog it belongs to the draft."""
    for _ in range(20):
        child.types(key)
        if child.may_see(words, 1.0):
            return
    raise AssertionError(f"nothing came of {key}")


def test_an_approval_that_waited_when_the_terminal_hung_up_is_asked_again(
    start: Start, tmp_path: Path, folder: Path
) -> None:
    child = start("--model", script(tmp_path, ASKS))
    child.sees(b"What shall we do")
    child.types("go\r")
    child.sees(b"Approve")
    child.lose_terminal()
    assert child.process.wait(PATIENCE) == 129
    assert ends_of(tmp_path / "home") == ["hangup"]
    assert not (folder / "done.txt").exists()
    again = start("-c")
    again.sees(b"Approve")
    answers(again, "y", b"All is done.")
    assert (folder / "done.txt").exists()


def test_with_detach_what_runs_goes_on_and_whoever_comes_back_takes_over(
    start: Start, tmp_path: Path, folder: Path
) -> None:
    settings = Places.of({"GOOSE_TUI_HOME": str(tmp_path / "home")}).settings
    settings.parent.mkdir(parents=True)
    settings.write_text("detach: 60s\n", encoding="utf-8")
    child = start("--mode", "auto", "--model", script(tmp_path, WORKS))
    child.sees(b"What shall we do")
    child.types("go\r")
    begun(folder)
    child.lose_terminal()
    again = start("-c")
    again.sees(b"terminal has gone")
    assert not (folder / "done.txt").exists()
    (folder / "go.txt").touch()
    again.sees(b"The terminal went away")
    assert (folder / "done.txt").exists()
    assert child.process.wait(PATIENCE) == 129
    assert ends_of(tmp_path / "home") == ["hangup"]


def test_a_session_of_lines_lets_what_runs_end_as_well(
    start: Start, tmp_path: Path, folder: Path
) -> None:
    settings = Places.of({"GOOSE_TUI_HOME": str(tmp_path / "home")}).settings
    settings.parent.mkdir(parents=True)
    settings.write_text("detach: 60s\n", encoding="utf-8")
    child = start("--plain", "--mode", "auto", "--model", script(tmp_path, WORKS))
    child.sees(b"you: ")
    child.types("go\r")
    begun(folder)
    child.lose_terminal()
    busy = start("--plain", "-c")
    busy.sees(b"it ends once what runs there has ended")
    (folder / "go.txt").touch()
    assert child.process.wait(PATIENCE) == 129
    assert (folder / "done.txt").exists()
    assert ends_of(tmp_path / "home") == ["hangup"]
    again = start("--plain", "-c")
    again.sees(b"waiting for you: the terminal went away")
