"""Markdown as rows of styled text, at once or while it is being written."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style

from goose_tui.view.lines import Prefix, RecordLine, indent
from goose_tui.view.markdown_blocks import Blocks
from goose_tui.view.markdown_inline import Inline
from goose_tui.view.markdown_paragraph import PIECE
from goose_tui.view.markdown_syntax import cut_at
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean

__all__ = ["StreamingMarkdown", "render_markdown"]


def render_markdown(
    text: str,
    width: int,
    palette: Palette,
    base: Style | None = None,
    *,
    prefix: Prefix | None = None,
) -> Sequence[RecordLine]:
    """The rows of a Markdown text.

    Args:
        text: as somebody else wrote it; it is cleaned here.
        width: cells of a row.
        palette: its styles.
        base: laid under the text instead of the palette's normal text.
        prefix: stands before every row and counts to the width.
    """
    stream = StreamingMarkdown(width, palette, base, prefix=prefix)
    stream.append(text)
    stream.finish()
    return stream.lines()


class StreamingMarkdown:
    """The rows of a Markdown text that grows at its end.

    Rows of finished blocks are drawn once and stay the same objects; only the unfinished block is
    drawn again, and of a long one only its last piece. However the text is cut into parts, the rows
    end the same.

    Args:
        width: cells of a row.
        palette: its styles.
        base: laid under the text instead of the palette's normal text.
        prefix: stands before every row and counts to the width.
    """

    def __init__(
        self,
        width: int,
        palette: Palette,
        base: Style | None = None,
        *,
        prefix: Prefix | None = None,
    ) -> None:
        self._width = width - (prefix.width if prefix else 0)
        self._prefix = prefix
        self._inline = Inline(palette)
        self._base = palette.text if base is None else base
        self._start()

    def _start(self) -> None:
        self._blocks = Blocks(self._inline, self._width, self._base)
        self._done: list[RecordLine] = []
        self._shown: list[RecordLine] | None = None
        self._partial = ""
        self._within = False
        self._finished = False
        self._known = ""

    def append(self, text: str) -> None:
        """Take more of the text; nothing is drawn before `lines` is called."""
        self._partial += text
        self._shown = None

    def update(self, text: str) -> None:
        """Take the whole text so far, in place of `append`.

        What is new at its end is appended; a text that differs before that starts afresh.
        """
        if self._finished or not text.startswith(self._known):
            self._start()
        self.append(text[len(self._known) :])
        self._known = text

    def finish(self) -> None:
        """The text is complete."""
        self._read()
        if self._partial:
            self._end_line(self._partial)
        self._partial = ""
        self._blocks.close()
        self._collect()
        self._finished = True
        self._shown = self._done

    def lines(self) -> Sequence[RecordLine]:
        """The rows of the text so far, as if it ended here."""
        if self._shown is None:
            self._read()
            preview = self._blocks.fork()
            if self._partial:
                _put(preview, self._partial.removesuffix("\r"), self._within)
            preview.close()
            self._shown = [*self._done, *self._prefixed(preview.out)]
        return self._shown

    def _read(self) -> None:
        """Take the complete lines, and the beginning of a line that grows very long."""
        *complete, partial = self._partial.split("\n")
        for line in complete:
            self._end_line(self._shorten(line))
            self._within = False
        self._partial = self._shorten(partial)
        self._collect()

    def _shorten(self, line: str) -> str:
        """Take the beginning of a long line, and return the rest."""
        while len(line) >= 2 * PIECE:
            position = min(cut_at(line, PIECE) + 1, PIECE)
            _put(self._blocks, line[:position], self._within)
            self._within = True
            line = line[position:]
        return line

    def _end_line(self, line: str) -> None:
        """Take the rest of a line."""
        _put(self._blocks, line.removesuffix("\r"), self._within)

    def _collect(self) -> None:
        self._done += self._prefixed(self._blocks.out)
        self._blocks.out = []

    def _prefixed(self, rows: list[RecordLine]) -> list[RecordLine]:
        if self._prefix is None:
            return rows
        return indent(rows, self._prefix, begun=bool(self._done))


def _put(blocks: Blocks, text: str, within: bool) -> None:
    """Hand a line on, or more of the line before.

    Args:
        blocks: takes it.
        text: raw text without a line end.
        within: whether the line has begun before.
    """
    if within:
        blocks.extend(clean(text))
    else:
        blocks.feed(clean(text))
