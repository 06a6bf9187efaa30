"""Subagents without a screen: told by lines, waited for, and a question nobody answers is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.conftest import Shell
from goose_agent.config.places import Places

COMMAND = str(Path(sys.executable).with_name("goose-tui"))
_HELPER = """
- text: I look first.
  calls: [{tool: read, arguments: {path: note.txt}}]
- text: It says hello.
"""
_FRONT = """
- calls: [{tool: delegate, arguments: {instructions: read the note, role: fast}}]
- text: The note says hello.
"""
_BACK = """
- calls: [{tool: delegate, arguments: {instructions: read the note, role: fast, background: true}}]
- text: Somebody reads it.
- text: Now I know it says hello.
"""
_ASKS = """
- calls: [{tool: shell, arguments: {command: "touch x"}}]
- text: Never.
"""


@pytest.fixture
def helped(shell: Shell) -> Shell:
    (shell.folder / "note.txt").write_text("hello\n", encoding="utf-8")
    with_helper(shell, _HELPER)
    return shell


def with_helper(shell: Shell, script: str) -> None:
    """Let the model for small things say this."""
    text = f"models: {{fast: {shell.script(script, 'helper')}}}\ntitles: off\n"
    settings = Places.of(os.environ).settings
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(text, encoding="utf-8")


def test_a_run_tells_what_a_subagent_does(helped: Shell) -> None:
    ran = helped("run", "--model", helped.script(_FRONT), "-t", "what does it say?")
    assert (ran.code, ran.out) == (0, "The note says hello.\n")
    lines = ran.err.splitlines()
    assert lines[0] == "▸ subagent sub-1: read the note"
    assert lines[1].startswith("  sub-1  ✓  read  note.txt")
    assert lines[2].startswith("✓ subagent sub-1  done, 1 call")


def test_a_run_waits_for_those_in_the_background_and_lets_their_parent_read_them(
    helped: Shell,
) -> None:
    argv = ("run", "--model", helped.script(_BACK), "--output", "json", "-t", "what does it say?")
    ran = helped(*argv)
    told = json.loads(ran.out)
    assert (ran.code, told["answer"]) == (0, "Now I know it says hello.")
    (agent,) = told["agents"]
    assert (agent["agent"], agent["end"], agent["task"]) == ("main/sub-1", "done", "read the note")
    assert [call["tool"] for call in agent["calls"]] == ["read"]
    assert told["usage"]["requests"] == agent["usage"]["requests"] + 3


@pytest.mark.parametrize("script", [_FRONT, _BACK])
def test_a_question_of_a_subagent_that_nobody_answers_ends_the_run(
    helped: Shell, script: str
) -> None:
    with_helper(helped, _ASKS)
    argv = ("run", "--model", helped.script(script), "--mode", "approve", "-t", "go")
    ran = helped(*argv)
    assert ran.code == 4
    assert "shell" in ran.err
    assert "touch x" in ran.err
    assert not (helped.folder / "x").exists()


def test_what_they_said_is_shown_with_the_session(helped: Shell) -> None:
    helped("run", "--model", helped.script(_FRONT), "-t", "what does it say?")
    listed = json.loads(helped("sessions", "list", "--output", "json").out)
    session_id = listed[0]["id"] if isinstance(listed, list) else listed["sessions"][0]["id"]
    shown = helped("sessions", "show", session_id).out
    _, _, theirs = shown.partition("=== subagent sub-1: read the note (done, 1 call")
    assert "main: read the note" in theirs
    assert "I look first." in theirs
    found = helped("sessions", "search", "I look first").out
    assert session_id in found


def test_lines_tell_of_subagents_too(helped: Shell) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(helped.home),
        "GOOSE_TUI_HOME": str(helped.home),
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        [COMMAND, "--plain", "--model", helped.script(_BACK)],
        input="what does it say?\n",
        cwd=helped.folder,
        env=environ,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert "subagent in the background: sub-1: read the note" in lines
    assert "[sub-1] tool read: note.txt … ok" in lines
    assert any(line.startswith("subagent sub-1 … done, 1 call") for line in lines)
    assert "goose: I look first." not in lines
