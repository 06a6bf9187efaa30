"""The reducer: pure, total, and blind to what is transient."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings

from goose_agent.codec import event_from, event_to
from goose_agent.events import (
    AnswerPart,
    AnyData,
    Approval,
    ApprovalAnswer,
    ContextBuilt,
    Event,
    MessageMoved,
    MessageQueued,
    MessageUnqueued,
    ModeChanged,
    ModelCancelled,
    ModelDelta,
    ModelRequested,
    ModelResponded,
    Preview,
    Question,
    RequestAnswered,
    RequestAsked,
    SessionResumed,
    Status,
    ToolFinished,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.messages import Usage
from goose_agent.state.live import Live, observe
from goose_agent.state.records import AnswerRecord, CallRecord, ThinkingRecord
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from support.events import logs

SLOW = [HealthCheck.too_slow]
"""Events that hold lists of lists take long to make up, on a busy machine longer than the check allows."""


def state_of(events: list[Event]) -> SessionState:
    state = SessionState()
    for event in events:
        state = reduce(state, event)
    return state


def happened(*data: AnyData) -> SessionState:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    return state_of(
        [
            Event(
                seq=number, id="e", at=at, mono=float(number), session_id="s", turn=1,
                actor="agent", data=item,
            )
            for number, item in enumerate(data, 1)
        ]
    )  # fmt: skip


@settings(max_examples=40, suppress_health_check=SLOW)
@given(logs())
def test_whatever_is_on_record_can_be_read(log: list[Event]) -> None:
    state, live = SessionState(), Live()
    for event in log:
        state, live = reduce(state, event), observe(live, event)
        assert state.seq == event.seq
        open_calls = state.open_calls()
        assert all(call.proposed and not call.settled for call in open_calls)
        for call_id in state.calls:
            assert isinstance(state.call(call_id), CallRecord)


@settings(max_examples=40, suppress_health_check=SLOW)
@given(logs())
def test_transient_events_change_nothing(log: list[Event]) -> None:
    assert state_of(log) == state_of([event for event in log if not event.transient])


@settings(max_examples=40, suppress_health_check=SLOW)
@given(logs())
def test_a_state_is_never_changed_afterwards(log: list[Event]) -> None:
    half = len(log) // 2
    before = state_of(log[:half])
    copy = state_of(log[:half])
    state = before
    for event in log[half:]:
        state = reduce(state, event)
    assert before == copy
    assert state == state_of(log)


@settings(max_examples=30, suppress_health_check=SLOW)
@given(logs(12))
def test_the_state_of_a_record_is_that_of_the_events(log: list[Event]) -> None:
    kept = [event_from(event_to(event)) for event in log if not event.transient]
    assert state_of(kept) == state_of(log)


def test_pieces_of_an_answer_grow_together() -> None:
    state = happened(
        UserMessage("m", "  Fix\nit"),
        TurnStarted(1),
        ModelRequested("r", "a/b", "sha", 460),
        ModelDelta("r", 0, "thinking", "hm"),
        ModelDelta("r", 0, "thinking", "m"),
        ModelDelta("r", 1, "text", "I "),
        ModelDelta("r", 1, "text", "will"),
    )
    _, thinking, answer = state.records
    assert isinstance(thinking, ThinkingRecord)
    assert isinstance(answer, AnswerRecord)
    assert (thinking.text, thinking.open) == ("hmm", False)
    assert (answer.text, answer.open) == ("I will", True)
    assert state.phase == "answering"
    assert state.title == "Fix it"
    assert state.turn is not None
    assert (state.turn.text, state.turn.first_record) == ("Fix", 0)


def test_a_call_goes_from_its_first_letter_to_its_result() -> None:
    begun = (
        TurnStarted(1),
        ModelRequested("r", "a/b", "sha", 460),
        ModelDelta("r", 0, "call", '{"a"', "c1", "shell"),
    )
    assert happened(*begun).call("c1").state == "streaming"
    done = (
        ContextBuilt("r", 0, 0, (), 100, 460),
        *begun,
        ModelResponded("r", (AnswerPart(0, "call"),), "tool_calls", Usage(100, 5), 0.5, 1.0, 0.1),
        ToolProposed("c1", "r", "shell", "{}", {}, "", "it"),
        ToolStarted("c1"),
        ToolFinished("c1", "error", "no", 2.0, 3, 7),
    )
    state = happened(*done)
    call = state.call("c1")
    assert (call.state, call.exit_code, call.summary, call.result) == ("failed", 3, "it", "no")
    assert (call.arguments_text, call.total, call.result_seq) == ("{}", 7, 8)
    assert state.turn is not None
    assert state.calls_of_turn(state.turn) == (call,)
    assert not state.open_calls()
    assert (state.spent.cost, state.spent.requests, state.context.tokens) == (0.5, 1, 105)
    assert state.context.ratios == {"a/b": 4.6}


def test_an_answer_that_is_cancelled_never_made_its_calls() -> None:
    state = happened(
        TurnStarted(1),
        ModelRequested("r", "a/b", "sha", 1),
        ModelDelta("r", 0, "text", "so"),
        ModelDelta("r", 1, "call", "{", "c1", "shell"),
        ModelCancelled("r"),
        TurnEnded(1, "interrupted", 1, 1.0),
    )
    answer, call, _ = state.records
    assert isinstance(answer, AnswerRecord)
    assert answer.interrupted
    assert isinstance(call, CallRecord)
    assert call.state == "cancelled"
    assert (state.working, state.phase) == (False, "idle")


def test_a_call_whose_answer_was_complete_but_which_nobody_proposed_is_closed_with_its_turn() -> (
    None
):
    state = happened(
        TurnStarted(1),
        ModelRequested("r", "a/b", "sha", 1),
        ModelDelta("r", 0, "call", "{}", "c1", "shell"),
        ModelResponded("r", (AnswerPart(0, "call"),), "tool_calls", None, None, 1.0, 0.1),
        TurnEnded(1, "recovered", 0, 0.0),
    )
    assert state.call("c1").settled


def test_a_question_holds_its_call_until_it_is_answered() -> None:
    asked = Approval("c1", "shell", "it", Preview("command", "x"), (), "")
    begun = (
        TurnStarted(1),
        ToolProposed("c1", "r", "shell", "{}", {}),
        RequestAsked("q1", asked),
    )
    state = happened(*begun)
    assert state.call("c1").state == "waiting"
    assert [item.request_id for item in state.pending] == ["q1"]
    state = happened(*begun, RequestAnswered("q1", ApprovalAnswer("once"), 1.0))
    assert state.call("c1").state == "allowed"
    assert not state.pending


def test_a_question_of_a_running_call_leaves_it_running() -> None:
    state = happened(
        TurnStarted(1),
        ToolProposed("c1", "r", "ask_user", "{}", {}),
        ToolStarted("c1"),
        RequestAsked("q1", Question("c1", "Which?", (), True)),
    )
    assert state.call("c1").state == "running"


def test_a_queue_keeps_its_order_and_gives_up_what_is_sent() -> None:
    queued = (MessageQueued("m1", "one"), MessageQueued("m2", "two"), MessageQueued("m3", "three"))
    assert [item.text for item in happened(*queued).queue] == ["one", "two", "three"]
    state = happened(*queued, MessageUnqueued("m2"), UserMessage("m1", "one"))
    assert [item.text for item in state.queue] == ["three"]


def test_a_queued_message_moves_before_another_and_to_the_end_where_that_is_gone() -> None:
    queued = (MessageQueued("m1", "one"), MessageQueued("m2", "two"), MessageQueued("m3", "three"))
    for move, order in (
        (MessageMoved("m3", "m1"), ["three", "one", "two"]),
        (MessageMoved("m1", "m3"), ["two", "one", "three"]),
        (MessageMoved("m1"), ["two", "three", "one"]),
        (MessageMoved("m1", "gone"), ["two", "three", "one"]),
        (MessageMoved("gone", "m1"), ["one", "two", "three"]),
    ):
        assert [item.text for item in happened(*queued, move).queue] == order, move


def test_the_mode_before_is_known_until_the_session_is_opened_again() -> None:
    changed = (ModeChanged("auto"), ModeChanged("plan"))
    assert happened(*changed).mode_before == "auto"
    resumed = SessionResumed("1.0", "linux", "main", ("/work",))
    assert happened(*changed, resumed).mode_before == "smart"


def test_what_shows_only_while_it_happens_ends_with_it() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)

    def event(data: AnyData) -> Event:
        return Event(seq=1, id="e", at=at, mono=0.0, session_id="s", actor="agent", data=data)

    live = observe(Live(), event(Status("thinking")))
    assert live.status == "thinking"
    assert observe(live, event(TurnEnded(1, "done", 1, 1.0))) == Live()
