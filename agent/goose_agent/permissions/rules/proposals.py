"""Rules that would answer a question from now on: at most three, the narrowest first."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Sequence

from goose_agent.characters import find_lookalikes, is_hidden
from goose_agent.events import Proposal
from goose_agent.evolve import evolve
from goose_agent.permissions.rules.action import Action, Part
from goose_agent.permissions.rules.argv import ArgvPattern, Slot
from goose_agent.permissions.rules.deciding import Moment, decide
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.programs import (
    NO_BEGINNING,
    RUNS_SCRIPTS,
    TWO_WORDS,
    UNDOES,
    program_of,
    runs_anything,
)
from goose_agent.permissions.rules.rule import HeldRule, Rule

__all__ = ["PastCall", "passed", "propose", "readable"]

_MOST = 3
_GLOB = frozenset("*?[]\\\n\r")
"""What means something else in a pattern."""
_MADE_UP = frozenset("$`")
"""What stands in the name of a program that only the running shell knows."""
_LONGEST = 2000
"""Characters of a text that a rule can be limited to: a longer one is not read by anybody."""
_SHOWN = 20
"""Past calls that a proposal tells."""


class PastCall:
    """A call of this session that was asked about.

    Args:
        summary: one line for a person.
        action: what it amounted to.
    """

    def __init__(self, summary: str, action: Action) -> None:
        self.summary = summary
        self.action = action


def propose(
    action: Action,
    op: str,
    ground: Ground,
    past: Callable[[], Iterable[PastCall]],
    moment: Moment,
    *,
    shown_whole: bool = True,
) -> tuple[Proposal, ...]:
    """Rules that would let this call run.

    Args:
        action: the call.
        op: `command` for a shell command, `read` or `edit` for a file, `net` for a host.
        ground: what paths are relative to.
        past: this session's calls that were asked about.
        moment: when and where.
        shown_whole: whether the person can read all of what they are asked about.
    """
    text = action.text
    if not shown_whole or not readable(text):
        return ()
    if op == "command":
        found = _of_commands(action)
    elif op == "net":
        found = _of_hosts(action)
    elif text:
        found = _of_paths(action, ground)
    else:
        found = [(Rule("allow", (action.tool,)), f"every call of {action.tool}")]
    calls = list(past())
    return tuple(
        Proposal(str(rule), words, passed(rule, calls, moment)) for rule, words in found[:_MOST]
    )


def passed(rule: Rule, calls: Iterable[PastCall], moment: Moment) -> tuple[str, ...]:
    """Which past calls a rule would have let run unasked.

    Args:
        rule: the rule.
        calls: those that were asked about.
        moment: when and where.
    """
    held = [HeldRule(rule, "session")]
    found = (call for call in calls if decide(held, call.action, moment).decision == "allow")
    return tuple(dict.fromkeys(call.summary for call in found))[:_SHOWN]


def readable(text: str) -> bool:
    """Whether a person can be expected to have read all of a text, as it is."""
    return len(text) <= _LONGEST and not is_hidden(text) and not any(find_lookalikes(text))


def _of_commands(action: Action) -> list[tuple[Rule, str]]:
    """The text, and how its one command begins; a chain of several is only ever allowed as it is."""
    parts = [part for part in action.parts if part.words]
    if not action.text.strip() or not parts or any(_runs_anything(part.words) for part in parts):
        return []
    exact = [(Rule("allow", (action.tool,), exact=action.text), "exactly this")]
    if not action.whole or len(parts) != 1:
        return exact
    words = parts[0].words
    prefix = _prefix(words)
    if not prefix:
        return exact
    slots = tuple(Slot((word,)) for word in prefix)
    named = " ".join(prefix)
    anywhere = Rule("allow", (action.tool,), ArgvPattern(slots, rest=True))
    found = [*exact, (anywhere, f"every command that begins with {named}")]
    if folder := _inside(parts[0]):
        here = evolve(anywhere, cwd=f"{folder}/**")
        found.insert(1, (here, f"{named} … in this folder"))
    return found


def _of_hosts(action: Action) -> list[tuple[Rule, str]]:
    """The address, and its host with this tool."""
    exact = [(Rule("allow", (action.tool,), exact=action.text), "exactly this")]
    hosts = [host for part in action.parts for host in part.hosts]
    if not action.whole or len(hosts) != 1:
        return exact
    (host,) = hosts
    rule = Rule("allow", (action.tool,), host=host)
    return [*exact, (rule, f"everything on {host}")]


def _runs_anything(words: Sequence[str]) -> bool:
    """Whether nobody can say what these words do."""
    if set(words[0]) & _MADE_UP:
        return True
    base = program_of(words[0])
    if runs_anything(base):
        return True
    if base not in TWO_WORDS:
        return False
    verb = words[1] if len(words) > 1 else ""
    # An option before the verb can change what the verb means.
    return not verb or verb.startswith("-") or verb in RUNS_SCRIPTS.get(base, ())


def _prefix(words: Sequence[str]) -> tuple[str, ...]:
    """How commands of the same kind begin; nothing where that says too little."""
    program = words[0] if words else ""
    base = program_of(program)
    if not base or base != program or base in NO_BEGINNING:
        return ()
    if base not in TWO_WORDS:
        return (program,)
    verb = words[1]
    return () if verb in UNDOES.get(base, ()) else (program, verb)


def _inside(part: Part) -> str:
    return "" if not part.cwd or set(part.cwd) & _GLOB else part.cwd


def _of_paths(action: Action, ground: Ground) -> list[tuple[Rule, str]]:
    """The file itself, and its folder where that lies in the workspace."""
    touches = [touch for part in action.parts for touch in part.touches]
    if len(touches) != 1 or set(touches[0].real) & _GLOB:
        return []
    real = touches[0].real
    found = [(Rule("allow", (action.tool,), path=real), "exactly this")]
    folder = os.path.dirname(real)  # noqa: PTH120 # text
    for root in ground.roots:
        if folder.startswith(f"{root}/"):
            below = folder[len(root) + 1 :]
            found.append((Rule("allow", (action.tool,), path=f"{folder}/**"), f"all in {below}/"))
        elif folder == root:
            words = "files directly in the workspace"
            found.append((Rule("allow", (action.tool,), path=f"{root}/*"), words))
    return found[:_MOST]
