"""Conversations that were made smaller in any way, for tests of whatever reads them."""

from __future__ import annotations

from hypothesis import strategies as st

from goose_agent.context.build import ContextBuilder
from goose_agent.context.conversation import conversation, parts_of
from goose_agent.events import CompactionApplied, CompactionWay
from goose_agent.evolve import evolve
from goose_agent.messages import Message
from goose_agent.state.folds import Fold, Folding
from goose_agent.state.records import (
    AnswerRecord,
    CallRecord,
    FoldRecord,
    Record,
    ThinkingRecord,
    UserRecord,
)
from goose_agent.state.session_state import SessionState
from goose_agent.state.stepping import SegmentEdit
from goose_agent.state.vector import Vector

__all__ = ["compacted_messages", "compacted_states", "sessions"]

Draw = st.DrawFn


@st.composite
def sessions(draw: Draw) -> SessionState:
    """A session of some exchanges, all calls settled."""
    records: list[Record] = []
    for at in range(draw(st.integers(1, 8))):
        seq = 100 * at + 1
        if at == 0 or draw(st.booleans()):
            records.append(UserRecord(f"e{seq}", seq, 1, draw(st.sampled_from(("go", "x" * 90)))))
        request = f"r{at}"
        if draw(st.booleans()):
            signed = draw(st.sampled_from(("", "sealed")))
            records.append(
                ThinkingRecord(f"t{at}", seq + 1, 1, "main", request, "hm", False, signed)
            )
        if draw(st.booleans()):
            cut = draw(st.sampled_from((False, False, True)))
            records.append(AnswerRecord(f"a{at}", seq + 2, 1, "main", request, "so", False, cut))
        for number in range(draw(st.integers(0, 3))):
            size = draw(st.sampled_from((1, 2_000)))
            records.append(
                CallRecord(
                    f"c{at}_{number}",
                    seq + 3 + number,
                    1,
                    "main",
                    request,
                    "shell",
                    arguments_text="{}",
                    state="ok",
                    proposed=True,
                    result="out" * size,
                    result_seq=seq + 20 + number,
                )
            )
    return SessionState(records=Vector(records))


def keys_of(state: SessionState) -> list[str]:
    return [item.key for said in conversation(state.records) for item in parts_of(said)]


@st.composite
def compacted_states(draw: Draw) -> SessionState:
    """A session that was made smaller once or more, edited, and then perhaps went on."""
    state = draw(sessions())
    keys = keys_of(state) or ["user:1:"]
    calls = list(state_calls(state)) or ["none"]
    folds: list[Fold] = []
    for number in range(draw(st.integers(0, 3))):
        way: CompactionWay = draw(st.sampled_from(("summarize", "truncate", "clear", "results")))
        upto = 0 if way == "results" else draw(st.integers(0, 900))
        kept = draw(st.lists(st.sampled_from([*keys, "summary:1000:"]), max_size=6, unique=True))
        results = draw(st.lists(st.sampled_from(calls), max_size=3, unique=True))
        applied = CompactionApplied(
            f"k{number}", "manual", way, upto, tuple(kept), tuple(results), "All of it.", 9, 1, None
        )
        folds.append(Fold(1_000 + number, applied))
    marks = [FoldRecord(f"k{at}", fold.seq, 1, "smaller", "") for at, fold in enumerate(folds)]
    edits = draw(
        st.dictionaries(
            st.sampled_from(keys),
            st.sampled_from((SegmentEdit(dropped=True), SegmentEdit(pinned=True))),
            max_size=2,
        )
    )
    records = Vector([*state.records, *marks])
    return evolve(state, records=records, folding=Folding(tuple(folds)), edits=edits)


def state_calls(state: SessionState) -> list[str]:
    return [record.key for record in state.records if isinstance(record, CallRecord)]


def messages_of_state(state: SessionState) -> tuple[Message, ...]:
    return ContextBuilder().build(state, "You are.", (), "r").messages


compacted_messages = compacted_states().map(messages_of_state)
