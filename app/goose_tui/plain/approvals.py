"""The question whether a call may run, as lines: all that is known of it, and every answer."""

from __future__ import annotations

import json

from goose_agent.events import Approval, Preview
from goose_tui.view.reason_words import further_reasons
from goose_tui.view.untrusted import clean, clean_line

__all__ = ["approval_lines", "approval_prompt", "indented"]

_INDENT = "  "
_SHORT = 400
"""Characters of arguments that are repeated where they can be changed."""


def approval_lines(approval: Approval, count: str = "") -> list[str]:
    """All that a person should know before they answer, and the answers.

    Args:
        approval: the question.
        count: which of several it is, in words.
    """
    what = clean_line(f"{approval.tool}: {approval.summary}", strict=True)
    told = [
        *(f"would: {_line(words)}" for words in approval.effects),
        *(
            f"part {at}, {part.decision}: {_line(part.text)} ({_line(part.words)})"
            for at, part in enumerate(approval.parts, 1)
        ),
        *(f"why: {words}" for words in further_reasons(approval)),
        *(f"from outside: {_line(words)}" for words in approval.provenance),
        *([f"folder: {_line(approval.folder)}"] if approval.folder else []),
        f"sandbox: {_line(approval.sandbox)}",
    ]
    return [
        f"waiting for you: may this run?{count} {what}",
        *(f"{_INDENT}{line}" for line in told),
        *_preview(approval),
        *_answers(approval),
    ]


def approval_prompt(approval: Approval) -> str:
    """What the line begins with on which it is answered."""
    count = len(approval.proposals)
    rules = {0: "", 1: ", a1"}.get(count, f", a1 to a{count}")
    hunks = ", h" if len(approval.hunks) > 1 else ""
    return f"your answer, y{rules}, e{hunks}, d, r, s or x: "


def indented(text: str) -> list[str]:
    """Lines of somebody else's text, so that none can pass for a line of ours."""
    return [f"{_INDENT}{line}".rstrip() for line in text.rstrip("\n").split("\n")]


def _preview(approval: Approval) -> list[str]:
    preview = approval.preview
    match preview.kind:
        case "command":
            # A line end that is no line feed is a character of the command.
            lines = clean(preview.text.replace("\r", "␍"), strict=True).split("\n")
            if len(lines) == 1:
                return [f"{_INDENT}command: {lines[0]}"]
            # With numbers: what a line break hides cannot hide here.
            numbered = (f"{_INDENT}line {at}: {line}" for at, line in enumerate(lines, 1))
            return [f"{_INDENT}command of {len(lines)} lines:", *numbered]
        case "diff":
            return _change(preview, approval.hunks)
        case "text":
            return [f"{_INDENT}{_count(preview.text)}:", *indented(clean(preview.text))]


def _change(preview: Preview, hunks: tuple[str, ...]) -> list[str]:
    path = clean_line(preview.path, strict=True)
    head = f"{_INDENT}change of {path}, {_count(preview.text)}:"
    if len(hunks) < 2:
        return [head, *indented(clean(preview.text))]
    lines = [head]
    for at, hunk in enumerate(hunks, 1):
        lines += [f"{_INDENT}piece {at} of {len(hunks)}:", *indented(clean(hunk))]
    return lines


def _count(text: str) -> str:
    count = text.rstrip("\n").count("\n") + 1
    return "1 line" if count == 1 else f"{count} lines"


def _answers(approval: Approval) -> list[str]:
    lines = ["y once"]
    for at, proposal in enumerate(approval.proposals, 1):
        lines.append(f"a{at} rule: {_line(proposal.line)} ({_line(proposal.words)})")
        if proposal.passed:
            passed = "; ".join(map(_line, proposal.passed))
            lines.append(f"{_INDENT}it would have let run: {passed}")
    if approval.proposals:
        lines.append(
            f"{_INDENT}how long stands behind it: a1 turn, session (if nothing), project or user"
        )
    lines.append(f"e JSON run with other arguments{_now(approval)}")
    if len(approval.hunks) > 1:
        lines.append("h 1,3 make only these pieces")
    return [
        *lines,
        "d deny, d NOTE deny with a reason",
        "r TEXT do not run, the agent gets this as the result",
        "s deny and stop",
        "x let a model explain it",
    ]


def _now(approval: Approval) -> str:
    if approval.arguments is None:
        return ""
    text = json.dumps(approval.arguments, ensure_ascii=False)
    return f" than {_line(text)}" if len(text) <= _SHORT else ""


def _line(text: str) -> str:
    return clean_line(text, strict=True)
