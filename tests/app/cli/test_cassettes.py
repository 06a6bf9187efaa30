"""`run --record` and `run --replay`: what models answered, without them."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from app.cli.conftest import Ran, Shell

WORK = """
- text: "I look first, in the folder."
  thinking: "Where is it?"
  calls: [{tool: shell, arguments: {command: "cat note.txt; date +%T"}}]
- text: "There it is: done."
"""


def recorded(shell: Shell, script: str = WORK, *argv: str) -> Path:
    (shell.folder / "note.txt").write_text("a note\n", encoding="utf-8")
    tape = shell.home / "tape.jsonl"
    ran = run(shell, "--record", str(tape), "--model", shell.script(script), *argv)
    assert ran.code == 0, ran.err
    return tape


def run(shell: Shell, *argv: str, message: str = "what is in the note?") -> Ran:
    return shell("run", "--mode", "auto", *argv, "-t", message)


def test_what_was_recorded_is_answered_without_the_model(shell: Shell) -> None:
    tape = recorded(shell)
    (shell.home / "script.yaml").unlink()
    ran = run(shell, "--replay", str(tape))
    assert (ran.code, ran.out) == (0, "There it is: done.\n")
    assert ran.err.startswith("I look first, in the folder.\n✓  shell  cat note.txt")


def test_it_is_answered_in_another_folder_too(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = (
        f"- calls: [{{tool: read, arguments: {{path: {shell.folder}/note.txt}}}}]\n- text: Read."
    )
    tape = recorded(shell, reads)
    assert str(shell.folder) not in tape.read_text(encoding="utf-8")
    elsewhere = shell.home / "elsewhere"
    shutil.copytree(shell.folder, elsewhere)
    monkeypatch.chdir(elsewhere)
    ran = run(shell, "--replay", str(tape), "--output", "json")
    said = json.loads(ran.out)
    assert (ran.code, said["answer"]) == (0, "Read.")
    assert [call["outcome"] for call in said["calls"]] == ["ok"]


def test_it_streams_as_it_streamed(shell: Shell) -> None:
    tape = recorded(shell, "- {text: one two three, pace: 0.05}")

    *_, exchange = map(json.loads, tape.read_text(encoding="utf-8").splitlines())
    moments = [at for at, _ in exchange["answer"]]
    said = [piece.get("text") for _, pieces in exchange["answer"] for piece in pieces]
    assert said[:3] == ["one", " two", " three"]
    assert moments[2] >= moments[1] + 30 >= moments[0] + 60
    ran = run(shell, "--replay", str(tape))
    assert ran.out == "one two three\n"


def test_a_failure_is_recorded_and_comes_again(shell: Shell) -> None:
    tape = shell.home / "tape.jsonl"
    script = "- error: {kind: quota, message: No credit is left., hint: Add some.}"
    first = run(shell, "--record", str(tape), "--model", shell.script(script))
    again = run(shell, "--replay", str(tape))
    assert (first.code, again.code) == (3, 3)
    assert "No credit is left." in again.err


@pytest.mark.parametrize(
    ("message", "note", "words"),
    [
        ("what is it?", "a note", "message 1, text of the user is another from byte 9 on"),
        ("what is in the note?", "a poem", "message 3, result of the tool is another from byte"),
    ],
)
def test_a_request_that_is_not_on_file_is_explained(
    shell: Shell, message: str, note: str, words: str
) -> None:
    tape = recorded(shell)
    (shell.folder / "note.txt").write_text(f"{note}\n", encoding="utf-8")
    ran = run(shell, "--replay", str(tape), message=message)
    assert ran.code == 1
    assert "has no answer to this request" in ran.err
    assert words in ran.err
    assert "Record it anew" in ran.err


def test_another_mode_is_named_as_what_differs(shell: Shell) -> None:
    tape = recorded(shell)
    ran = shell("run", "--mode", "chat", "--replay", str(tape), "-t", "what is in the note?")
    assert ran.code == 1
    assert "there the system prompt is another from byte" in ran.err
    assert "now “" in ran.err


def test_the_file_is_private_and_holds_no_key(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-very-secret-0123456789"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    says = f"- text: 'Your key is {key[:9]} no, {key}.'\n  pace: 0.001"
    tape = shell.home / "tape.jsonl"
    ran = shell(
        *("run", "--record", str(tape), "--model", shell.script(says), "-t", f"is it {key}?")
    )
    assert ran.code == 0
    assert key not in tape.read_text(encoding="utf-8")
    assert stat.S_IMODE(tape.stat().st_mode) == 0o600
    again = shell("run", "--replay", str(tape), "-t", f"is it {key}?")
    assert again.out == "Your key is sk-very-s no, [secret:OPENAI_API_KEY].\n"


def test_a_file_that_is_there_is_not_written_over(shell: Shell) -> None:
    tape = recorded(shell)
    before = tape.read_bytes()
    ran = run(shell, "--record", str(tape), "--model", shell.script(WORK))
    assert ran.code == 2
    assert "is there already" in ran.err
    assert tape.read_bytes() == before


def test_a_file_that_cannot_be_written_ends_the_turn(shell: Shell) -> None:
    tape = shell.folder / "tape.jsonl"
    script = (
        "- calls: [{tool: shell, arguments: {command: 'rm tape.jsonl; mkdir tape.jsonl'}}]"
        "\n- text: Done."
    )
    ran = run(shell, "--record", str(tape), "--model", shell.script(script))
    assert ran.code == 1
    assert "tape.jsonl cannot be written" in ran.err
    assert "Traceback" not in ran.err


def test_a_session_that_did_not_begin_leaves_no_file(shell: Shell) -> None:
    tape = shell.home / "tape.jsonl"
    ran = run(shell, "--record", str(tape), "--model", "openai/gpt-5")
    assert ran.code == 3
    assert not tape.exists()
    ran = run(shell, "--record", str(shell.home / "no" / "tape"), "--model", shell.script(WORK))
    assert ran.code == 2
    assert "There is no folder" in ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no line of a recording"),
        ("no json\n", ":1 is no line of a recording"),
        ('{"goose_cassette": 9}\n', "Another version"),
        ('{"goose_cassette": 1}\n', "holds no answers"),
        ('{"goose_cassette": 1}\n{"by": "x"}\n', ":2 is no line of a recording"),
        ('{"goose_cassette": 1}\n[]\n', ":2 is no line of a recording"),
    ],
)
def test_what_is_no_recording_is_refused(shell: Shell, content: str, words: str) -> None:
    tape = shell.home / "tape.jsonl"
    tape.write_text(content, encoding="utf-8")
    ran = run(shell, "--replay", str(tape))
    assert (ran.code, ran.out) == (3, "")
    assert words in ran.err


def test_a_recording_that_was_cut_off_is_used_as_far_as_it_goes(shell: Shell) -> None:
    tape = recorded(shell)
    lines = tape.read_bytes().splitlines(keepends=True)
    tape.write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    ran = run(shell, "--replay", str(tape))
    assert ran.code == 1
    assert ran.err.startswith("I look first")
    assert "more follows" not in ran.err
    assert "has no answer to this request" in ran.err


def test_a_model_that_was_not_recorded_is_refused_with_those_that_were(shell: Shell) -> None:
    tape = recorded(shell)
    ran = run(shell, "--replay", str(tape), "--model", "openai/gpt-5")
    assert ran.code == 3
    assert "holds no answers of openai/gpt-5" in ran.err
    assert "scripted/" in ran.err
