"""What an approval shows, as lines: why it asks, and all that would run."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.segment import Segment

from goose_agent.events import Approval, Preview, Reason
from goose_tui.view.diff import diff_lines
from goose_tui.view.highlight import highlight
from goose_tui.view.lines import Prefix, RecordLine, blank_line, indent, plain_lines, wrap
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean

__all__ = ["ApprovalDrawer", "ApprovalPart", "approval_parts"]


class ApprovalPart(Struct, frozen=True):
    """The reasons, or what would run."""

    key: str
    content: tuple[Reason, ...] | Preview


def approval_parts(approval: Approval) -> list[ApprovalPart]:
    """The parts of an approval, in the order in which they are read."""
    return [ApprovalPart("why", approval.reasons), ApprovalPart("what", approval.preview)]


class ApprovalDrawer:
    """Draws the parts of an approval for a `RecordView`.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: ApprovalPart) -> str:
        """What names a part."""
        return record.key

    def text(self, record: ApprovalPart) -> str:
        """What searching looks at."""
        if isinstance(record.content, Preview):
            return record.content.text
        return "\n".join(reason.text for reason in record.content)

    def estimate(self, record: ApprovalPart, width: int) -> int:
        """About how many lines it takes."""
        return self.text(record).count("\n") + 1

    def foldable(self, record: ApprovalPart) -> bool:
        """All is shown."""
        return False

    def folded_by_default(self, record: ApprovalPart) -> bool:
        """All is shown."""
        return False

    def lines(self, record: ApprovalPart, width: int, folded: bool) -> Sequence[RecordLine]:
        """The lines of a part."""
        if not isinstance(record.content, Preview):
            return self._reasons(record.content, width)
        preview = record.content
        match preview.kind:
            case "diff":
                lines = diff_lines(preview.text, width, self.palette, path=preview.path)
                return [blank_line(), *lines]
            case "command":
                return [blank_line(), *self._command(preview.text, width)]
            case "text":
                return [blank_line(), *plain_lines(clean(preview.text), width, self.palette.text)]

    def _reasons(self, reasons: Sequence[Reason], width: int) -> list[RecordLine]:
        prefix = Prefix((Segment("why ", self.palette.dim),), (Segment("    "),))
        rest = Prefix.of("    ", self.palette.dim)
        lines: list[RecordLine] = []
        for reason in reasons:
            text = plain_lines(clean(reason.text), max(8, width - 4), self.palette.warn)
            lines += indent(text, rest if lines else prefix)
        return lines

    def _command(self, command: str, width: int) -> list[RecordLine]:
        """A command line by line with numbers; what a line break hides cannot hide here."""
        texts = clean(command, strict=True).split("\n")
        numbers = len(str(len(texts)))
        rows: list[RecordLine] = []
        coloured = highlight("\n".join(texts), "bash", self.palette, self.palette.bright)
        for number, segments in enumerate(coloured, 1):
            label = f"{number:>{numbers}}  " if len(texts) > 1 else "$ "
            prefix = Prefix((Segment(label, self.palette.dim),), (Segment(" " * len(label)),))
            body = wrap(list(segments), max(8, width - len(label)), words=False)
            rows += indent(body, prefix)
        return rows
