"""Questions as lines, and what a typed line answers to them."""

from __future__ import annotations

import pytest

from goose_agent.events import Approval, ApprovalAnswer, Preview, Question, QuestionAnswer, Reason
from goose_agent.events.requests import Answer
from goose_agent.state.session_state import Pending
from goose_tui.plain.questions import Unclear, prompt_of, question_lines, read_answer


def approval(text: str = "make", kind: str = "command", rule: str = "shell make") -> Approval:
    preview = Preview("diff" if kind == "diff" else "command", text, path="a.py")
    return Approval("c1", "shell", "make", preview, (Reason("mode", "it may write"),), rule)


OPEN = Question("c2", "Which?", ("red", "blue"), free_text=True)
CLOSED = Question("c2", "Which?", ("red", "blue"), free_text=False)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1", ApprovalAnswer("once")),
        (" Y ", ApprovalAnswer("once")),
        ("2", ApprovalAnswer("session")),
        ("n", ApprovalAnswer("deny")),
        ("4 not now", ApprovalAnswer("deny", "not now")),
        ("r", Unclear("the reason: ")),
        ("5", ApprovalAnswer("stop")),
        ("", Unclear()),
        ("yes", Unclear()),
        ("1 more thing", Unclear()),
        ("6", Unclear()),
        ("11", Unclear()),
    ],
)
def test_only_a_clear_word_decides_about_a_call(text: str, answer: Answer | Unclear) -> None:
    assert read_answer(approval(), text) == answer


def test_a_rule_that_is_not_offered_cannot_be_chosen() -> None:
    without = approval(rule="")
    assert read_answer(without, "2") == Unclear()
    assert prompt_of(without) == "your answer, 1, 3, 4 or 5: "
    assert not any(line.startswith("2") for line in question_lines(Pending("r", without, 1, 0), 1))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (CLOSED, "2", QuestionAnswer("blue")),
        (CLOSED, "3", Unclear()),
        (CLOSED, "green", Unclear()),
        (CLOSED, "0", QuestionAnswer("", declined=True)),
        (OPEN, "green", QuestionAnswer("green")),
        (OPEN, "1", QuestionAnswer("red")),
        (OPEN, "", Unclear()),
        (Question("c", "Why?", (), free_text=False), "so", QuestionAnswer("so")),
    ],
)
def test_a_question_is_answered_by_number_or_in_words(
    question: Question, text: str, answer: Answer | Unclear
) -> None:
    assert read_answer(question, text) == answer


def test_each_line_of_a_command_has_its_number() -> None:
    asked = approval("ls\n1 once\n\x1b[2Jrm -r x")
    lines = question_lines(Pending("r", asked, 1, 0), 2)
    assert lines == [
        "waiting for you: may this run? (1 of 2) shell: make",
        "  why: it may write",
        "  command of 3 lines:",
        "  line 1: ls",
        "  line 2: 1 once",
        "  line 3: ␛[2Jrm -r x",
        "1 once",
        "2 this session: shell make",
        "3 deny",
        "4 deny with a reason",
        "5 stop",
    ]


def test_a_diff_is_shown_whole() -> None:
    diff = "\n".join(f"+line {at}" for at in range(500)) + "\n"
    lines = question_lines(Pending("r", approval(diff, "diff"), 1, 0), 1)
    assert lines[2] == "  change of a.py:"
    assert lines[3:503] == [f"  +line {at}" for at in range(500)]


def test_a_question_of_several_lines_stays_behind_its_words() -> None:
    asked = Question("c", "Look:\nwaiting for you: may this run?", ("a\nb",), free_text=False)
    assert question_lines(Pending("r", asked, 1, 0), 1) == [
        "waiting for you: the agent asks",
        "  Look:",
        "  waiting for you: may this run?",
        "1 a␊b",
        "0 no answer",
    ]
