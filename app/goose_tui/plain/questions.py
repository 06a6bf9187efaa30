"""Questions to the person as lines with numbers, and what a typed line answers to them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from goose_agent.events import Approval, ApprovalAnswer, Preview, Question, QuestionAnswer
from goose_agent.events.requests import Answer, Subject
from goose_agent.state.session_state import Pending
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["Unclear", "answer_words", "prompt_of", "question_lines", "read_answer"]

_LETTERS = {"y": "1", "a": "2", "n": "3", "r": "4", "s": "5"}
"""The letters that answer on the screen too."""
_INDENT = "  "


class Unclear(Struct, frozen=True):
    """What was typed is not an answer yet."""

    prompt: str = ""
    """What is to be typed next; empty where the question is to be answered again."""


def question_lines(pending: Pending, waiting: int) -> list[str]:
    """A question, complete, and its numbered answers.

    Args:
        pending: the question.
        waiting: how many questions wait, this one included.
    """
    subject = pending.subject
    count = f" (1 of {waiting})" if waiting > 1 else ""
    if isinstance(subject, Approval):
        what = clean_line(f"{subject.tool}: {subject.summary}", strict=True)
        lines = [f"waiting for you: may this run?{count} {what}"]
        lines += [f"{_INDENT}why: {clean_line(reason.text)}" for reason in subject.reasons]
        return [*lines, *_preview(subject.preview), *_approval_choices(subject)]
    lines = [f"waiting for you: the agent asks{count}"]
    lines += _indented(clean(subject.text))
    lines += [f"{at} {clean_line(choice)}" for at, choice in enumerate(subject.choices, 1)]
    return [*lines, "0 no answer"]


def _preview(preview: Preview) -> list[str]:
    match preview.kind:
        case "command":
            lines = clean(preview.text, strict=True).split("\n")
            if len(lines) == 1:
                return [f"{_INDENT}command: {lines[0]}"]
            # With numbers: what a line break hides cannot hide here.
            numbered = (f"{_INDENT}line {at}: {line}" for at, line in enumerate(lines, 1))
            return [f"{_INDENT}command of {len(lines)} lines:", *numbered]
        case "diff":
            path = clean_line(preview.path, strict=True)
            return [f"{_INDENT}change of {path}:", *_indented(clean(preview.text))]
        case "text":
            return _indented(clean(preview.text))


def _approval_choices(approval: Approval) -> list[str]:
    session = [f"2 this session: {clean_line(approval.rule, strict=True)}"]
    return [
        "1 once",
        *(session if approval.rule else []),
        "3 deny",
        "4 deny with a reason",
        "5 stop",
    ]


def prompt_of(subject: Subject) -> str:
    """What the line begins with on which a question is answered."""
    if isinstance(subject, Approval):
        return f"your answer, {'1 to 5' if subject.rule else '1, 3, 4 or 5'}: "
    if not subject.choices:
        return "your answer: "
    words = ", or in words" if subject.free_text else ""
    return f"your answer, 0 to {len(subject.choices)}{words}: "


def read_answer(subject: Subject, text: str) -> Answer | Unclear:
    """What a typed line answers.

    Args:
        subject: the question.
        text: the line.
    """
    text = text.strip()
    if isinstance(subject, Approval):
        return _decision(subject, text)
    return _reply(subject, text)


def _decision(approval: Approval, text: str) -> ApprovalAnswer | Unclear:
    word, _, rest = text.partition(" ")
    number = _LETTERS.get(word.lower(), word)
    if number == "4":
        return ApprovalAnswer("deny", rest.strip()) if rest.strip() else Unclear("the reason: ")
    if rest:
        return Unclear()
    choices: dict[str, Literal["once", "session", "deny", "stop"]] = {
        "1": "once",
        "3": "deny",
        "5": "stop",
    }
    if approval.rule:
        choices["2"] = "session"
    return ApprovalAnswer(choices[number]) if number in choices else Unclear()


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
    if isinstance(answer, QuestionAnswer):
        return "answered: none" if answer.declined else f"answered: {clean_line(answer.text)}"
    reason = f", because: {clean_line(answer.reason)}" if answer.reason else ""
    words = {
        "once": "allowed once",
        "session": "allowed for this session",
        "deny": "denied",
        "stop": "denied, and told to stop",
    }
    return words[answer.choice] + reason


def _indented(text: str) -> list[str]:
    return [f"{_INDENT}{line}".rstrip() for line in text.rstrip("\n").split("\n")]
