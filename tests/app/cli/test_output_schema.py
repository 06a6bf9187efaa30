"""`run --output-schema`: the last answer is JSON that follows a schema, or the run fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.cli.conftest import Ran, Shell

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"$ref": "#/$defs/size"}},
    "required": ["name", "size"],
    "$defs": {"size": {"type": "integer", "minimum": 1}},
}
GOOD = '{"name": "Ente 🦆", "size": 3}'


def run(shell: Shell, *answers: str, output: str = "text", schema: object = SCHEMA) -> Ran:
    (shell.folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    model = shell.script(json.dumps([{"text": answer} for answer in answers]))
    argv = ("--output-schema", "schema.json", "--output", output, "how large?")
    return shell("run", "--model", model, *argv)


def events(ran: Ran) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.mark.parametrize("answer", [GOOD, f"```json\n{GOOD}\n```", f"\n  {GOOD}\n"])
def test_the_json_alone_is_printed(shell: Shell, answer: str) -> None:
    ran = run(shell, answer)
    assert ran.code == 0
    assert json.loads(ran.out) == json.loads(GOOD)
    assert "🦆" in ran.out


def test_the_model_is_told_what_is_wrong_and_tries_again_on_record(shell: Shell) -> None:
    answers = (f"Here you are: {GOOD}", '{"size": 0}', GOOD)
    ran = run(shell, *answers, output="stream-json")
    assert ran.code == 0
    said = [event for event in events(ran) if event["type"] == "user.message"]
    assert [event["actor"] for event in said] == ["user", "system", "system"]
    assert "- it is not JSON: Expecting value" in said[1]["data"]["text"]
    assert said[2]["data"]["text"].splitlines()[1:3] == [
        "- $.size: 0 is less than the minimum of 1",
        "- $: 'name' is a required property",
    ]
    assert json.loads(run(shell, *answers).out) == json.loads(GOOD)


def test_the_model_knows_the_schema_before_it_begins(shell: Shell) -> None:
    with_schema = events(run(shell, GOOD, output="stream-json"))
    plain = events(shell("run", "--model", shell.script(HELLO), "--output", "stream-json", "hi"))

    def system(told: list[dict[str, Any]]) -> int:
        built = next(event for event in told if event["type"] == "context.built")
        size: int = built["data"]["added"][0]["size"]
        return size

    assert system(with_schema) - system(plain) > len(json.dumps(SCHEMA))


HELLO = "- text: Hello."


def test_after_three_more_tries_the_run_fails_in_one_sentence(shell: Shell) -> None:
    ran = run(shell, *["[]"] * 4, GOOD)
    assert (ran.code, ran.out) == (1, "")
    last = ran.err.splitlines()[-1]
    assert last == (
        "goose-tui: The answer still does not follow the schema: $: [] is not of type 'object'."
    )
    told = json.loads(run(shell, *["[]"] * 4, output="json").out)
    assert (told["status"], told["value"], told["usage"]["requests"]) == ("failed", None, 4)
    assert told["error"]["kind"] == "schema"


def test_one_object_tells_the_words_and_the_value(shell: Shell) -> None:
    told = json.loads(run(shell, f"```\n{GOOD}\n```", output="json").out)
    assert (told["status"], told["value"]) == ("done", json.loads(GOOD))
    assert told["answer"] == f"```\n{GOOD}\n```"


def test_what_a_terminal_would_obey_is_printed_as_an_escape(shell: Shell) -> None:
    value = {"name": "\x9b31m\u202e\ud83d\ude00", "size": 1}
    ran = run(shell, json.dumps(value))
    assert "\\u009b31m\\u202e😀" in ran.out
    assert json.loads(ran.out)["name"] == "\x9b31m\u202e😀"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is no JSON schema"),
        ('{"type": "objekt"}', "is no JSON schema: $.type"),
        ('{"pattern": "["}', "is no JSON schema: $.pattern"),
        ('{"$schema": "https://example.org/own"}', "$schema"),
        ('{"items": {"$ref": "https://example.org/x.json"}}', "https://example.org/x.json"),
        ('{"items": {"$ref": "file:///etc/passwd"}}', "file:///etc/passwd"),
        ('{"items": {"$ref": "other.json#/a"}}', "other.json"),
        ('{"items": {"$ref": "#/$defs/a"}}', "/$defs/a"),
        ('{"a":' * 5000, "is not JSON"),
        (" " * 1_000_001, "larger"),
    ],
)
def test_a_schema_that_does_not_do_exits_2_before_anything_starts(
    shell: Shell, content: str, words: str
) -> None:
    (shell.folder / "schema.json").write_text(content, encoding="utf-8")
    argv = ("--model", shell.script(HELLO), "--output-schema", "schema.json", "hi")
    ran = shell("run", *argv)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not list((shell.home / "data").rglob("*.db"))


def test_a_schema_that_is_not_there_exits_2(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(HELLO), "--output-schema", "no.json", "hi")
    assert ran.code == 2
    assert "no.json cannot be read" in ran.err
