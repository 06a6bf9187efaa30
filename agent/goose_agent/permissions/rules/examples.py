"""Whether a rule does what the person who wrote it expects: its examples are checked at every load."""

from __future__ import annotations

import os.path
import shlex

from goose_agent.evolve import evolve
from goose_agent.permissions.rules.action import Part, Touch
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import Rule

__all__ = ["failing_example"]


def failing_example(rule: Rule, ground: Ground) -> str:
    """Which example the rule does not keep to, in words; empty where it keeps to all.

    Args:
        rule: with `match` and `not_match`: commands for rules on words, else paths or hosts.
        ground: what relative paths start from.
    """
    # Where a command of an example would run is not said: only its words are looked at.
    bare = evolve(rule, cwd="")
    for examples, wanted in ((rule.match, True), (rule.not_match, False)):
        for example in examples:
            try:
                found = _speaks_of(bare, example, ground)
            except ValueError as error:
                return f"the example {example!r} cannot be read: {error}"
            if found is not wanted:
                verb = "does not speak" if wanted else "speaks"
                return f"the rule {verb} of its example {example!r}"
    return ""


def _speaks_of(rule: Rule, example: str, ground: Ground) -> bool:
    if rule.exact:
        return example == rule.exact
    if rule.argv is not None:
        return rule.argv.covers(shlex.split(example))
    part = (
        Part(hosts=(example,)) if rule.host and not rule.path else _path_part(rule, example, ground)
    )
    return rule.allows(part, ground) if rule.effect == "allow" else rule.touches(part, ground)


def _path_part(rule: Rule, example: str, ground: Ground) -> Part:
    if example.startswith("~/"):
        named = f"{ground.home}/{example[2:]}"
    else:
        named = os.path.join(ground.roots[0] if ground.roots else "/", example)  # noqa: PTH118 # text
    path = os.path.normpath(named)
    return Part(touches=(Touch(rule.op or "read", path),))
