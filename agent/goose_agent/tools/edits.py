"""Replacing one stretch of a text by another, and saying what is there where it does not match."""

from __future__ import annotations

import difflib
import re
from collections import Counter

from msgspec import Struct

from goose_agent.tools.text_file import TextFile
from goose_agent.tools.tool import ToolFailure

__all__ = ["Replaced", "replace_text"]

_NEAR = 0.6
"""How alike lines must be to be shown as what may have been meant."""
_SHOWN = 20
"""Lines that are shown."""
_CANDIDATES = 12
"""Places that are compared closely; a close look is slow."""
_NUMBERED = re.compile(r"^ *\d+\t", re.MULTILINE)


class Replaced(Struct, frozen=True):
    """A text after the replacement."""

    file: TextFile
    lines: tuple[int, ...]
    """The lines where it was done, from 1, as they were numbered before."""


def replace_text(file: TextFile, old: str, new: str, every: bool) -> Replaced:
    """Replace `old`, which must stand there once, or anywhere if `every`.

    Raises:
        ToolFailure: it does not, with what is there instead.
    """
    if not old:
        raise ToolFailure("`old` is empty. Give the text to replace, or use write for a new file.")
    if old == new:
        raise ToolFailure("`old` and `new` are the same: there is nothing to change.")
    for wanted, other in _line_end_variants(file, old, new):
        count = file.text.count(wanted)
        if count == 1 or (count and every):
            lines = _places(file.text, wanted)
            return Replaced(file.with_text(file.text.replace(wanted, other)), tuple(lines))
        if count:
            raise ToolFailure(_ambiguous(file.text, wanted, count))
    raise ToolFailure(_missing(file.text, old))


def _line_end_variants(file: TextFile, old: str, new: str) -> list[tuple[str, str]]:
    """`old` and `new` with the file's line ends, and as they were given."""
    end = file.line_end
    adapted = tuple(text.replace("\r\n", "\n").replace("\n", end) for text in (old, new))
    # In a file of mixed line ends a stretch may have the rarer ones.
    rarer = "\n" if end == "\r\n" else "\r\n"
    other = tuple(text.replace("\r\n", "\n").replace("\n", rarer) for text in (old, new))
    variants = [(adapted[0], adapted[1])]
    if other[0] != adapted[0] and "\r\n" in file.text:
        variants.append((other[0], other[1]))
    return variants


def _places(text: str, wanted: str) -> list[int]:
    """The lines in which `wanted` starts, from 1."""
    lines = []
    line, seen, start = 1, 0, text.find(wanted)
    while start >= 0:
        line += text.count("\n", seen, start)
        lines.append(line)
        seen, start = start, text.find(wanted, start + len(wanted))
    return lines


def _ambiguous(text: str, wanted: str, count: int) -> str:
    lines = ", ".join(map(str, _places(text, wanted)[:10]))
    more = ", …" if count > 10 else ""
    return (
        f"`old` stands there {count} times (lines {lines}{more}), so nothing was changed. "
        "Add lines around it until it is unique, or pass all=true to change every one."
    )


def _missing(text: str, old: str) -> str:
    said = "`old` was not found, so nothing was changed."
    if _NUMBERED.match(old) and _NUMBERED.sub("", old) in text:
        return f"{said} Leave out the line numbers that read puts before each line."
    unescaped = old.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
    if unescaped != old and unescaped in text:
        return f"{said} It would match without the extra backslashes."
    lines = [line.rstrip("\r") for line in text.split("\n")]
    wanted = [line.rstrip("\r") for line in old.strip("\n").split("\n")]
    start = _same_but_for_spaces(lines, wanted)
    if start is not None:
        hint = "These lines differ from it only in spaces or tabs:"
        return f"{said} {hint}\n{_numbered(lines, start, len(wanted))}"
    start = _most_alike(lines, wanted)
    if start is None:
        return f"{said} Nothing in the file is like it; read the file again."
    return f"{said} The most similar lines are:\n{_numbered(lines, start, len(wanted))}"


def _same_but_for_spaces(lines: list[str], wanted: list[str]) -> int | None:
    bare = ["".join(line.split()) for line in lines]
    sought = ["".join(line.split()) for line in wanted]
    for start in range(len(bare) - len(sought) + 1):
        if bare[start] == sought[0] and bare[start : start + len(sought)] == sought:
            return start
    return None


def _most_alike(lines: list[str], wanted: list[str]) -> int | None:
    """Where the most similar stretch starts, from 0; None where nothing is similar."""
    sought = "\n".join(wanted)
    best, found = _NEAR, None
    for start in _candidates(lines, wanted):
        stretch = "\n".join(lines[start : start + len(wanted)])
        matcher = difflib.SequenceMatcher(None, stretch[:4000], sought[:4000], autojunk=False)
        if matcher.quick_ratio() >= best and (ratio := matcher.ratio()) >= best:
            best, found = ratio, start
    return found


def _candidates(lines: list[str], wanted: list[str]) -> list[int]:
    """Starts of the stretches that share most words with what is sought."""
    words = Counter(re.findall(r"\w+", "\n".join(wanted)))
    shared = [sum(1 for word in set(re.findall(r"\w+", line)) if word in words) for line in lines]
    window = sum(shared[: len(wanted)])
    scores = [(window, 0)]
    for start in range(1, len(lines) - len(wanted) + 1):
        window += shared[start + len(wanted) - 1] - shared[start - 1]
        scores.append((window, -start))
    best = sorted(scores, reverse=True)[:_CANDIDATES]
    return [-start for score, start in best if score]


def _numbered(lines: list[str], start: int, count: int) -> str:
    shown = lines[start : start + min(count, _SHOWN)]
    return "\n".join(f"{start + i + 1}\t{line[:300]}" for i, line in enumerate(shown))
