"""What a model sees of a conversation that was made smaller: always a valid one, always the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from goose_agent.context.build import ContextBuilder
from goose_agent.context.folding import view_of
from goose_agent.events import CompactionApplied
from goose_agent.evolve import evolve
from goose_agent.messages import Part, Text, ToolResult
from goose_agent.providers.model import ModelRequest
from goose_agent.state.folds import Fold, Folding
from goose_agent.state.records import AnswerRecord, CallRecord, ThinkingRecord, UserRecord
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit
from goose_agent.state.vector import Vector
from support.compacted import compacted_states
from support.requests import assert_valid


@given(st.lists(compacted_states(), min_size=1, max_size=4))
def test_whatever_was_folded_the_request_is_valid_and_the_same_however_it_came_about(
    states: list[SessionState],
) -> None:
    followed = ContextBuilder()
    for state in states:
        fresh = ContextBuilder().build(state, "You are.", (), "r")
        made = followed.build(state, "You are.", (), "r")
        assert made.messages == fresh.messages
        assert_valid(ModelRequest("", made.messages))
        seen = [item.part for item in view_of(state)]
        told = [part for message in made.messages for part in message.parts]
        if any(message.role == "user" for message in made.messages):
            gone = Text("(The person took this message out of the conversation.)")
            assert [part for part in told if part != gone] == seen


CALL = CallRecord(
    "c1", 4, 1, "main", "r1", "shell", arguments_text="{}", state="ok", proposed=True,
    result="begin " + "x" * 5_000 + " end", result_seq=5, output="ab" * 32,
)  # fmt: skip
STATE = SessionState(
    records=Vector(
        [
            UserRecord("e1", 1, 1, "go"),
            ThinkingRecord("t", 2, 1, "main", "r1", "hm", False, "sealed"),
            AnswerRecord("a", 3, 1, "main", "r1", "Let me.", False),
            CALL,
            UserRecord("e9", 9, 1, "and now?"),
        ]
    )
)


def folded(
    *kept: str, results: tuple[str, ...] = (), upto: int = 8, state: SessionState = STATE
) -> list[Part]:
    applied = CompactionApplied("k", "manual", "summarize", upto, kept, results, "All.", 9, 1, None)
    changed = evolve(state, folding=Folding((Fold(20, applied),)))
    return [item.part for item in view_of(changed)][1:]


def test_a_summary_stands_before_what_was_kept_and_what_came_after() -> None:
    applied = CompactionApplied("k", "manual", "summarize", 8, (), (), "All.", 9, 1, None)
    first, *rest = view_of(evolve(STATE, folding=Folding((Fold(20, applied),))))
    assert (first.key, first.role) == ("summary:20:", "user")
    assert isinstance(first.part, Text)
    assert first.part.text.endswith("\n\nAll.")
    assert [item.part for item in rest] == [Text("and now?")]


def test_a_call_stays_with_its_result_whichever_was_kept() -> None:
    for key in ("tool_call:4:c1", "tool_result:5:c1"):
        kinds = [type(part).__name__ for part in folded(key)]
        assert kinds == ["ToolCall", "ToolResult", "Text"]


def test_thoughts_stay_only_with_all_that_followed_from_them() -> None:
    some = folded("thinking:2:", "assistant:3:")
    assert [type(part).__name__ for part in some] == ["Text", "Text"]
    whole = folded("assistant:3:", "tool_call:4:c1")
    assert [type(part).__name__ for part in whole] == [
        "Thinking", "Text", "ToolCall", "ToolResult", "Text",
    ]  # fmt: skip


def test_a_note_says_how_to_get_the_result_back_and_what_it_began_and_ended_with() -> None:
    (note,) = [part for part in folded(results=("c1",), upto=0) if isinstance(part, ToolResult)]
    assert note.text.startswith("begin x")
    assert " end\n[This result of shell was cut" in note.text
    assert 'recall(id="c1")' in note.text
    assert "blob abababababab" in note.text
    assert len(note.text) < 700


def test_what_a_person_wrote_in_the_place_of_a_result_is_no_note() -> None:
    state = evolve(STATE, edits={"tool_result:5:c1": SegmentEdit(text="mine")})
    (result,) = [
        part
        for part in folded(results=("c1",), upto=0, state=state)
        if isinstance(part, ToolResult)
    ]
    assert result.text == "mine"
