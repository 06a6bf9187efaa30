"""Commands that people write as Markdown: found, and filled with what was typed behind their name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.extensions.folder_markdown import MarkdownFile, Owner, markdown_files
from goose_agent.extensions.front_matter import text_of
from goose_agent.extensions.host import ExtensionHost
from goose_agent.permissions.folder_files import COMMANDS

__all__ = ["CustomCommand", "Piece", "filled", "find_commands"]

_NAME = re.compile(r"[A-Za-z][\w-]*(?::[A-Za-z][\w-]*)?")
_RUNS = re.compile(r"!`([^`\n]+)`")
_PLACE = re.compile(r"\$(ARGUMENTS|[1-9])\b")
_WRITTEN = {
    "init": ("write a first AGENTS.md from what the repository shows", ""),
    "review": ("review the working tree, or a range such as main..HEAD", "[RANGE]"),
}
"""Those that come with the program: what each is for, and what may follow it."""


class CustomCommand(Struct, frozen=True):
    """One of them."""

    name: str
    """What is typed behind the slash."""
    body: str
    words: str = ""
    """What it is for."""
    argument: str = ""
    """What may follow its name, as a person is shown it."""
    owner: Owner | None = None
    """Whose it is; None for the program."""
    path: str = ""
    tools: str = ""
    """The rules that its author would like to hold while it runs, in Claude Code's words."""
    model: str = ""
    """The model that its author would like to answer."""


class Piece(Struct, frozen=True):
    """A stretch of a command's text, ready to be sent."""

    text: str
    runs: bool = False
    """Whether it is a shell command, whose output is to stand there."""


def find_commands(host: ExtensionHost) -> tuple[CustomCommand, ...]:
    """All that a session may offer; of two with one name the person's own counts. Blocks.

    Args:
        host: knows the folders, and whether the project's is trusted.
    """
    own = host.places.config / "commands"
    found = {name: _written(name) for name in _WRITTEN}
    taken: dict[str, CustomCommand] = {}
    for file in markdown_files(host, COMMANDS, own, ("*.md", "*/*.md")):
        command = _command(file)
        if _NAME.fullmatch(command.name) and command.body.strip():
            taken.setdefault(command.name, command)
    # A person may have written a better one than ours.
    return tuple({**found, **taken}.values())


def _written(name: str) -> CustomCommand:
    body = (Path(__file__).parent / "written" / f"{name}.md").read_text(encoding="utf-8")
    return CustomCommand(name, body, *_WRITTEN[name])


def _command(file: MarkdownFile) -> CustomCommand:
    named = file.path.relative_to(file.place).with_suffix("").parts
    words = text_of(file.head, "description")
    first = next((line.strip("# ").strip() for line in file.body.splitlines() if line.strip()), "")
    return CustomCommand(
        ":".join(named),
        file.body,
        words or first[:80],
        text_of(file.head, "argument-hint") or ("[TEXT]" if _PLACE.search(file.body) else ""),
        file.owner,
        str(file.path),
        text_of(file.head, "allowed-tools").replace("[", "").replace("]", ""),
        text_of(file.head, "model"),
    )


def filled(body: str, argument: str) -> tuple[Piece, ...]:
    """The text of a command with what was typed in its places, in pieces.

    What was typed never becomes a command of its own: in a shell command it is one word, or several
    where each is quoted. Where nothing takes it, it stands at the end.

    Args:
        body: of the command.
        argument: what was typed behind its name.
    """
    words = _words(argument)
    pieces: list[Piece] = []
    start = 0
    for match in _RUNS.finditer(body):
        pieces.append(Piece(_placed(body[start : match.start()], argument, words)))
        quoted = [shlex.quote(word) for word in words]
        pieces.append(Piece(_placed(match[1], " ".join(quoted), quoted), runs=True))
        start = match.end()
    pieces.append(Piece(_placed(body[start:], argument, words)))
    if argument and not _PLACE.search(body):
        pieces.append(Piece(f"\n\n{argument}"))
    return tuple(piece for piece in pieces if piece.text)


def _placed(text: str, argument: str, words: Sequence[str]) -> str:
    def place(match: re.Match[str]) -> str:
        if match[1] == "ARGUMENTS":
            return argument
        at = int(match[1]) - 1
        return words[at] if at < len(words) else ""

    return _PLACE.sub(place, text)


def _words(argument: str) -> Sequence[str]:
    try:
        return shlex.split(argument)
    except ValueError:  # an apostrophe that opens nothing
        return argument.split()
