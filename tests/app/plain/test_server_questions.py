"""What servers ask, in lines."""

from __future__ import annotations

import pytest

from goose_agent.events import (
    Elicitation,
    ElicitationAnswer,
    Sampling,
    SamplingAnswer,
    SamplingMessage,
    SignIn,
    SignInAnswer,
)
from goose_tui.plain.decisions import Unclear
from goose_tui.plain.server_requests import read_server_answer, server_lines, server_prompt

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "yours"},
        "age": {"type": "integer", "default": 30},
        "colour": {"type": "string", "enum": ["red", "blue"]},
    },
    "required": ["name"],
}
FORM = Elicitation("x-1", "shop", "Who are you?\x1b[2J", SCHEMA)
VISIT = Elicitation("x-2", "shop", "Pay there.", None, "https://shop.example/pay?order=1")
ASKS = Sampling(
    "x-3", "shop", "openai/gpt", (SamplingMessage("user", "Say honk."),), "Be short.", 12, 40, 0.002
)
SIGN_IN = SignIn("x-4", "shop", "https://shop.example/authorize?client_id=1")


def test_a_form_tells_its_fields_and_what_is_offered() -> None:
    lines = server_lines(FORM, "")
    assert lines[0] == "waiting for you: the extension shop asks"
    assert "\x1b" not in "".join(lines)
    assert "  name (text): yours" in lines
    assert "  age (integer, may be left out) [30]" in lines
    assert any("red | blue" in line for line in lines)
    assert server_prompt(FORM) == "your answer, n or 0: "


@pytest.mark.parametrize(
    ("typed", "content"),
    [
        ("name=Ada Lovelace age=36", {"name": "Ada Lovelace", "age": 36}),
        ("name=Ada colour=red", {"name": "Ada", "age": 30, "colour": "red"}),
        ('{"name": "Ada"}', {"name": "Ada"}),
    ],
)
def test_a_form_is_answered_in_a_line(typed: str, content: dict[str, object]) -> None:
    assert read_server_answer(FORM, typed) == ElicitationAnswer("accept", content)


def test_what_is_wrong_with_a_line_is_said_and_nothing_sent() -> None:
    answer = read_server_answer(FORM, "name=Ada age=old")
    assert isinstance(answer, Unclear) and "whole number" in answer.problem
    assert isinstance(read_server_answer(FORM, "Ada"), Unclear)


def test_every_question_can_be_declined_or_left() -> None:
    assert read_server_answer(FORM, "n") == ElicitationAnswer("decline")
    assert read_server_answer(FORM, "0") == ElicitationAnswer("cancel")
    assert read_server_answer(VISIT, "n") == ElicitationAnswer("decline")
    assert read_server_answer(SIGN_IN, "0") == SignInAnswer("")


def test_an_address_is_shown_in_full_and_only_a_yes_accepts_it() -> None:
    assert f"  {VISIT.url}" in server_lines(VISIT, "")
    assert read_server_answer(VISIT, "y") == ElicitationAnswer("accept")
    assert read_server_answer(VISIT, "") == Unclear()


def test_a_models_answer_needs_a_clear_word() -> None:
    lines = server_lines(ASKS, "")
    assert "  openai/gpt would answer" in lines
    assert "  about 12 tokens in, at most 40 out: at most $0.0020" in lines
    assert any("Say honk." in line for line in lines)
    assert any("Be short." in line for line in lines)
    assert read_server_answer(ASKS, "y") == SamplingAnswer("once")
    assert read_server_answer(ASKS, "a") == SamplingAnswer("session")
    assert read_server_answer(ASKS, "n") == SamplingAnswer("deny")
    assert read_server_answer(ASKS, "yes please") == Unclear()


def test_signing_in_takes_the_address_the_browser_ended_at() -> None:
    address = "http://127.0.0.1:1234/callback?code=abc&state=def"
    assert read_server_answer(SIGN_IN, address) == SignInAnswer(address)
    assert read_server_answer(SIGN_IN, "https://shop.example/") == Unclear()
