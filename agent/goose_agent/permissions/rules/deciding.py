"""What all rules together say of an action: deny before ask before allow, whatever their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from goose_agent.events import Decision, Mode, Reason
from goose_agent.evolve import evolve
from goose_agent.permissions.rules.action import Action, Part
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import HeldRule

__all__ = ["Moment", "RuleVerdict", "decide"]

_PART = Part()


class Moment(Struct, frozen=True):
    """When and where an action is judged."""

    ground: Ground
    mode: Mode
    now: datetime
    """The wall clock, UTC."""
    turn: int = 0
    used: Mapping[str, int] = field(default_factory=dict)
    """How often each rule has decided, by what its uses are counted by."""


class RuleVerdict(Struct, frozen=True):
    """What the rules say."""

    decision: Decision | None = None
    """None where no rule speaks of it."""
    reasons: tuple[Reason, ...] = ()
    literal: bool = False
    """Whether it was allowed letter by letter."""
    anywhere: bool = False
    """Whether what is allowed was named by its path or letter by letter, so that it need not lie in
    the workspace."""


def decide(rules: Sequence[HeldRule], action: Action, moment: Moment) -> RuleVerdict:
    """The rules' word on an action.

    Every part has to be allowed, each by whichever rule; one part that is denied denies it all, and
    one that is asked about asks, and so does what a part may run in its turn. What only shows as it
    runs asks where it may be what is denied, but for a text that is allowed letter by letter.

    Args:
        rules: all there are, in any order.
        action: what would happen.
        moment: when and where.
    """
    parts = tuple(dict.fromkeys(action.parts)) or (_PART,)
    # A long chain is compared with those rules only that are about one of its programs at all.
    everything = (*parts, *action.within)
    programs = {part.words[0] for part in everything if part.words and 0 not in part.unknown}
    touches = any(part.touches for part in everything)
    holding = [
        held
        for held in rules
        if held.rule.may_concern(programs, touches=touches) and _holds(held, action, moment)
    ]
    for effect in ("deny", "ask"):
        speaking = [
            held
            for held in holding
            if held.rule.effect == effect
            and any(held.rule.touches(part, moment.ground) for part in everything)
        ]
        if speaking:
            return RuleVerdict(effect, tuple(map(_reason, speaking)))
    allowing = [held for held in holding if held.rule.effect == "allow"]
    allowed = _allowed(allowing, action, parts, moment.ground)
    if not allowed.literal and (unsure := _unsure(rules, action, everything, moment)):
        return RuleVerdict("ask", unsure)
    return allowed


def _unsure(
    rules: Sequence[HeldRule], action: Action, parts: Sequence[Part], moment: Moment
) -> tuple[Reason, ...]:
    """The rules that may deny or ask about what only shows as it runs."""
    open_parts = [part for part in parts if part.unknown]
    if not open_parts:
        return ()
    return tuple(
        evolve(_reason(held), text=f"not all of it is written in it, and it may be: {held.rule}")
        for held in rules
        if held.rule.effect != "allow"
        and _holds(held, action, moment)
        and any(held.rule.may_touch(part, moment.ground) for part in open_parts)
    )


def _holds(held: HeldRule, action: Action, moment: Moment) -> bool:
    if held.turn is not None and held.turn != moment.turn:
        return False
    # What is not to count loosens nothing; what it forbids holds all the same.
    if not held.active and held.rule.effect == "allow":
        return False
    # Whoever is named by a hash is only asked for it where it counts.
    used = moment.used.get(held.use_key, 0) if held.rule.uses is not None else 0
    return held.rule.holds(action, moment.mode, moment.now, used)


def _allowed(
    rules: Sequence[HeldRule], action: Action, parts: Sequence[Part], ground: Ground
) -> RuleVerdict:
    for held in rules:
        known = held.rule.exact or (held.rule.wide and not held.rule.cwd)
        if known and all(held.rule.allows(part, ground) for part in parts):
            # The very text, or all that the tool does: what lies in it need not be understood.
            exact = bool(held.rule.exact)
            return RuleVerdict("allow", (_reason(held),), literal=exact, anywhere=exact)
    if not action.whole:
        return RuleVerdict()
    used: dict[str, HeldRule] = {}
    for part in parts:
        found = next((held for held in rules if held.rule.allows(part, ground)), None)
        if found is None:
            return RuleVerdict()
        used[found.rule_id] = found
    return RuleVerdict(
        "allow",
        tuple(map(_reason, used.values())),
        anywhere=all(held.rule.path for held in used.values()),
    )


def _reason(held: HeldRule) -> Reason:
    why = f" ({held.rule.why})" if held.rule.why else ""
    return Reason("rule", f"{held.rule}{why}", held.rule_id, held.source)
