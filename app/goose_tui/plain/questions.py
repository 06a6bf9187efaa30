"""Questions to the person as lines with numbers, and what a typed line answers to them."""

from __future__ import annotations

from goose_agent.events import (
    Approval,
    CompactionAnswer,
    CompactionReview,
    PlanAnswer,
    PlanReview,
    Question,
    QuestionAbout,
    QuestionAnswer,
)
from goose_agent.events.requests import (
    Answer,
    ServerAnswer,
    ServerRequest,
    Subject,
    server_answer_words,
)
from goose_agent.state.session_state import Pending, SessionState
from goose_tui.plain.approvals import approval_lines, approval_prompt, indented
from goose_tui.plain.compactions import (
    compaction_words,
    read_review,
    review_lines,
    review_prompt,
)
from goose_tui.plain.decisions import Explanation, Unclear, read_decision
from goose_tui.plain.plans import (
    plan_answer_words,
    plan_lines,
    plan_prompt,
    read_plan_answer,
)
from goose_tui.plain.server_requests import read_server_answer, server_lines, server_prompt
from goose_tui.view.agent_words import asker
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["answer_words", "prompt_of", "question_lines", "read_answer"]


_ASKS: dict[QuestionAbout, str] = {
    "": "the agent asks",
    "outcome": "a call was cut off",
    "model": "another model is needed",
    "hangup": "the terminal went away",
}


def question_lines(pending: Pending, state: SessionState) -> list[str]:
    """A question, complete, and its numbered answers.

    Args:
        pending: the question.
        state: the session.
    """
    waiting = len(state.questions)
    subject = pending.subject
    count = f" (1 of {waiting})" if waiting > 1 else ""
    if who := asker(state, pending.agent):
        count = f"{count} (asked by {clean_line(who, strict=True)})"
    if isinstance(subject, Approval):
        return approval_lines(subject, count)
    if isinstance(subject, PlanReview):
        return plan_lines(subject, count)
    if isinstance(subject, CompactionReview):
        return review_lines(subject, state)
    if isinstance(subject, ServerRequest):
        return server_lines(subject, count)
    lines = [f"waiting for you: {_ASKS[subject.about]}{count}"]
    lines += indented(clean(subject.text))
    lines += [f"{at} {clean_line(choice)}" for at, choice in enumerate(subject.choices, 1)]
    return [*lines, "0 no answer"]


def prompt_of(subject: Subject) -> str:
    """What the line begins with on which a question is answered."""
    if isinstance(subject, Approval):
        return approval_prompt(subject)
    if isinstance(subject, PlanReview):
        return plan_prompt(subject)
    if isinstance(subject, CompactionReview):
        return review_prompt(subject)
    if isinstance(subject, ServerRequest):
        return server_prompt(subject)
    if not subject.choices:
        return "your answer: "
    words = ", or in words" if subject.free_text else ""
    return f"your answer, 0 to {len(subject.choices)}{words}: "


def read_answer(subject: Subject, text: str) -> Answer | Unclear | Explanation:
    """What a typed line answers.

    Args:
        subject: the question.
        text: the line.
    """
    text = text.strip()
    if isinstance(subject, Approval):
        return read_decision(subject, text)
    if isinstance(subject, PlanReview):
        return read_plan_answer(subject, text)
    if isinstance(subject, CompactionReview):
        return read_review(subject, text)
    if isinstance(subject, ServerRequest):
        return read_server_answer(subject, text)
    return _reply(subject, text)


def _reply(question: Question, text: str) -> QuestionAnswer | Unclear:
    if text == "0":
        return QuestionAnswer("", declined=True)
    if text.isdecimal() and 1 <= int(text) <= len(question.choices):
        return QuestionAnswer(question.choices[int(text) - 1])
    if text and (question.free_text or not question.choices):
        return QuestionAnswer(text)
    return Unclear()


def answer_words(answer: Answer) -> str:
    """What was answered, in a line."""
    if isinstance(answer, PlanAnswer):
        return plan_answer_words(answer)
    if isinstance(answer, CompactionAnswer):
        return compaction_words(answer)
    if isinstance(answer, QuestionAnswer):
        return "answered: none" if answer.declined else f"answered: {clean_line(answer.text)}"
    if isinstance(answer, ServerAnswer):
        return f"answered: {server_answer_words(answer)}"
    reason = f", because: {clean_line(answer.reason)}" if answer.reason else ""
    words = {
        "once": "allowed once",
        "session": f"allowed, by a rule ({answer.scope})"
        if answer.rule
        else "allowed for this session",
        "edit": "changed, to be run so",
        "hunks": f"allowed in part: {', '.join(str(at + 1) for at in answer.hunks)}",
        "result": "not run, the agent gets a result that was made up",
        "deny": "denied",
        "stop": "denied, and told to stop",
    }
    return words[answer.choice] + reason
