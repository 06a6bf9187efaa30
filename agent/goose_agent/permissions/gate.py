"""May this call run? The same answer for every model, agent and face.

Each stage may only tighten what the mode allows. What a person's rules make of it comes after.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from goose_agent.events import Decision, Mode, Reason
from goose_agent.permissions.paths import Operation, PathClass, Roots, place

__all__ = ["FLOOR", "Intent", "Verdict", "judge"]

FLOOR = "floor"
"""The stage of what no mode and no rule lets run unasked."""
Effect = Literal["read", "edit", "net", "run", "session"]


class Intent(Struct, frozen=True):
    """What a call would do, as far as it says."""

    tool: str
    effect: Effect
    paths: tuple[Path, ...] = ()
    """What it names, absolute."""
    host: str = ""
    """With whom it speaks on the network; empty where that is not known."""
    server: str = ""
    """The server that brings the tool; what it says of itself is no reason for anything."""


class Verdict(Struct, frozen=True):
    """The gate's decision and why."""

    decision: Decision
    reasons: tuple[Reason, ...]


def judge(intent: Intent, mode: Mode, roots: Sequence[Path]) -> Verdict:
    """Decide about one call.

    Args:
        intent: what it would do.
        mode: the permission mode.
        roots: the folders the agent works in, absolute.
    """
    by_mode = _by_mode(intent, mode)
    if by_mode.decision == "deny" or intent.effect == "session":
        return by_mode
    # In mode auto, too, what is changed elsewhere is for the person to say.
    free = mode == "auto" and intent.effect != "edit"
    verdict = by_mode if free else _by_paths(intent, by_mode, roots)
    if floor := _floor(intent, roots):
        others = () if verdict.decision == "allow" else verdict.reasons
        return Verdict("ask", (*floor, *others))
    return verdict


def _by_mode(intent: Intent, mode: Mode) -> Verdict:
    effect = intent.effect
    if mode == "chat":
        return _verdict("deny", "mode chat: nothing runs")
    if effect == "session":
        return _verdict("allow", f"{intent.tool} touches only this session")
    if mode == "auto":
        return _verdict("allow", "mode auto: everything runs")
    if mode == "plan" and effect not in ("read", "net"):
        return _verdict("deny", "mode plan: only reading is allowed until the plan is approved")
    if mode == "approve":
        return _verdict("ask", "mode approve: everything asks")
    if effect == "read":
        return _verdict("allow", f"{intent.tool} only reads")
    if effect == "edit" and mode == "edits":
        return _verdict("allow", "mode edits: edits in the workspace run")
    if effect == "net":
        whom = intent.host or "an address that cannot be read for sure"
        return _verdict("ask", f"{intent.tool} asks {whom} on the network")
    what = "changes files" if effect == "edit" else "runs a program: what it may do is not known"
    if intent.server:
        what = f"is a tool of the server {intent.server}: what it may do is not known"
    return _verdict("ask", f"{intent.tool} {what}")


def _floor(intent: Intent, roots: Sequence[Path]) -> tuple[Reason, ...]:
    """What is asked about in every mode, whatever a rule says."""
    operation: Operation = "read" if intent.effect == "read" else "write"
    verb = "changes" if intent.effect == "edit" else "reads"
    workspace = Roots(roots)
    reasons = []
    for path in intent.paths:
        location = workspace.locate(str(path), operation)
        if location.kind is PathClass.PROTECTED or (operation == "write" and location.is_protected):
            why = location.why if location.kind is PathClass.PROTECTED else "decides what runs"
            reasons.append(Reason(FLOOR, f"{verb} {path}: {why}"))
        elif location.is_secret:
            reasons.append(Reason(FLOOR, f"{verb} {path}, which looks like a secret"))
    return tuple(reasons)


def _by_paths(intent: Intent, verdict: Verdict, roots: Sequence[Path]) -> Verdict:
    reasons = []
    verb = "changes" if intent.effect == "edit" else "reads"
    for path in intent.paths:
        match place(path, roots):
            case "outside":
                reasons.append(Reason("path", f"{verb} outside the workspace: {path}"))
            case "protected" if intent.effect != "read":
                reasons.append(Reason("path", f"{verb} a protected place: {path}"))
            case _:
                pass
    if not reasons:
        return verdict
    kept = () if verdict.decision == "allow" else verdict.reasons
    return Verdict("ask", (*reasons, *kept))


def _verdict(decision: Decision, text: str) -> Verdict:
    stage = "mode" if text.startswith("mode ") else "tool"
    return Verdict(decision, (Reason(stage, text),))
