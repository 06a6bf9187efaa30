"""Whether a step ends at a stop."""

from __future__ import annotations

from goose_agent.events import Step
from goose_agent.stepping.facts import Facts

__all__ = ["due"]


def due(run: Step, level: str, facts: Facts) -> bool:
    """Whether what was let run up to somewhere is to pause here.

    Args:
        run: how far it was to go on.
        level: the agent at which that was said.
        facts: of the stop.
    """
    deeper = facts.agent.count("/") - level.count("/")
    match run:
        case "continue":
            return False
        case "into":
            return True
        case "next":
            return deeper <= 0 and facts.place != "after_call"
        case "out":
            return deeper < 0
        case "write":
            changes = facts.effect in ("edit", "run") and not facts.only_reads
            return facts.place == "before_call" and changes
