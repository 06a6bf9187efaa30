"""All there is to be known of one call, as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import Struct

from goose_agent.state.records import CallRecord
from goose_tui.view.attachments import attachment_words
from goose_tui.view.diff import diff_lines
from goose_tui.view.highlight import highlight
from goose_tui.view.lines import Prefix, RecordLine, blank_line, indent, plain_lines, wrap
from goose_tui.view.numbers import byte_count, duration
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_output

__all__ = ["OUTPUT", "DetailDrawer", "DetailPart", "detail_parts", "output_parts"]

OUTPUT = "output"
"""The key of the first part of the output."""
_PART_LINES = 200
_PART_SIZE = 32 * 2**10
"""Lines and characters of one part of the output, at most: a part is drawn whole."""
_LONGEST_ESCAPE = 32
"""Characters before a cut in which an escape sequence is looked for, to keep it whole."""

_Kind = Literal["text", "json", "command", "diff", "output"]


class DetailPart(Struct, frozen=True):
    """One section, or a part of a long one."""

    key: str
    title: str
    """Nothing where it continues the part before."""
    text: str
    kind: _Kind
    line_count: int
    """Lines of the text."""
    path: str = ""
    last: bool = True
    """Whether the section ends with it."""

    @classmethod
    def of(cls, key: str, title: str, text: str, kind: _Kind, path: str = "") -> DetailPart:
        """A whole section."""
        return cls(key, title, text, kind, text.count("\n") + 1, path)


def detail_parts(call: CallRecord, output: str | None) -> list[DetailPart]:
    """The sections of a call.

    Args:
        call: the call.
        output: its full output where that was read; None to show what the model read.
    """
    parts = []
    arguments = call.arguments
    if arguments is not None and isinstance(command := arguments.get("command"), str):
        parts.append(DetailPart.of("command", "command", command, "command"))
        arguments = {name: value for name, value in arguments.items() if name != "command"}
    if arguments:
        text = json.dumps(arguments, indent=2, ensure_ascii=False)
        parts.append(DetailPart.of("arguments", "arguments", text, "json"))
    elif arguments is None and call.arguments_text:
        parts.append(DetailPart.of("raw", "arguments as written", call.arguments_text, "text"))
    if call.reasons:
        why = "\n".join(reason.text for reason in call.reasons)
        parts.append(DetailPart.of("why", "why it ran or asked", why, "text"))
    for number, change in enumerate(call.files):
        name = change.path
        parts.append(DetailPart.of(f"file {number}", name, change.diff, "diff", name))
    if call.pictures:
        shown = "\n".join(map(attachment_words, call.pictures))
        parts.append(DetailPart.of("pictures", "shown to the model", shown, "text"))
    if call.original is not None:
        title = "result, as you edited it and the model read it"
        parts.append(DetailPart.of("edited", title, call.result, "text"))
    said = call.result if call.original is None else call.original
    text = said if output is None else output
    if text:
        parts += output_parts(_output_title(call, output), text)
    return parts


def output_parts(title: str, text: str) -> Iterator[DetailPart]:
    """The output in parts small enough to be drawn as they are scrolled to."""
    text = text.strip("\r\n")
    start, number = 0, 0
    while start < len(text) or not number:
        stop = _part_end(text, start)
        piece = text[start:stop].removesuffix("\n")
        key = f"{OUTPUT} {number}" if number else OUTPUT
        last = stop >= len(text)
        yield DetailPart(
            key, "" if number else title, piece, "output", piece.count("\n") + 1, last=last
        )
        start, number = stop, number + 1


def _part_end(text: str, start: int) -> int:
    """Where the part that begins at an offset ends: after a line, unless that is too long."""
    limit = start + _PART_SIZE
    window = text[start:limit]
    lines = window.split("\n", _PART_LINES)
    if len(lines) > _PART_LINES:
        return start + len(window) - len(lines[-1])
    if limit >= len(text):
        return len(text)
    if (line_end := text.rfind("\n", start, limit)) >= 0:
        return line_end + 1
    escape = text.rfind("\x1b", limit - _LONGEST_ESCAPE, limit)
    return escape if escape > start else limit


def _output_title(call: CallRecord, output: str | None) -> str:
    words = ["output"]
    if call.original is not None:
        words = ["output, before you edited it"]
    elif output is None and call.output:
        words = ["output, as the model read it"]
    if call.exit_code is not None:
        words.append(f"exit {call.exit_code}")
    if call.seconds is not None:
        words.append(duration(call.seconds))
    if call.total:
        words.append(byte_count(call.total))
    return " · ".join(words)


class DetailDrawer:
    """Draws the sections of a call for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: DetailPart) -> str:
        """What names a section."""
        return record.key

    def text(self, record: DetailPart) -> str:
        """What searching looks at."""
        return record.text

    def estimate(self, record: DetailPart, width: int) -> int:
        """About how many lines it takes."""
        rows = max(record.line_count, len(record.text) // max(1, width))
        return rows + (1 if record.title else 0) + (1 if record.last else 0)

    def foldable(self, record: DetailPart) -> bool:
        """Any section can be folded to its title; what has none goes with the part before."""
        return bool(record.title)

    def folded_by_default(self, record: DetailPart) -> bool:
        """All is shown."""
        return False

    def lines(self, record: DetailPart, width: int, folded: bool) -> Sequence[RecordLine]:
        """Title and content."""
        glyphs = self.palette.glyphs
        mark = glyphs.folded if folded else glyphs.unfolded
        title: Sequence[RecordLine] = ()
        if record.title:
            title = plain_lines(f"{mark} {clean(record.title)}", width, self.palette.accent)
        if folded:
            return title
        body = self._body(record, max(8, width - 2))
        margin = Prefix.of("  ", self.palette.text)
        return [*title, *indent(body, margin), *([blank_line()] if record.last else [])]

    def _body(self, part: DetailPart, width: int) -> Sequence[RecordLine]:
        match part.kind:
            case "diff":
                return diff_lines(part.text, width, self.palette, path=part.path, headers=False)
            case "command" | "json":
                language = "bash" if part.kind == "command" else "json"
                lines = highlight(clean(part.text), language, self.palette, self.palette.text)
                return [row for line in lines for row in wrap(list(line), width, words=False)]
            case "output":
                text = clean_output(part.text)
                return plain_lines(text, width, self.palette.text, words=False)
            case "text":
                return plain_lines(clean(part.text), width, self.palette.text)
