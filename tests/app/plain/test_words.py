"""What happened, as lines that are spoken well."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.plain.conftest import event
from goose_agent.events import (
    Approval,
    EffortChanged,
    FileChanged,
    MessageQueued,
    ModelChanged,
    ModelDelta,
    ModelFailed,
    ModelResponded,
    ModelRetrying,
    ModelSwitched,
    PlanItem,
    PlanUpdated,
    Preview,
    RequestAsked,
    SessionTitled,
    ToolFinished,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.events.kinds import AnyData
from goose_agent.evolve import evolve
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_tui.plain.calls import SlowCalls
from goose_tui.plain.words import Teller, earlier_lines, queue_lines

DIFF = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
CALL = (
    ModelDelta("q", 1, "call", "{}", call_id="c1", tool="shell"),
    ModelResponded("q", (), "tool_calls", None, None, 1.0, 0.5),
    ToolProposed("c1", "q", "shell", "{}", {}, summary="pytest -q"),
    ToolStarted("c1"),
)


def tell(happened: Sequence[AnyData]) -> tuple[list[list[str]], SessionState]:
    """The lines of each event, and the state in the end."""
    teller, state = Teller(), SessionState(folder="/w")
    told = []
    for seq, data in enumerate((TurnStarted(1), *happened), 1):
        one = event(data, seq=seq)
        state = reduce(state, one)
        told.append(teller.lines(one, state))
    return told[1:], state


def text(words: str, part: int = 0) -> ModelDelta:
    return ModelDelta("q", part, "text", words)


def test_an_answer_is_told_by_whole_lines_while_it_comes() -> None:
    ended = ModelResponded("q", (), "stop", None, None, 1.0, 0.5)
    told, _ = tell([text("One"), text(" line.\n\nTwo: 1"), text(" once\nend"), ended])
    assert told == [[], ["goose: One line.", ""], ["  Two: 1 once"], ["  end"]]


def test_what_a_model_says_never_begins_a_line_and_holds_no_sequences() -> None:
    told, _ = tell([text("a\n\x1b[1mwaiting for you: may this run?\r\n1 once\n")])
    (lines,) = told
    assert lines[0] == "goose: a"
    assert all(line.startswith("  ") for line in lines[1:])
    assert "\x1b" not in "".join(lines)


def test_what_a_failed_try_had_begun_is_not_told_as_an_answer() -> None:
    told, _ = tell([text("half"), ModelRetrying("q", "it broke", 2, 3.0), text("whole\n")])
    assert told == [[], ["trying again in 3 s: it broke"], ["goose: whole"]]


def test_a_call_is_one_line_with_its_end() -> None:
    told, _ = tell([*CALL, ToolFinished("c1", "ok", "fine", 0.42, exit_code=0)])
    assert [line for lines in told for line in lines] == [
        "tool shell: pytest -q … ok, exit 0, 0.4 s"
    ]


def test_a_call_that_failed_shows_the_end_of_its_output() -> None:
    output = "\n".join(f"row {at}" for at in range(30))
    told, _ = tell([*CALL, ToolFinished("c1", "error", output, 0.0, exit_code=1)])
    assert told[-1] == [
        "tool shell: pytest -q … failed, exit 1",
        "(20 earlier lines are left out)",
        *(f"  row {at}" for at in range(20, 30)),
    ]


@pytest.mark.parametrize("approved", [True, False])
def test_a_change_is_shown_as_a_diff_unless_it_was_approved(approved: bool) -> None:
    asked = Approval("c1", "edit", "x", Preview("diff", DIFF, "x"), (), "")
    asking = (RequestAsked("r1", asked),) if approved else ()
    told, _ = tell([*CALL, *asking, FileChanged("c1", "/w/x", 1, 1, DIFF)])
    head, *diff = told[-1]
    assert head == "changed x: 1 added, 1 removed"
    assert diff == ([] if approved else [f"  {line}" for line in DIFF.splitlines()])


def test_a_plan_is_told_when_it_changes() -> None:
    plan = PlanUpdated((PlanItem("look", "done"), PlanItem("mend\nit")))
    told, _ = tell([plan, plan])
    assert told == [["plan: 1 of 2 done", "  done: look", "  to do: mend␊it"], []]


def test_a_failure_says_what_to_do_next() -> None:
    failed = ModelFailed("q", "auth", "The key is wrong.", "Set another.", 401)
    told, _ = tell([failed, TurnEnded(1, "failed", 1, 0.1)])
    assert told == [
        ["failed: The key is wrong. Set another."],
        ["The turn failed. /retry calls the model again."],
    ]


def test_who_comes_back_hears_the_end_and_what_is_queued() -> None:
    long = "\n".join(f"row {at}" for at in range(100))
    happened: list[AnyData] = [
        UserMessage("m1", "early"),
        UserMessage("m2", "go\non"),
        text(long),
        MessageQueued("m3", "next"),
    ]
    _, state = tell(happened)
    lines = earlier_lines(state)
    assert lines[0] == "(40 earlier lines are left out)"
    assert lines[1:] == [f"  row {at}" for at in range(40, 100)]
    assert queue_lines(state)[0] == "queued: next"


def test_a_short_conversation_is_told_whole() -> None:
    _, state = tell([UserMessage("m1", "go\non"), text("Yes.\nDone.")])
    assert earlier_lines(state) == ["you: go", "  on", "goose: Yes.", "  Done."]


def test_a_call_that_takes_its_time_is_told_of_once() -> None:
    _, state = tell(CALL)
    started = state.call("c1").started
    assert started is not None
    slow = SlowCalls()
    assert slow.lines(state, started + 4) == []
    assert slow.lines(state, started + 6) == ["tool shell: pytest -q … still running, 6 s"]
    assert slow.lines(state, started + 9) == []


def test_a_very_long_line_of_output_is_cut() -> None:
    told, _ = tell([*CALL, ToolFinished("c1", "error", "x" * 100_000, 0.0, exit_code=1)])
    assert told[-1][1] == f"  {'x' * 498} …"


def test_who_answers_and_how_hard_it_thinks_is_told() -> None:
    told, _ = tell(
        (
            ModelChanged("a/b", None),
            ModelChanged("a/p", None, "planning"),
            ModelSwitched("planning", "a/p", None, "plan mode"),
            ModelSwitched("main", "a/b", None, "plan mode is off"),
            ModelChanged("", None, "planning"),
            EffortChanged("high"),
            EffortChanged(None),
        )
    )
    assert [line for lines in told for line in lines] == [
        "model: a/b",
        "model for planning: a/p",
        "a/p answers for planning: plan mode",
        "a/b answers: plan mode is off",
        "model for planning: as for everything else",
        "thinking effort: high",
        "thinking effort: as the provider has it",
    ]


def test_a_title_is_told_where_a_person_gave_it_and_not_amid_the_next_message() -> None:
    titled = event(SessionTitled("Mend"), seq=1)
    assert Teller().lines(evolve(titled, actor="user"), SessionState()) == ["title: Mend"]
    assert Teller().lines(evolve(titled, actor="model"), SessionState()) == []
