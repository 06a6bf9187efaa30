"""Whatever a person edits of what the model sees: requests stay valid, and the builder's memory right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.context.test_build import call, text, thought, user
from goose_agent.context.build import Built, ContextBuilder
from goose_agent.context.edits import contents, shortened
from goose_agent.evolve import evolve
from goose_agent.messages import Text, Thinking, ToolResult, ToolSchema
from goose_agent.providers.model import ModelRequest
from goose_agent.state.session_state import ContextUse, SessionState
from goose_agent.state.stepping import SegmentEdit
from goose_agent.state.vector import Vector
from support.requests import assert_valid

TOOLS = (ToolSchema("look", "Looks.", {"type": "object"}),)
STATE = SessionState(
    records=Vector(
        [
            user(1, "go"),
            thought(2, "r1", "hm", "seal"),
            text(3, "r1", "Let me."),
            call(4, "r1", "c1"),
            call(5, "r1", "c2"),
            thought(20, "r2", "so", "seal"),
            call(21, "r2", "c3"),
            text(40, "r3", "Done."),
            user(41, "more"),
        ]
    )
)


def build(state: SessionState, builder: ContextBuilder | None = None) -> Built:
    return (builder or ContextBuilder()).build(state, "Be good.", TOOLS, "r9")


KEYS = [segment.key for segment in build(STATE).event.added]
edits = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(
        SegmentEdit,
        st.none() | st.sampled_from(["other words", '{"word": 1}']),
        st.booleans(),
        st.booleans(),
    ),
)


def test_every_segment_has_its_own_name() -> None:
    assert len(set(KEYS)) == len(KEYS)
    assert [key for key in KEYS if ":" not in key] == ["system", "tools"]
    assert set(contents(STATE)) == set(KEYS) - {"system", "tools"}


@settings(max_examples=200)
@given(st.lists(edits, max_size=4))
def test_any_edits_leave_a_valid_request(later: list[dict[str, SegmentEdit]]) -> None:
    builder, state = ContextBuilder(), STATE
    for changed in later:
        state = evolve(state, edits=changed)
        built, fresh = build(state, builder), build(state)
        assert (built.system, built.messages, built.tools) == (
            fresh.system,
            fresh.messages,
            fresh.tools,
        )
        assert_valid(ModelRequest(built.system, built.messages, built.tools))
        assert any(message.role == "user" for message in built.messages)
        assert [each.key for each in fresh.event.added] == KEYS
        shown = {each.key: each for each in fresh.event.added}
        for key, edit in changed.items():
            if edit.dropped:
                assert shown[key].altered in ("dropped", "stub")
    assert build(evolve(state, edits={}), builder).messages == build(STATE).messages


@settings(max_examples=200)
@given(st.lists(st.tuples(edits, st.integers(0, len(STATE.records))), min_size=2, max_size=6))
def test_what_is_remembered_changes_no_request_while_records_and_edits_change(
    later: list[tuple[dict[str, SegmentEdit], int]],
) -> None:
    builder, state = ContextBuilder(), STATE
    for changed, size in later:
        state = evolve(state, records=Vector(list(STATE.records)[:size]), edits=changed)
        built = build(state, builder)
        assert built == build(state)
        use = ContextUse(segments=state.context.segments[: built.event.keep] + built.event.added)
        state = evolve(state, context=use)


def test_words_for_what_was_taken_out_go_once_the_person_speaks_again() -> None:
    builder, state = ContextBuilder(), evolve(STATE, edits={"user:1:": SegmentEdit(dropped=True)})
    before = evolve(state, records=Vector(list(STATE.records)[:-1]))

    assert build(before, builder).messages[0].role == "user"
    assert build(state, builder) == build(state)
    assert build(state).messages[0].role == "assistant"
    assert build(before, builder) == build(before)


def test_a_dropped_call_takes_its_result_along() -> None:
    (key,) = [key for key in KEYS if key == "tool_call:4:c1"]
    built = build(evolve(STATE, edits={key: SegmentEdit(dropped=True)}))
    altered = {each.key: each for each in built.event.added}
    assert altered["tool_result:14:c1"].altered == "dropped"
    assert altered["tool_result:14:c1"].size == 0
    parts = [part for message in built.messages for part in message.parts]
    assert [p.call_id for p in parts if isinstance(p, ToolResult)] == ["c2", "c3"]


def test_a_dropped_thought_is_gone_and_an_edited_one_stays_as_it_was() -> None:
    edit = {"thinking:2:": SegmentEdit(dropped=True), "thinking:20:": SegmentEdit("mine")}
    built = build(evolve(STATE, edits=edit))
    parts = [part for message in built.messages for part in message.parts]
    assert [part for part in parts if isinstance(part, Thinking)] == [Thinking("so", "seal")]


@pytest.mark.parametrize("dropped", [("user:1:",), ("user:1:", "user:41:")])
def test_something_of_the_person_is_always_left(dropped: tuple[str, ...]) -> None:
    gone = {key: SegmentEdit(dropped=True) for key in dropped}
    built = build(evolve(STATE, edits=gone))
    (said,) = [message for message in built.messages if message.role == "user"]
    first = said.parts[0]
    assert isinstance(first, Text)
    assert first.text.startswith("(The person took") == (len(dropped) == 2)


def test_an_edit_of_the_same_size_is_told_all_the_same() -> None:
    before = build(STATE)
    use = ContextUse(segments=before.event.added, built=7)
    state = evolve(STATE, context=use, edits={"user:1:": SegmentEdit("or")})
    built = build(state)
    assert (built.event.base, built.event.keep) == (7, 2)
    assert built.event.added[0].altered == "edited"


@pytest.mark.parametrize(
    "text",
    ["x" * 50_000, "\n" * 50_000, "".join(f"line {n}\n" for n in range(5000)), "é\r\n" * 3000],
)
def test_a_long_output_is_cut_to_its_start_and_its_end(text: str) -> None:
    short = shortened(text)
    assert len(short) < 2200
    assert short[:100] == text[:100]
    assert short[-100:] == text[-100:]
    assert "The person left" in short


def test_a_short_output_is_not_cut() -> None:
    text = "one line\n" * 200
    assert shortened(text) == text
