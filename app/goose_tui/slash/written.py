"""Commands that people wrote, beside those of the program: `/name`, and `/skill` for skills."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from goose_agent.commands import RunCommand
from goose_tui.slash.command import Choice, Face, Report, Slash
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.events import ListedCommand

__all__ = ["INIT", "REVIEW", "SKILL", "shell_typed", "written_slashes"]

_WORDS = 60
"""Characters of what a command says of itself."""


def shell_typed(text: str) -> str:
    """The shell command of a text that is `!command`; empty where it is none."""
    text = text.strip()
    return text[1:] if text[:1] == "!" and text[1:2].strip(" !") else ""


def written_slashes(face: Face) -> tuple[Slash, ...]:
    """The commands that a session knows and the program does not."""
    return tuple(_slash(each) for each in face.written_commands if each.kind == "command")


def _slash(listed: ListedCommand) -> Slash:
    argument = clean_line(listed.argument)
    if argument and not argument.startswith("["):
        argument = f"[{argument}]"  # without it, its text is complete still
    words = clean_line(listed.words)
    words = words if len(words) <= _WORDS else f"{words[: _WORDS - 1]}…"
    return Slash(listed.name, argument, words, partial(_run, listed.name))


def _run(name: str, face: Face, argument: str) -> None:
    face.tell(RunCommand(name, argument))


def _skills(face: Face) -> Sequence[ListedCommand]:
    return [each for each in face.written_commands if each.kind == "skill"]


def _skill(face: Face, argument: str) -> None:
    skills = _skills(face)
    if not argument:
        rows = tuple((each.name, clean_line(each.words)) for each in skills)
        foot = (
            "" if rows else "There are none. Write one into ~/.agents/skills: docs/extensions.md."
        )
        face.report(Report("Skills", rows, foot))
        return
    name, _, rest = argument.partition(" ")
    if name not in {each.name for each in skills}:
        face.say(f"there is no skill {name}; /skill lists them")
        return
    face.tell(RunCommand(name, rest.strip(), "skill"))


def _choices(face: Face, argument: str) -> Sequence[Choice]:
    return [Choice(each.name, clean_line(each.words)[:_WORDS]) for each in _skills(face)]


SKILL = Slash("skill", "[NAME] [TEXT]", "follow a skill, or list them", _skill, choices=_choices)
INIT = Slash("init", "", "write AGENTS.md from what the repository shows", partial(_run, "init"))
REVIEW = Slash(
    "review", "[RANGE]", "review the working tree, or a range of commits", partial(_run, "review")
)
