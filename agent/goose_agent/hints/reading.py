"""A hint file with all that it imports, as a model is to read it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from goose_agent.characters import is_hidden
from goose_agent.events import HintsRead
from goose_agent.hints.places import HintPlace, HintPlaces
from goose_agent.hints.source import MOST, NotTaken, Source, Sources
from goose_agent.mentions import Mention, find_mentions
from goose_agent.redaction import Redactor
from goose_agent.tools.output import human_size

__all__ = ["HintReader"]

DEEPEST = 3
"""How far imports may lead: a file, what it imports, and what that imports."""
_IMPORTS = 64
"""Files that one hint file may bring in."""
_MENTIONS = 500
"""Places of one file with an `@` that are looked at."""
_PROBLEMS = 8
_LONGEST = 400
"""Problems of one hint file that are told, and characters of each."""
_CODE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)|`[^`\n]*`", re.MULTILINE | re.DOTALL)
"""Code in Markdown: an `@` in it is no import."""
_WRITTEN = (".md", ".txt", ".rst", ".goosehints")
"""What names end in that can only be meant as files of words."""


class HintReader:
    """Reads hint files of one session. Blocks: call it in a thread.

    Args:
        places: where they may be.
        hides: whether an absolute path is kept from the agent.
        redactor: masks our own keys.
        shown: a path as people read it.
    """

    def __init__(
        self,
        places: HintPlaces,
        hides: Callable[[str], bool],
        redactor: Redactor,
        shown: Callable[[Path], str],
    ) -> None:
        self._hides = hides
        self._redactor = redactor
        self._shown = shown
        self._of_project = Sources(places.boundaries, hides, redactor)

    def read(self, place: HintPlace) -> HintsRead | None:
        """What a hint file says; None where there is none for the agent to read.

        Args:
            place: where it may be.
        """
        path = place.path
        # An odd name could pretend to be something else where it is shown.
        if is_hidden(str(path)) or "\n" in str(path) or not os.path.lexists(path):
            return None
        if path.is_dir() or self._hides(str(path)):
            return None
        name = self._shown(path)
        sources, problem = self._of_project, ""
        real, source = Path(os.path.realpath(path)), None
        if place.scope == "global":
            # The person's own file may be a link to where they keep it.
            sources = Sources((path.parent, real.parent), self._hides, self._redactor)
        try:
            if place.scope != "global":
                real = sources.locate(path)
            if place.scope == "nested" and sources.is_left_out(real.parent, is_folder=True):
                return None  # what others made, such as `node_modules`
            source = sources.read(real)
        except NotTaken as reason:
            problem = f"{name} {reason}."
        if source is None:
            return HintsRead(str(path), name, place.scope, "", 0, problems=(problem,))
        gathering = _Gathering(sources, self._shown)
        gathering.take(source, name, ())
        return HintsRead(
            str(path),
            name,
            place.scope,
            "\n\n".join(gathering.texts).strip(),
            source.size,
            tuple(gathering.imports),
            tuple(_told(gathering.problems)),
        )


def _told(problems: list[str]) -> Iterator[str]:
    """The first problems, each once and none too long, and how many there are more."""
    each = [*dict.fromkeys(problems)]
    for problem in each[:_PROBLEMS]:
        yield problem if len(problem) <= _LONGEST else f"{problem[: _LONGEST - 1]}…"
    if len(each) > _PROBLEMS:
        yield f"There are {len(each) - _PROBLEMS} more problems of this kind."


class _Gathering:
    """Takes a file, then what it imports, each file once."""

    def __init__(self, sources: Sources, shown: Callable[[Path], str]) -> None:
        self._sources = sources
        self._shown = shown
        self._seen: set[Path] = set()
        self._left = MOST
        self.texts: list[str] = []
        self.imports: list[str] = []
        self.problems: list[str] = []

    def take(self, source: Source, name: str, above: tuple[Path, ...]) -> None:
        """Take a file and what it imports.

        Args:
            source: the file.
            name: its path as people read it.
            above: the files that led here, without links.
        """
        self._seen.add(source.real)
        self.problems += (f"{name} {remark}." for remark in source.remarks)
        text = source.text if not above else f"Imported from {name}:\n\n{source.text}"
        self.texts.append(self._fitting(text, name))
        way = (*above, source.real)
        for mention in dict.fromkeys(islice(find_mentions(_CODE.sub(" ", source.text)), _MENTIONS)):
            path = self._meant(mention, source.real.parent, name)
            if path is not None:
                self._import(path, name, way)

    def _fitting(self, text: str, name: str) -> str:
        """As much of a text as there is room for."""
        size = len(text.encode())
        if size > self._left:
            text = text.encode()[: self._left].decode("utf-8", "ignore")
            self.problems.append(
                f"{name} is cut: a hint file brings {human_size(MOST)} with its imports, at most."
            )
        self._left -= min(size, self._left)
        return text

    def _meant(self, mention: Mention, folder: Path, name: str) -> Path | None:
        """The file that is meant; None where these are only words."""
        for written in mention.paths:
            path = Path(os.path.normpath(folder / os.path.expanduser(written)))  # noqa: PTH111 # `~nobody` stays as it is
            if os.path.lexists(path):
                return None if path.is_dir() else path
        if mention.quoted or any(path.endswith(_WRITTEN) for path in mention.paths):
            self.problems.append(f"{name} cannot import {mention.paths[-1]}: it is not there.")
        return None

    def _import(self, path: Path, name: str, way: tuple[Path, ...]) -> None:
        shown = self._shown(path)
        try:
            real = self._sources.locate(path)
            if real in way:
                raise NotTaken(f"imports {name} in turn")
            if real in self._seen:
                return
            if self._sources.is_left_out(real):
                raise NotTaken("is left out by .gitignore")
            if len(way) > DEEPEST:
                raise NotTaken(f"is more than {DEEPEST} imports away")
            if not self._left:
                raise NotTaken(f"would be beyond {human_size(MOST)}")
            if len(self.imports) == _IMPORTS:
                raise NotTaken(f"would be one of more than {_IMPORTS}")
            source = self._sources.read(real)
        except NotTaken as reason:
            self.problems.append(f"{name} cannot import {shown}: it {reason}.")
            return
        self.imports.append(shown)
        self.take(source, shown, way)
