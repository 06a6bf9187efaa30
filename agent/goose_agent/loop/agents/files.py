"""Agent files: Markdown that describes a kind of subagent, its instructions below a head of YAML."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from goose_agent.characters import is_hidden
from goose_agent.events import ListedAgent
from goose_agent.hints.source import NotTaken, Sources
from goose_agent.loop.bench import Bench
from goose_agent.permissions.folder_files import AGENTS

__all__ = ["AgentFile", "AgentFiles"]

_HEAD = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"[\w.:-]{1,64}")
_MOST = 200
"""Files of one folder that are looked at."""
_DESCRIPTION = 300
"""Characters of a description that a model reads."""
_UNTRUSTED = "not used: this folder is not trusted as it is (/trust)"

_THEIRS = {
    "read": "read",
    "write": "write",
    "edit": "edit",
    "multiedit": "edit",
    "bash": "shell",
    "grep": "grep",
    "glob": "glob",
    "ls": "tree",
    "todowrite": "update_plan",
    "task": "delegate",
    "agent": "delegate",
}
"""What files written for another agent call tools that are ours."""


class AgentFile(Struct, frozen=True):
    """A kind of subagent."""

    listed: ListedAgent
    instructions: str
    """What stands in its system prompt."""

    @property
    def usable(self) -> bool:
        """Whether it may be used at all."""
        return bool(self.instructions)


class AgentFiles:
    """Finds and reads the agent files of one session. Blocks: call it in a thread.

    Args:
        own: the person's own folders, absolute; the first that describes a name counts.
        folder: the working folder, absolute.
        bench: knows what is kept from the agent, whom the person trusts, and the tools.
    """

    def __init__(self, own: Sequence[Path], folder: Path, bench: Bench) -> None:
        self._own = own
        self._folder = folder
        self._bench = bench

    def read(self) -> dict[str, AgentFile]:
        """All there are, by name; what the project says goes before what the person says."""
        found: dict[str, AgentFile] = {}
        project = [self._folder / place for place in AGENTS]
        for file in (*self._in(project, self._of_project), *self._in(self._own, self._of_person)):
            known = found.get(file.listed.name)
            if known is None or (file.usable and not known.usable):
                found[file.listed.name] = file
        return found

    def _in(
        self, folders: Sequence[Path], read: Callable[[Path], tuple[str, str]]
    ) -> Iterator[AgentFile]:
        for folder in folders:
            try:
                names = sorted(os.listdir(folder))[:_MOST]  # noqa: PTH208 # the names are enough
            except OSError:
                continue
            for name in names:
                if name.endswith(".md") and not name.startswith(".") and not is_hidden(name):
                    text, problem = read(folder / name)
                    shown = self._bench.workspace.shown(folder / name)
                    yield self._made(name.removesuffix(".md"), shown, text, problem)

    def _of_project(self, path: Path) -> tuple[str, str]:
        """The text of a file of the project, or why it is not taken: only what a person trusts is."""
        workspace, guard = self._bench.workspace, self._bench.guard
        sources = Sources((self._folder,), workspace.hides, self._bench.redactor)
        try:
            real = sources.locate(path)
            name = path.relative_to(self._folder).as_posix()
            sha = hashlib.sha256(real.read_bytes()).hexdigest()
            text = sources.read(real).text
        except NotTaken as reason:
            return "", f"not used: it {reason}"
        except OSError as error:
            return "", f"not used: {error.strerror or error}"
        if not guard.trust.trusts(self._folder, name, sha):
            return "", _UNTRUSTED
        return text, ""

    def _of_person(self, path: Path) -> tuple[str, str]:
        """The text of a file of the person's own, which may be a link to where they keep it."""
        real = Path(os.path.realpath(path))
        workspace = self._bench.workspace
        sources = Sources((path.parent, real.parent), workspace.hides, self._bench.redactor)
        try:
            return sources.read(sources.locate(real)).text, ""
        except NotTaken as reason:
            return "", f"not used: it {reason}"

    def _made(self, stem: str, source: str, text: str, problem: str) -> AgentFile:
        if problem:
            return AgentFile(ListedAgent(stem, "", source, problem=problem), "")
        head, body, problem = _parted(text)
        name = str(head.get("name") or stem).strip()
        if problem or not _NAME.fullmatch(name):
            problem = (
                problem or "not used: its name has other characters than letters, digits and -"
            )
            return AgentFile(ListedAgent(stem, "", source, problem=problem), "")
        if not body:
            problem = "not used: it has no instructions"
            return AgentFile(ListedAgent(name, "", source, problem=problem), "")
        tools, problem = self._tools(head.get("tools"))
        description = " ".join(str(head.get("description") or "").split())[:_DESCRIPTION]
        model = str(head.get("model") or "").strip()
        return AgentFile(ListedAgent(name, description, source, model, tools, problem), body)

    def _tools(self, value: object) -> tuple[tuple[str, ...] | None, str]:
        """The tools that a file names, as ours are called, and which of them there are not."""
        if value is None:
            return None, ""
        words = value if isinstance(value, list) else str(value).split(",")
        found: list[str] = []
        unknown: list[str] = []
        for word in (str(word).strip() for word in words):
            tool = self._bench.registry.find(_THEIRS.get(word.lower(), word)) if word else None
            if tool is not None:
                found.append(tool.name)
            elif word:
                unknown.append(word)
        problem = f"without tools that are not here: {', '.join(unknown)}" if unknown else ""
        return tuple(dict.fromkeys(found)), problem


def _parted(text: str) -> tuple[dict[str, Any], str, str]:
    """Head and body of a file, and what is wrong with it."""
    match = _HEAD.match(text.lstrip("\ufeff"))
    if match is None:
        return {}, text.strip(), ""
    import yaml  # few sessions have agent files

    try:
        head = yaml.safe_load(match[1])
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}, "", "not used: its head is not valid YAML"
    if not isinstance(head, dict | None):
        return {}, "", "not used: its head is no list of names and values"
    return {str(key): value for key, value in (head or {}).items()}, text[match.end() :].strip(), ""
