"""What ignore files, people's rules and inspectors make of the gate's word on a call."""

from __future__ import annotations

from collections.abc import Sequence

from goose_agent.permissions.gate import FLOOR, Verdict
from goose_agent.permissions.guard import Guard
from goose_agent.permissions.inspectors.inspector import Inspection
from goose_agent.permissions.rules.action import Action
from goose_agent.permissions.rules.deciding import Moment, RuleVerdict, decide
from goose_agent.permissions.rules.rule import HeldRule

__all__ = ["hidden_by", "with_inspection", "with_rules"]


def hidden_by(guard: Guard, action: Action, folder: str = "") -> str:
    """Which ignore file keeps something from the agent that a call names; empty for none.

    Args:
        guard: knows the files.
        action: the call.
        folder: where a command runs, so that its text is looked through too; empty for no command.
    """
    ignore = guard.ignore
    if ignore.empty:
        return ""
    for part in action.parts:
        for touch in part.touches:
            if reason := ignore.reason(touch.real) or ignore.reason(touch.named):
                return reason
    return ignore.reason_in(action.text, folder) if folder else ""


def with_rules(
    verdict: Verdict, rules: Sequence[HeldRule], action: Action, moment: Moment
) -> tuple[Verdict, RuleVerdict]:
    """The verdict with the rules' word on it, and that word.

    They may tighten anything. They loosen a question, but never the floor.

    Args:
        verdict: what the gate says; no denial.
        rules: all there are.
        action: the call.
        moment: when and where.
    """
    ruled = decide(rules, action, moment)
    return _joined(verdict, ruled), ruled


def _joined(verdict: Verdict, ruled: RuleVerdict) -> Verdict:
    match ruled.decision:
        case None:
            return verdict
        case "deny":
            return Verdict("deny", ruled.reasons)
        case "ask":
            kept = verdict.reasons if verdict.decision == "ask" else ()
            return Verdict("ask", (*ruled.reasons, *kept))
        case "allow":
            if verdict.decision == "allow":
                return verdict
            if any(reason.stage == FLOOR for reason in verdict.reasons):
                return verdict
            places = [reason for reason in verdict.reasons if reason.stage == "path"]
            if places and not ruled.anywhere:
                # It names neither this path nor this very command: that was not thought of.
                return verdict
            return Verdict("allow", ruled.reasons)


def with_inspection(verdict: Verdict, ruled: RuleVerdict, inspection: Inspection | None) -> Verdict:
    """The verdict with what inspectors saw.

    Args:
        verdict: what was decided without them.
        ruled: what the rules said of it.
        inspection: what they saw; None where nobody looked.
    """
    if inspection is None or not inspection.reasons or verdict.decision == "deny":
        return verdict
    reasons = (*verdict.reasons, *inspection.reasons)
    # Who allowed the text letter by letter has seen all that an inspector sees.
    if verdict.decision == "ask" or not inspection.asks or ruled.literal:
        return Verdict(verdict.decision, reasons)
    return Verdict("ask", (*inspection.reasons, *verdict.reasons))
