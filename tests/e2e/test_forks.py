"""Forks in a real terminal: lines, an editor, two quick Escs, and from a replay on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

pytestmark = pytest.mark.timeout(90)

COMMAND = str(Path(sys.executable).with_name("goose-tui"))
TALK = "- text: One.\n- text: Two.\n- text: Three.\n- text: Four.\n"

Start = Callable[..., "pexpect.spawn[str]"]


def environ(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOOSE_TUI_HOME": str(home / "home"),
        "EDITOR": str(home / "editor"),
        "OLLAMA_HOST": "127.0.0.1:1",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that needs no terminal."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=home / "work",
        env=environ(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )


def command(home: Path, *arguments: str) -> str:
    """What a command says that needs no terminal."""
    return run(home, *arguments).stdout


def sessions(home: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(command(home, "sessions", "list", "--output", "json"))
    return listed


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "work").mkdir()
    (tmp_path / "script.yaml").write_text(TALK, encoding="utf-8")
    return f"scripted/{tmp_path / 'script.yaml'}"


@pytest.fixture
def talked(tmp_path: Path, model: str) -> str:
    """A session in which two things were said; its id."""
    command(tmp_path, "run", "--model", model, "first thing")
    command(tmp_path, "run", "-c", "second thing")
    (entry,) = sessions(tmp_path)
    return str(entry["id"])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    children = []

    def spawn(*arguments: str) -> pexpect.spawn[str]:
        child = pexpect.spawn(
            COMMAND,
            [*arguments],
            cwd=str(tmp_path / "work"),
            env=environ(tmp_path),
            encoding="utf-8",
            timeout=30,
            dimensions=(30, 120),
        )
        child.delaybeforesend = None
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)


def editor(home: Path, *sed: str) -> None:
    """Let the person's editor be one that makes these changes, one each time it is called."""
    calls = home / "calls"
    cases = "\n".join(f"{at}) {each};;" for at, each in enumerate(sed, 1))
    script = (
        f'#!/bin/sh\necho x >> {calls}\ncase $(wc -l < {calls} | tr -d " ") in\n{cases}\nesac\n'
    )
    (home / "editor").write_text(script, encoding="utf-8")
    (home / "editor").chmod(0o700)


def test_without_a_screen_one_goes_back_to_an_earlier_message(
    tmp_path: Path, talked: str, start: Start
) -> None:
    child = start("--plain", "--resume", talked)
    child.expect_exact("goose: Two.")
    child.expect_exact("you: ")
    child.sendline("/rewind")
    child.expect_exact("2: second thing")
    child.expect_exact("Files are as they are now")
    child.expect_exact("you: ")
    child.sendline("/rewind 2")
    child.expect_exact(f"Forked from {talked}")
    child.expect_exact("you said there: second thing")
    child.expect_exact("you: ")
    child.sendline("another thing")
    child.expect_exact("goose: Two.")
    child.expect_exact("you: ")
    child.sendline("/rewind 9")
    child.expect_exact("from 1 to 2")
    child.sendline("/rewind 1 something else")
    child.expect_exact("something else")
    child.expect_exact("goose: One.")
    child.expect_exact("you: ")
    child.sendline("/exit")
    child.expect(pexpect.EOF)
    entries = sessions(tmp_path)
    assert [entry["parent"] for entry in entries].count(talked) == 1
    assert {entry["branch"] for entry in entries} == {None, "another thing", "something else"}


def test_a_conversation_is_edited_and_what_comes_back_is_a_fork(
    tmp_path: Path, talked: str, start: Start
) -> None:
    editor(
        tmp_path,
        's=$1; sed -i "s/first thing/the very first thing/" "$s"; echo "- you: third" >> "$s"',
    )
    child = start("--plain", "--resume", talked, "--edit")
    child.expect_exact("1 message edited")
    child.expect_exact("queued")
    child.sendline("")
    child.expect_exact("goose: Three.")
    child.sendline("/exit")
    child.expect(pexpect.EOF)
    fork, original = sessions(tmp_path)
    assert (fork["parent"], original["id"]) == (talked, talked)
    seen = command(tmp_path, "sessions", "show", fork["id"], "--context", "--raw")
    assert "the very first thing" in seen and "third" in seen
    assert not list((tmp_path / "home").glob("data/edits/*"))


