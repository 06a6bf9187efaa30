"""Facts that would be lost with what is left out."""

from __future__ import annotations

import pytest

from goose_agent.context.conversation import Placed
from goose_agent.context.risk import facts_at_risk
from goose_agent.events import SegmentKind
from goose_agent.messages import Part, Role, Text, ToolCall, ToolResult


def said(text: str, kind: SegmentKind = "user", seq: int = 1) -> Placed:
    role: Role = "user" if kind == "user" else "assistant"
    part: Part = Text(text)
    if kind == "tool_call":
        part = ToolCall("c1", "shell", text)
    elif kind == "tool_result":
        part = ToolResult("c1", "shell", text)
    return Placed(role, "g", kind, seq, part)


def lost(*goes: Placed, stays: str = "") -> list[tuple[str, str]]:
    return [(fact.kind, fact.text) for fact in facts_at_risk(goes, stays)]


def test_instructions_come_first_then_paths_identifiers_and_numbers() -> None:
    text = "See src/app/main.py and `retry_count`. Always use tabs! The limit is 1,250."
    assert lost(said(text)) == [
        ("instruction", "Always use tabs!"),
        ("path", "src/app/main.py"),
        ("identifier", "retry_count"),
        ("number", "1,250"),
    ]


@pytest.mark.parametrize(
    "stays",
    [
        "They always use tabs, in src/app/main.py; retry_count is 1,250.",
        "ALWAYS USE TABS.\nsrc/app/main.py RETRY_COUNT 1,250",
    ],
)
def test_what_stands_in_what_stays_is_not_at_risk(stays: str) -> None:
    text = "See src/app/main.py and `retry_count`. Always use tabs! The limit is 1,250."
    assert lost(said(text), stays=stays) == []


def test_an_instruction_in_other_words_of_the_same_meaning_is_told() -> None:
    text = "Please never change the public names of the cart."
    stays = "The person said: the public names of the cart must never change, please."
    assert lost(said(text), stays=stays) == []
    assert lost(said(text), stays="The cart has names.") == [("instruction", text)]


def test_what_only_results_say_is_not_looked_for() -> None:
    assert lost(said("/etc/passwd 4711 some_name", "tool_result")) == []
    assert ("path", "/etc/passwd") in lost(said('{"path": "/etc/passwd"}', "tool_call"))
    assert lost(said("Always use tabs.", "assistant")) == []


def test_what_is_named_often_comes_before_what_is_named_once() -> None:
    found = lost(said("one_time b_b"), said("b_b", seq=2))
    assert found == [("identifier", "b_b"), ("identifier", "one_time")]


@pytest.mark.parametrize(
    "text", ["a/b.c " * 40_000, "1" * 200_000, "a-" * 100_000, "a." * 100_000, "a_" * 100_000]
)
def test_a_pasted_log_does_not_take_for_ever(text: str) -> None:
    assert len(facts_at_risk([said(text)], "")) <= 60


def test_many_facts_are_counted_out() -> None:
    many = " ".join(f"name_{n}" for n in range(20_000))
    assert len(facts_at_risk([said(many)], "words " * 50_000)) == 60
