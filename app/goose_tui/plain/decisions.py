"""What a typed line says about a call that waits."""

from __future__ import annotations

import json
import re
from typing import get_args

from msgspec import Struct

from goose_agent.events import Approval, ApprovalAnswer, RuleScope

__all__ = ["Explanation", "Unclear", "read_decision"]

_RULE = re.compile(r"a([1-9])")
_WORDS = {
    "e": "the arguments, as JSON in one line: ",
    "h": "the numbers of the pieces: ",
    "r": "the result: ",
}
"""What is asked for where a letter stands alone."""


class Unclear(Struct, frozen=True):
    """What was typed is not an answer yet."""

    prompt: str = ""
    """What is to be typed next; empty where the question is to be answered again."""
    lead: str = ""
    """What that is then put behind."""
    problem: str = ""
    """What was wrong."""


class Explanation(Struct, frozen=True):
    """The person wants the call explained first."""


def read_decision(approval: Approval, text: str) -> ApprovalAnswer | Unclear | Explanation:
    """What a typed line answers.

    Args:
        approval: the question.
        text: the line.
    """
    word, _, rest = text.strip().partition(" ")
    word, rest = word.lower(), rest.strip()
    match word:
        case "y" | "s" | "x" if not rest:
            if word == "x":
                return Explanation()
            return ApprovalAnswer("once" if word == "y" else "stop")
        case "d":
            return ApprovalAnswer("deny", rest)
        case "e" | "h" | "r" if not rest:
            return Unclear(_WORDS[word], word)
        case "r":
            return ApprovalAnswer("result", result=rest)
        case "e":
            return _edited(rest)
        case "h":
            return _pieces(approval, rest)
        case _:
            return _rule(approval, word, rest)


def _edited(text: str) -> ApprovalAnswer | Unclear:
    try:
        arguments = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Unclear(problem=f"That is not JSON: {error}")
    if not isinstance(arguments, dict):
        return Unclear(problem="The arguments are a JSON object.")
    return ApprovalAnswer("edit", arguments=arguments)


def _pieces(approval: Approval, text: str) -> ApprovalAnswer | Unclear:
    words = re.split(r"[\s,]+", text.strip(", "))
    count = len(approval.hunks)
    # Without the length a word of thousands of digits would be read first.
    if not all(word.isascii() and word.isdecimal() and len(word) < 7 for word in words):
        return Unclear(problem="Pieces are named by their numbers, such as h 1,3.")
    numbers = sorted({int(word) - 1 for word in words})
    if not 0 <= numbers[0] <= numbers[-1] < count:
        return Unclear(problem=f"It has pieces 1 to {count}." if count else "It has no pieces.")
    return ApprovalAnswer("hunks", hunks=tuple(numbers))


def _rule(approval: Approval, word: str, scope: str) -> ApprovalAnswer | Unclear:
    match = _RULE.fullmatch(word)
    if match is None or int(match[1]) > len(approval.proposals):
        return Unclear()
    found: RuleScope | None = next((each for each in get_args(RuleScope) if each == scope), None)
    if scope and found is None:
        scopes = ", ".join(get_args(RuleScope))
        return Unclear(problem=f"A rule holds for one of {scopes}.")
    line = approval.proposals[int(match[1]) - 1].line
    return ApprovalAnswer("session", rule=line, scope=found or "session")
