"""`goose-tui sessions show ID --context`: what a model saw, and the bytes that were sent."""

from __future__ import annotations

import hashlib
import json

from app.cli.conftest import Shell

ANSWERS = """
window: 20000
answers:
- text: Let me see.
  usage: {input_tokens: 3000, output_tokens: 20}
  calls: [{tool: read, arguments: {path: notes.txt}}]
- {text: It says hello., usage: {input_tokens: 3100, output_tokens: 7}}
"""


def _worked(shell: Shell) -> str:
    (shell.folder / "notes.txt").write_text("hello from a file\n", encoding="utf-8")
    model = shell.script(ANSWERS)
    assert shell("run", "--model", model, "--mode", "auto", "-t", "what do they say").code == 0
    (session,) = json.loads(shell("sessions", "list", "--output", "json").out)
    return str(session["id"])


def test_the_segments_sum_to_what_was_reported_and_the_body_is_proven(shell: Shell) -> None:
    session = _worked(shell)
    told = json.loads(shell("sessions", "show", session, "--context", "--output", "json").out)
    assert [piece["kind"] for piece in told["segments"]] == [
        "system", "tools", "user", "assistant", "tool_call", "tool_result",
        "turn",
    ]  # fmt: skip
    counted = sum(piece["tokens"] for piece in told["segments"])
    assert counted + told["framing"] == 3100
    assert (told["answer"], told["tokens"], told["source"]) == (7, 3107, "provider")
    assert [piece["sent"] for piece in told["segments"]] == [2, 2, 2, 1, 1, 1, 1]
    body = told["body"]
    assert body["exact"] and body["sha256"] == body["rebuilt_sha256"]


def test_the_raw_body_is_just_what_was_sent(shell: Shell) -> None:
    session = _worked(shell)
    told = json.loads(shell("sessions", "show", session, "--context", "--output", "json").out)
    raw = shell("sessions", "show", session, "--context", "--raw").out
    assert hashlib.sha256(raw.encode()).hexdigest() == told["body"]["sha256"]
    assert "hello from a file" in raw


def test_an_earlier_request_is_shown_as_it_was(shell: Shell) -> None:
    session = _worked(shell)
    last = json.loads(shell("sessions", "show", session, "--context", "--output", "json").out)
    before = str(last["built"] - 1)
    first = json.loads(
        shell("sessions", "show", session, "--context", before, "--output", "json").out
    )
    assert [piece["kind"] for piece in first["segments"]] == ["system", "tools", "user", "turn"]
    assert first["tokens"] == 3020
    assert first["body"]["exact"]


def test_as_text_it_is_a_table(shell: Shell) -> None:
    told = shell("sessions", "show", _worked(shell), "--context").out
    assert "3,107 tokens with the answer" in told
    assert "its hash is that of what was sent" in told
    assert "what do they say" in told


def test_before_the_first_request_there_is_none(shell: Shell) -> None:
    ran = shell("sessions", "show", _worked(shell), "--context", "1")
    assert ran.code == 2
    assert "Nothing was sent" in ran.err
