"""May a shell command run: what is known of it, and the mode."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.events import Decision, Mode, Reason
from goose_agent.permissions.gate import FLOOR, Verdict
from goose_agent.permissions.paths import Roots
from goose_agent.permissions.shell.classify import Surroundings, classify
from goose_agent.permissions.shell.judgement import Concern, Finding, Judgement

__all__ = ["ShellVerdict", "by_mode", "decide", "staged"]

_FLOOR: frozenset[Concern] = frozenset({"secret", "protected", "catastrophe", "hidden"})
"""What is asked about in every mode."""
_NOT_IN_AUTO: frozenset[Concern] = frozenset({"unread", "beyond"})
"""What the mode auto asks about as well: a rule may allow it."""


class ShellVerdict(Struct, frozen=True):
    """The decision about one command, and why."""

    decision: Decision
    reasons: tuple[str, ...]
    """Short sentences without a full stop, what weighs most first; never empty."""
    judgement: Judgement
    is_floor: bool = False
    """Whether no mode and no rule may let it run unasked."""


def decide(
    text: str,
    mode: Mode,
    cwd: Path,
    root: Path,
    *,
    others: Sequence[Path] = (),
    search_path: str | None = None,
) -> ShellVerdict:
    """Decide about a command.

    Args:
        text: what would be handed to `bash -c`.
        mode: the permission mode.
        cwd: where it would start, absolute.
        root: the folder of the workspace, absolute.
        others: further folders of the workspace, absolute.
        search_path: the PATH it would have; None where programs need not be looked up.
    """
    surroundings = Surroundings(cwd, Roots((root, *others)), search_path)
    return by_mode(classify(text, surroundings), mode)


def by_mode(judgement: Judgement, mode: Mode) -> ShellVerdict:
    """What a mode makes of a judgement.

    Args:
        judgement: what is known of the command.
        mode: the permission mode.
    """
    findings = judgement.findings
    floor = any(finding.concern in _FLOOR for finding in findings)
    decision, words = _decision(judgement, mode, floor=floor)
    reasons = (words, *_sentences(findings)) if words else _sentences(findings)
    return ShellVerdict(decision, reasons, judgement, floor)


def staged(found: ShellVerdict) -> Verdict:
    """The same decision, each reason with the stage that it is of."""
    stages = {finding.text: _stage(finding) for finding in found.judgement.findings}
    return Verdict(
        found.decision,
        tuple(
            Reason("mode" if text.startswith("mode ") else stages.get(text, "tool"), text)
            for text in found.reasons
        ),
    )


def _stage(finding: Finding) -> str:
    if finding.denied or finding.concern in _FLOOR:
        return FLOOR
    return "tool" if finding.concern in ("unproven", "unread") else "path"


def _decision(judgement: Judgement, mode: Mode, *, floor: bool) -> tuple[Decision, str]:
    """The decision, and what the mode has to say about it."""
    findings = judgement.findings
    if mode == "chat":
        return "deny", "mode chat: nothing runs"
    if any(finding.denied for finding in findings):
        return "deny", ""
    if mode == "plan" and not judgement.only_reads:
        return "deny", "mode plan: only what is proven to read runs until the plan is approved"
    if mode == "approve":
        return "ask", "mode approve: everything asks"
    if judgement.only_reads:
        return "allow", "it only reads, within the workspace"
    if mode == "auto" and not floor and not any(f.concern in _NOT_IN_AUTO for f in findings):
        return "allow", "mode auto: everything runs"
    return "ask", ""


def _sentences(findings: Sequence[Finding]) -> tuple[str, ...]:
    """What findings say, the gravest first, each once."""
    ordered = sorted(findings, key=_gravity)
    return tuple(dict.fromkeys(finding.text for finding in ordered))


def _gravity(finding: Finding) -> tuple[bool, ...]:
    return (
        not finding.denied,
        finding.concern not in _FLOOR,
        finding.concern == "unproven",
        finding.concern == "unread",
    )
