"""What a model sees: built from records alone, each piece with where it came from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from goose_agent.context.build import Built, ContextBuilder
from goose_agent.context.conversation import conversation, messages_of, parts_of
from goose_agent.context.estimate import FIRST_RATIO, estimate_tokens
from goose_agent.events import Event
from goose_agent.messages import Message, Text, Thinking, ToolCall, ToolResult, ToolSchema
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    MarkRecord,
    NoticeRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_agent.state.vector import Vector
from support.events import logs


def user(seq: int, text: str) -> UserRecord:
    return UserRecord(f"e{seq}", seq, 1, text)


def text(seq: int, request: str, words: str, *, interrupted: bool = False) -> AnswerRecord:
    return AnswerRecord(f"a{seq}", seq, 1, "main", request, words, False, interrupted)


def thought(seq: int, request: str, words: str, signature: str = "") -> ThinkingRecord:
    return ThinkingRecord(f"t{seq}", seq, 1, "main", request, words, False, signature)


def call(seq: int, request: str, key: str, **changes: object) -> CallRecord:
    values = {
        "arguments_text": "{}", "state": "ok", "proposed": True, "result": f"did {key}",
        "result_seq": seq + 10, **changes,
    }  # fmt: skip
    return CallRecord(key, seq, 1, "main", request, "shell", **values)  # type: ignore[arg-type] # fields by name


def seen(*records: Record) -> tuple[Message, ...]:
    said = conversation(records)
    return messages_of(part for exchange in said for part in parts_of(exchange))


def test_calls_and_their_results_are_two_messages() -> None:
    assert seen(
        user(1, "go"),
        thought(2, "r1", "hm", "sig"),
        text(3, "r1", "Let me."),
        call(4, "r1", "c1"),
        call(5, "r1", "c2", state="failed"),
        text(20, "r2", "Done."),
    ) == (
        Message("user", (Text("go"),)),
        Message(
            "assistant",
            (
                Thinking("hm", "sig"),
                Text("Let me."),
                ToolCall("c1", "shell", "{}"),
                ToolCall("c2", "shell", "{}"),
            ),
        ),
        Message(
            "tool",
            (
                ToolResult("c1", "shell", "did c1", False),
                ToolResult("c2", "shell", "did c2", True),
            ),
        ),
        Message("assistant", (Text("Done."),)),
    )


def test_words_of_the_program_are_not_for_the_model() -> None:
    assert seen(
        user(1, "go"),
        NoticeRecord("e2", 2, 1, "warning", "careful"),
        MarkRecord("e3", 3, 1, "mode auto"),
        text(4, "r1", "ok"),
    ) == (Message("user", (Text("go"),)), Message("assistant", (Text("ok"),)))


def test_an_answer_cut_off_stays_where_a_person_spoke_next() -> None:
    cut = text(2, "r1", "I was", interrupted=True)
    said = seen(user(1, "go"), cut, user(5, "go on"))
    assert [message.role for message in said] == ["user", "assistant", "user"]
    said = seen(user(1, "go"), cut, text(5, "r2", "whole"))
    assert [message.role for message in said] == ["user", "assistant"]
    assert said[1].parts == (Text("whole"),)
    assert len(seen(user(1, "go"), cut)) == 1


def test_reasoning_that_was_cut_off_is_never_sent_back() -> None:
    cut = ThinkingRecord("t", 2, 1, "main", "r1", "hm", False, "", True)
    said = seen(user(1, "go"), cut, text(3, "r1", "so", interrupted=True), user(5, "go on"))
    assert said[1].parts == (Text("so"),)


def test_sealed_reasoning_without_words_is_sent_back() -> None:
    said = seen(user(1, "go"), thought(2, "r1", "", "sealed"), text(3, "r1", "so"))
    assert said[1].parts == (Thinking("", "sealed"), Text("so"))


@pytest.mark.parametrize("changes", [{"proposed": False}, {"state": "running"}])
def test_a_call_without_a_result_is_not_shown(changes: dict[str, object]) -> None:
    said = seen(user(1, "go"), text(2, "r1", "so"), call(3, "r1", "c1", **changes))
    assert [message.role for message in said] == ["user", "assistant"]


def built(state: SessionState, system: str = "You are.", request: str = "r1") -> Built:
    tools = (ToolSchema("shell", "Runs.", {"type": "object"}),)
    return ContextBuilder().build(state, system, tools, request)


def after(state: SessionState, made: Built, seq: int) -> SessionState:
    event = Event(
        seq=seq, id="e", at=datetime(2026, 1, 2, tzinfo=UTC), mono=0.0, session_id="s",
        actor="agent", data=made.event,
    )  # fmt: skip
    return reduce(state, event)


def test_a_request_says_of_each_segment_where_it_came_from() -> None:
    state = SessionState(records=Vector([user(1, "go"), text(2, "r0", "ok"), user(3, "häh")]))
    made = built(state)
    assert [(s.kind, s.origin, s.size) for s in made.event.added] == [
        ("system", 0, 8),
        ("tools", 0, len(made.blobs["tools"])),
        ("user", 1, 2),
        ("assistant", 2, 2),
        ("user", 3, 4),
    ]
    assert made.event.base == 0
    assert made.blobs["system"] == b"You are."
    assert made.event.tokens == estimate_tokens(sum(s.size for s in made.event.added), FIRST_RATIO)


def test_the_next_request_tells_only_what_is_new() -> None:
    state = SessionState(records=Vector([user(1, "go")]))
    state = after(state, built(state), 2)
    records = state.records.append(text(3, "r1", "ok")).append(user(4, "more"))
    from goose_agent.evolve import evolve

    state = evolve(state, records=records)
    made = built(state, request="r2")
    assert (made.event.base, made.event.keep) == (2, 3)
    assert [segment.kind for segment in made.event.added] == ["assistant", "user"]
    assert made.blobs == {}
    state = after(state, made, 5)
    assert [s.kind for s in state.context.segments] == [
        "system",
        "tools",
        "user",
        "assistant",
        "user",
    ]
    other = built(state, system="You are other.", request="r3")
    assert (other.event.keep, other.event.base) == (0, 0)
    assert set(other.blobs) == {"system", "tools"}


@pytest.mark.parametrize(("size", "tokens"), [(0, 0), (1, 1), (40, 10), (41, 11)])
def test_tokens_are_rounded_up(size: int, tokens: int) -> None:
    assert estimate_tokens(size, FIRST_RATIO) == tokens


@given(logs(size=40))
def test_what_is_remembered_changes_no_request(log: list[Event]) -> None:
    state, builder = SessionState(session_id="s-1"), ContextBuilder()
    for place, event in enumerate(log):
        state = reduce(state, event)
        system = "You are." if place % 5 else "You are other."
        made = builder.build(state, system, (), "r")
        assert made == ContextBuilder().build(state, system, (), "r")
        if place % 3:
            state = after(state, made, event.seq)
