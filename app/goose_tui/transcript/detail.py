"""All there is to be known of one call, as lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from goose_agent.state.records import CallRecord
from goose_tui.view.diff import diff_lines
from goose_tui.view.formatting import byte_count, duration
from goose_tui.view.highlight import highlight
from goose_tui.view.lines import Prefix, RecordLine, blank_line, indent, plain_lines, wrap
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean, clean_output

__all__ = ["DetailDrawer", "DetailPart", "detail_parts"]


@dataclass(frozen=True, slots=True)
class DetailPart:
    """One section."""

    key: str
    title: str
    text: str
    kind: Literal["text", "json", "command", "diff", "output"]
    path: str = ""


def detail_parts(call: CallRecord, output: str | None) -> list[DetailPart]:
    """The sections of a call.

    Args:
        call: the call.
        output: its full output where that was read; None to show what the model read.
    """
    parts = []
    arguments = call.arguments
    if arguments is not None and isinstance(command := arguments.get("command"), str):
        parts.append(DetailPart("command", "command", command, "command"))
        arguments = {name: value for name, value in arguments.items() if name != "command"}
    if arguments:
        text = json.dumps(arguments, indent=2, ensure_ascii=False)
        parts.append(DetailPart("arguments", "arguments", text, "json"))
    elif arguments is None and call.arguments_text:
        parts.append(DetailPart("raw", "arguments as written", call.arguments_text, "text"))
    if call.reasons:
        why = "\n".join(reason.text for reason in call.reasons)
        parts.append(DetailPart("why", "why it ran or asked", why, "text"))
    for number, change in enumerate(call.files):
        parts.append(DetailPart(f"file {number}", change.path, change.diff, "diff", change.path))
    text = call.result if output is None else output
    if text:
        parts.append(DetailPart("output", _output_title(call, output), text, "output"))
    return parts


def _output_title(call: CallRecord, output: str | None) -> str:
    words = ["output" if output is not None or not call.output else "output, as the model read it"]
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
        return record.text.count("\n") + 3

    def foldable(self, record: DetailPart) -> bool:
        """Any section can be folded to its title."""
        return True

    def folded_by_default(self, record: DetailPart) -> bool:
        """All is shown."""
        return False

    def lines(self, record: DetailPart, width: int, folded: bool) -> Sequence[RecordLine]:
        """Title and content."""
        glyphs = self.palette.glyphs
        mark = glyphs.folded if folded else glyphs.unfolded
        title = plain_lines(f"{mark} {clean(record.title)}", width, self.palette.accent)
        if folded:
            return title
        body = self._body(record, max(8, width - 2))
        margin = Prefix.of("  ", self.palette.text)
        return [*title, *indent(body, margin), blank_line()]

    def _body(self, part: DetailPart, width: int) -> Sequence[RecordLine]:
        match part.kind:
            case "diff":
                return diff_lines(part.text, width, self.palette, path=part.path, headers=False)
            case "command" | "json":
                language = "bash" if part.kind == "command" else "json"
                lines = highlight(clean(part.text), language, self.palette, self.palette.text)
                return [row for line in lines for row in wrap(list(line), width, words=False)]
            case "output":
                text = clean_output(part.text).strip("\n")
                return plain_lines(text, width, self.palette.text, words=False)
            case "text":
                return plain_lines(clean(part.text), width, self.palette.text)
