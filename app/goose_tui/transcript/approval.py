"""What an approval shows, as passages: what it would do, why it asks, and all that would run.

Long texts are cut into passages, of which a view draws only those that are seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from goose_agent.characters import is_hidden
from goose_agent.events import Approval, Preview
from goose_agent.events.requests import ApprovalPart
from goose_agent.evolve import evolve
from goose_tui.view.diff_model import FileDiff, Hunk, Row, count_changes, diff_rows, parse_diff
from goose_tui.view.numbers import tokens
from goose_tui.view.reason_words import further_reasons
from goose_tui.view.untrusted import clean, clean_line

__all__ = [
    "Change",
    "Fact",
    "Heading",
    "Parts",
    "Passage",
    "Writing",
    "change_passages",
    "heading",
    "hunk_passages",
    "passages",
    "size_words",
]

_LINES = 80
"""Lines of one passage, at most: a passage is drawn whole."""
_BLANKS = re.compile(r"(?<=\S)[ \t]{24,}(?=\S)")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){8,}(?=[ \t]*\S)")


class Fact(Struct, frozen=True):
    """Lines behind a short label."""

    key: str
    label: str
    texts: tuple[str, ...]
    grave: bool = False


class Writing(Struct, frozen=True):
    """Some lines of a text."""

    key: str
    kind: Literal["command", "text"]
    texts: tuple[str, ...]
    """All lines of the whole text, clean."""
    start: int
    stop: int
    """Which of them, the last one excluded."""


class Change(Struct, frozen=True):
    """Some rows of a diff."""

    key: str
    files: tuple[FileDiff, ...]
    rows: tuple[Row, ...]
    mark: str = ""
    """What stands before it, on a line of its own."""


class Parts(Struct, frozen=True):
    """The commands of a chain, each with its verdict."""

    key: str
    parts: tuple[ApprovalPart, ...]


class Heading(Struct, frozen=True):
    """Which of several calls follows."""

    key: str
    text: str


Passage = Fact | Writing | Change | Parts | Heading


def passages(approval: Approval, prefix: str = "") -> list[Passage]:
    """All of an approval, in the order in which it is read.

    Args:
        approval: what is asked.
        prefix: of the keys, where several approvals are shown in one view.
    """
    facts = (
        ("does", approval.effects, True),
        ("why", further_reasons(approval), False),
        ("from", approval.provenance, True),
        ("note", tuple(_notes(approval.preview.text)), True),
    )
    found: list[Passage] = [
        Fact(f"{prefix}{label}", label, texts, grave) for label, texts, grave in facts if texts
    ]
    found += _content(approval.preview, prefix)
    if approval.parts:
        found.append(Parts(f"{prefix}parts", approval.parts))
    return found


def _notes(text: str) -> Iterator[str]:
    """What is easily overlooked in a text."""
    if is_hidden(text.replace("\n", "").replace("\t", "")):
        yield "characters that nobody sees are written as ⟨…⟩"
    if longest := max(map(len, _BLANKS.findall(text)), default=0):
        yield f"more text follows behind {longest} blanks"
    if longest := max((run.count("\n") for run in _BLANK_LINES.findall(text)), default=0):
        yield f"more text follows behind {longest - 1} empty lines"


def _content(preview: Preview, prefix: str) -> list[Passage]:
    if preview.kind == "diff":
        files = [
            file if file.path else evolve(file, old_path=preview.path, new_path=preview.path)
            for file in parse_diff(clean(preview.text))
        ]
        if files:
            return list(change_passages(files, prefix))
    kind: Literal["command", "text"] = "command" if preview.kind == "command" else "text"
    texts = tuple(clean(preview.text, strict=kind == "command").split("\n"))
    return [
        Writing(f"{prefix}what {start}", kind, texts, start, min(len(texts), start + _LINES))
        for start in range(0, len(texts), _LINES)
    ]


def change_passages(files: Sequence[FileDiff], prefix: str = "") -> Iterator[Change]:
    """A diff in passages: heads go with what follows them, long hunks are cut.

    Args:
        files: the model, from clean text.
        prefix: of the keys.
    """
    cut = tuple(evolve(file, hunks=tuple(_pieces(file.hunks))) for file in files)
    for at, file in enumerate(cut):
        head = [Row(at)] if file.path else []
        for number, hunk in enumerate(file.hunks):
            begins = number == 0 or not _continues(file.hunks[number - 1], hunk)
            rows = [*head, *([Row(at, number)] if begins else [])]
            rows += [Row(at, number, line) for line in range(len(hunk.lines))]
            yield Change(f"{prefix}change {at} {number}", cut, tuple(rows))
            head = []
        if head:
            yield Change(f"{prefix}change {at}", cut, tuple(head))


def _pieces(hunks: Sequence[Hunk]) -> Iterator[Hunk]:
    """Hunks of which none is much longer than a passage; cut between changes where there is one."""
    for hunk in hunks:
        start = 0
        for at in range(1, len(hunk.lines)):
            signs = hunk.lines[at - 1].sign + hunk.lines[at].sign
            between = " " in signs or signs == "+-"
            if at - start >= (_LINES if between else 2 * _LINES):
                yield evolve(hunk, lines=hunk.lines[start:at])
                start = at
        yield evolve(hunk, lines=hunk.lines[start:])


def _continues(before: Hunk, hunk: Hunk) -> bool:
    return (before.old_start, before.new_start) == (hunk.old_start, hunk.new_start)


def size_words(preview: Preview) -> str:
    """How long it is: `300 lines · 9.1k characters`, and for a diff what it changes."""
    if preview.kind == "diff":
        files = parse_diff(clean(preview.text))
        if files:
            added, removed = count_changes(files)
            hunks = sum(len(file.hunks) for file in files)
            words = [] if len(files) == 1 else [f"{len(files)} files"]
            words.append(f"{hunks} hunk{'s' if hunks != 1 else ''}")
            return " · ".join([*words, f"+{added} −{removed}"])
    count = preview.text.count("\n") + 1
    lines = f"{count:,} line{'s' if count != 1 else ''}"
    size = len(preview.text)
    return f"{lines} · {tokens(size)} character{'s' if size != 1 else ''}"


def heading(approval: Approval, at: int, count: int) -> Heading:
    """What stands above one of several calls."""
    words = clean_line(f"{approval.tool}  {approval.summary}", strict=True)
    return Heading(f"{at} heading", f"{at} of {count}  {words}")


def hunk_passages(
    approval: Approval, wanted: Iterable[int], chosen: str, left_out: str
) -> list[Passage]:
    """The hunks of a change, each with a mark.

    Args:
        approval: of the change.
        wanted: numbers of those that are chosen, from 0.
        chosen: the mark of those.
        left_out: the mark of the others.
    """
    taken, count = set(wanted), len(approval.hunks)
    path = approval.preview.path
    found: list[Passage] = []
    for number, text in enumerate(approval.hunks):
        files = tuple(
            evolve(file, old_path=file.old_path or path, new_path=file.new_path or path)
            for file in parse_diff(clean(text))
        )
        mark = f"{chosen} hunk" if number in taken else f"{left_out} without hunk"
        rows = diff_rows(files, heads=False)
        found.append(
            Change(f"hunk {number}", files, tuple(rows), f"{mark} {number + 1} of {count}")
        )
    return found
