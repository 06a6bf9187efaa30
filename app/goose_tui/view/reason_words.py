"""Why the gate asks, in words: each reason with the rule it comes from, none told twice."""

from __future__ import annotations

from goose_agent.events import Approval, Reason
from goose_tui.view.untrusted import clean_line

__all__ = ["further_reasons", "reason_words"]


def reason_words(reason: Reason) -> str:
    """One reason, with the rule that gave it and where that stands."""
    named = (reason.rule and f"rule {reason.rule}", reason.source)
    words = [clean_line(word, strict=True) for word in named if word]
    text = clean_line(reason.text, strict=True)
    return f"{text} [{', '.join(words)}]" if words else text


def further_reasons(approval: Approval) -> tuple[str, ...]:
    """Why it asks, as far as its effects and the parts of its chain do not say so already."""
    told = {*approval.effects, *(part.words for part in approval.parts)}
    left = (
        reason_words(reason)
        for reason in approval.reasons
        if reason.text not in told or reason.rule or reason.source
    )
    return tuple(dict.fromkeys(left))
