"""Skills: folders with a `SKILL.md` that says how something is done, read when it is to be done."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from anyio import to_thread
from msgspec import Struct

from goose_agent.extensions.folder_markdown import Owner, markdown_files
from goose_agent.extensions.front_matter import text_of
from goose_agent.extensions.host import ExtensionHost
from goose_agent.permissions.folder_files import SKILLS
from goose_agent.tools.tool import CallContext, Extension, ToolFailure, tool

__all__ = ["Skill", "Skills", "find_skills", "skill_message"]

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_WORDS = 160
"""Characters of what a skill says of itself, as it stands in every request."""
_LISTED = 40
"""Skills that are listed there."""
_FILES = 40
"""Files beside a `SKILL.md` that are named."""


class Skill(Struct, frozen=True):
    """One of them."""

    name: str
    words: str
    """What it is for, and when."""
    path: Path
    """Of its `SKILL.md`."""
    body: str
    owner: Owner


def find_skills(host: ExtensionHost) -> tuple[Skill, ...]:
    """All that a session may use; of two with one name the person's own counts. Blocks.

    Args:
        host: knows the folders, and whether the project's is trusted.
    """
    found: dict[str, Skill] = {}
    for file in markdown_files(host, SKILLS, host.places.config / "skills", ("*/SKILL.md",)):
        name = text_of(file.head, "name") or file.path.parent.name
        if _NAME.fullmatch(name) and file.body.strip():
            words = text_of(file.head, "description")
            skill = Skill(name, words, file.path, file.body.strip(), file.owner)
            found.setdefault(name, skill)
    return tuple(found.values())


def skill_message(skill: Skill, argument: str) -> str:
    """What a model reads where a person asks for a skill. Blocks."""
    asked = argument or "Follow this skill now."
    return f"{asked}\n\n{_text(skill)}"


def _text(skill: Skill) -> str:
    """The skill, and what lies beside it."""
    folder = skill.path.parent
    text = f"Skill {skill.name}, from {folder}:\n\n{skill.body}"
    files = list(islice(_beside(folder), _FILES))
    if files:
        text += f"\n\nFiles of this skill, in {folder}:\n" + "\n".join(files)
    return text


def _beside(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "SKILL.md":
            yield path.relative_to(folder).as_posix()


class Skills(Extension):
    """Lists skills in a line each, and reads one when its time has come.

    Args:
        host: knows the folders.
    """

    name = "skills"

    def __init__(self, host: ExtensionHost) -> None:
        self._host = host
        self._skills: dict[str, Skill] = {}

    def prepare(self) -> None:
        """Look which there are."""
        self._skills = {skill.name: skill for skill in find_skills(self._host)}

    def prompt(self) -> str:
        """A line for each."""
        if not self._skills:
            return ""
        skills = list(self._skills.values())
        lines = [f"- {skill.name}: {skill.words[:_WORDS]}" for skill in skills[:_LISTED]]
        if more := [skill.name for skill in skills[_LISTED:]]:
            lines.append(f"- and: {', '.join(more)}")
        return (
            "Where a task is what one of these skills is for, read it first with load_skill.\n"
            + "\n".join(lines)
        )

    def wanted(self) -> Collection[str]:
        """The tool is of use where there is a skill."""
        return ("load_skill",) if self._skills else ()

    @tool(effect="session", summary="name", occasional=True)
    async def load_skill(self, call: CallContext, name: str) -> str:
        """Read a skill: how something is done here, step by step.

        Args:
            call: The running call.
            name: Its name, as it was listed.
        """
        skill = self._skills.get(name.strip())
        if skill is None:
            known = ", ".join(self._skills) or "none"
            raise ToolFailure(f"There is no skill {name!r}. Skills: {known}.")
        return await to_thread.run_sync(_text, skill)
