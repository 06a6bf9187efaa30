"""What became of each rule of another agent's file."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from goose_agent.events import Decision
from goose_agent.permissions.rules.argv import ArgvPattern, Slot
from goose_agent.permissions.rules.rule import Rule
from goose_agent.permissions.rules.values import rule_from

__all__ = [
    "Imported",
    "Taken",
    "command_rule",
    "left_out",
    "line_of",
    "prefix_rule",
    "section_of",
    "taken",
]


class Taken(Struct, frozen=True):
    """One rule of the other file."""

    line: int
    text: str
    """As it stands there."""
    rule: Rule | None = None
    """What it is here; None where it cannot be said here."""
    note: str = ""
    """What is different, or why it is left out; empty where it is the same."""


class Imported(Struct, frozen=True):
    """What a file says in our words."""

    path: Path
    kind: str
    """Whose file it is."""
    items: tuple[Taken, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, each once."""
        found = {str(item.rule): item.rule for item in self.items if item.rule is not None}
        return tuple(found.values())


def taken(line: int, text: str, values: dict[str, object], note: str = "") -> Taken:
    """A rule with these values, or a note why there can be none."""
    try:
        return Taken(line, text, rule_from(values), note)
    except ValueError as error:
        return Taken(line, text, note=f"left out: {error}")


def left_out(line: int, text: str, why: str) -> Taken:
    """A rule that cannot be said here."""
    return Taken(line, text, note=f"left out: {why}")


def command_rule(line: int, text: str, effect: Decision, pattern: str) -> Taken:
    """A pattern for the text of a command, `*` for any letters.

    What allows becomes narrower where it cannot be said; what asks or denies becomes a question
    about every command that begins the same.

    Args:
        line: where it stands.
        text: the whole rule, as it stands there.
        effect: what it says.
        pattern: such as `git push *`, `git push*` or `npm * --save`.
    """
    head, star, tail = pattern.partition("*")
    try:
        words = shlex.split(head, posix=True)
    except ValueError:
        return _about_all(line, text, effect, [])
    odd = bool(set(head) & set("?[]{}$`;|&<>()\\\n'\"")) or not set(tail) <= {"*", " "}
    glued = bool(star) and bool(head) and not head[-1].isspace()
    if odd:
        sure = shlex.split(head.split("?")[0].rpartition(" ")[0]) if _is_plain(head) else []
        return _about_all(line, text, effect, sure)
    if not words:
        return taken(line, text, {"effect": effect, "tool": "shell"})
    if not star:
        return _patterned(line, text, effect, [Slot((word,)) for word in words], rest=False)
    slots = [Slot((word,)) for word in words]
    if not glued or effect == "allow":
        note = "narrower: only whole words" if glued else ""
        return _patterned(line, text, effect, slots, rest=True, note=note)
    slots[-1] = Slot((words[-1],), begins=True)
    return _patterned(line, text, effect, slots, rest=True)


def prefix_rule(line: int, text: str, effect: Decision, words: Sequence[str]) -> Taken:
    """All commands that begin with these words."""
    return _patterned(line, text, effect, [Slot((word,)) for word in words], rest=True)


def section_of(text: str, name: str) -> tuple[dict[str, Any], int]:
    """An object of a JSON file, and where its name stands in the text.

    Raises:
        ValueError: there is none of this name.
    """
    loaded = json.loads(text)
    section = loaded.get(name) if isinstance(loaded, dict) else None
    if not isinstance(section, dict):
        raise ValueError(f"it has no `{name}` with entries")
    return section, text.find(json.dumps(name))


def line_of(text: str, offset: int) -> int:
    """The line of a place in a text, from 1."""
    return text.count("\n", 0, max(0, offset)) + 1


def _patterned(
    line: int, text: str, effect: Decision, slots: Sequence[Slot], *, rest: bool, note: str = ""
) -> Taken:
    words = [word for slot in slots for word in slot.any_of]
    if any(not word or set(word) & set("'\0\n") for word in words):
        return _about_all(line, text, effect, [])
    pattern = ArgvPattern(tuple(slots), rest)
    return taken(line, text, {"effect": effect, "tool": "shell", "argv": pattern}, note)


def _about_all(line: int, text: str, effect: Decision, words: Sequence[str]) -> Taken:
    """What cannot be said by words: an allowing rule falls away, the others become a question."""
    if effect == "allow":
        return left_out(line, text, "it compares text, and rules here compare words")
    values: dict[str, object] = {"effect": "ask", "tool": "shell"}
    about = "every command"
    if words:
        values["argv"] = ArgvPattern(tuple(Slot((word,)) for word in words), rest=True)
        about = f"every {shlex.join(words)}"
    return taken(line, text, values, f"it cannot be said by words: asks about {about} instead")


def _is_plain(text: str) -> bool:
    return not set(text) & set("[]{}$`;|&<>()\\\n'\"")