def test_a_slip_in_the_editor_loses_nothing(tmp_path: Path, talked: str, start: Start) -> None:
    editor(
        tmp_path,
        'echo "- nobody: words" >> "$1"',
        'grep -q "^# ! Item 3" "$1" && sed -i "s/nobody/you/" "$1"',
    )
    child = start("sessions", "fork", f"{talked}@-1", "--edit")
    child.expect_exact("Item 3: what has no `piece` is something to say")
    child.sendline("")
    child.expect_exact("stays as it is")
    child.expect(pexpect.EOF)
    assert len(sessions(tmp_path)) == 2


def test_ctrl_c_in_the_editor_is_for_the_editor(tmp_path: Path, talked: str, start: Start) -> None:
    editor(tmp_path, 'trap "echo - you: late >> $1" INT; echo ready; sleep 30 & wait; kill $!')
    child = start("sessions", "fork", talked, "--edit")
    child.expect_exact("ready")
    child.sendintr()
    child.expect_exact("stays as it is")
    child.expect(pexpect.EOF)
    assert [entry["branch"] for entry in sessions(tmp_path)].count("another message") == 1


def test_who_gives_up_finds_the_text_again(tmp_path: Path, talked: str, start: Start) -> None:
    editor(tmp_path, 'echo "words: : :" >> "$1"', 'sed -i "s/^words.*/- you: again/" "$1"')
    child = start("sessions", "fork", talked, "--edit")
    child.expect_exact("no YAML")
    child.expect_exact("Enter edits it again")
    child.sendintr()
    child.expect_exact("Nothing was forked.")
    child.expect(pexpect.EOF)
    assert len(sessions(tmp_path)) == 1
    child = start("sessions", "fork", talked, "--edit")
    child.expect_exact("stays as it is")
    child.expect(pexpect.EOF)
    fork = next(entry for entry in sessions(tmp_path) if entry["parent"])
    assert fork["branch"] == "another message"


def test_two_quick_escs_list_what_was_said(tmp_path: Path, talked: str, start: Start) -> None:
    child = start("--resume", talked)
    child.expect_exact("Two.")
    child.send("\x1b\x1b")
    child.expect_exact("Back to")
    child.expect_exact("second thing")
    child.send("\r")
    child.expect_exact("Forked from")
    child.send("\x15\x04")
    child.expect(pexpect.EOF)
    assert [entry["parent"] for entry in sessions(tmp_path)].count(talked) == 1


def test_a_fork_outlives_the_death_of_the_program_right_after_it(
    tmp_path: Path, talked: str, start: Start
) -> None:
    child = start("--fork", f"{talked}@-1")
    child.expect_exact("Forked from")
    child.kill(signal.SIGKILL)
    child.expect(pexpect.EOF)
    fork = next(entry for entry in sessions(tmp_path) if entry["parent"])
    assert "All 2 sessions are whole." in run(tmp_path, "sessions", "verify").stderr
    assert command(tmp_path, "run", "--resume", fork["id"], "another thing") == "Two.\n"


def test_from_a_replay_alone_one_goes_on_in_the_workbench(
    tmp_path: Path, talked: str, start: Start
) -> None:
    child = start("replay", talked)
    child.expect_exact("why")
    child.send("x")
    child.expect_exact("Fork: who goes on")
    child.send("\r")
    child.expect_exact("Forked from")
    child.send("third thing\r")
    child.expect_exact("Three.")
    child.send("\x04")
    child.expect(pexpect.EOF)
    fork = next(entry for entry in sessions(tmp_path) if entry["parent"])
    assert fork["branch"] == "third thing"
