"""A plan that waits for a word, as lines, and what a typed line says about it."""

from __future__ import annotations

from goose_agent.events import PlanAnswer, PlanReview
from goose_tui.plain.approvals import indented
from goose_tui.plain.decisions import Unclear
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["plan_answer_words", "plan_lines", "plan_prompt", "read_plan_answer"]

_WORDS = {"e": "the plan, in one line: ", "r": "what is to be different: "}
"""What is asked for where a letter stands alone."""


def plan_lines(review: PlanReview, count: str) -> list[str]:
    """The plan, and every answer.

    Args:
        review: the question.
        count: which of several it is, in words.
    """
    return [
        f"waiting for you: may this plan be carried out?{count}",
        *indented(clean(review.text)),
        *(f"y{at} carry it out in mode {mode}" for at, mode in enumerate(review.modes, 1)),
        "e TEXT carry out this instead",
        "r TEXT send it back, with what is to be different",
        "n refuse it",
        "0 decide later",
    ]


def plan_prompt(review: PlanReview) -> str:
    """What the line begins with on which it is answered."""
    return f"your answer, y1 to y{len(review.modes)}, e, r, n or 0: "


def read_plan_answer(review: PlanReview, text: str) -> PlanAnswer | Unclear:
    """What a typed line says.

    Args:
        review: the question.
        text: the line.
    """
    word, _, rest = text.strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    modes = {f"y{at}": mode for at, mode in enumerate(review.modes, 1)}
    modes["y"] = review.modes[0]
    match word:
        case "n" if not rest:
            return PlanAnswer("refuse")
        case "0" if not rest:
            return PlanAnswer("keep")
        case "e" | "r" if not rest:
            return Unclear(_WORDS[word], word)
        case "e":
            return PlanAnswer("run", review.modes[0], rest)
        case "r":
            return PlanAnswer("revise", text=rest)
        case _ if word in modes and not rest:
            return PlanAnswer("run", modes[word])
        case _:
            return Unclear()


def plan_answer_words(answer: PlanAnswer) -> str:
    """What was answered, in a line."""
    match answer.choice:
        case "run":
            changed = ", changed" if answer.text else ""
            return f"the plan is carried out{changed}" + (
                f" in mode {answer.mode}" if answer.mode else ""
            )
        case "revise":
            return f"sent back: {clean_line(answer.text)}"
        case "refuse":
            return "the plan is refused"
        case "keep":
            return "to be decided later"
