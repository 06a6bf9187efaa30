"""Extensions and their tools as lines: how each is, and what it costs in every request."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style

from goose_agent.events import ListedExtension, ListedExtensionTool
from goose_tui.view.formatting import cut_end, fit
from goose_tui.view.lines import RecordLine, line_of
from goose_tui.view.numbers import duration, tokens
from goose_tui.view.palette import Palette
from goose_tui.view.untrusted import clean_line

__all__ = ["ExtensionDrawer", "ExtensionRow", "extension_rows", "phase_words"]

_NAME = 30
_PHASE = 10
_TOKENS = 12
_LAST = 2
"""Last lines of a server that stand below it where it failed."""


class ExtensionRow(Struct, frozen=True):
    """An extension, or one of its tools."""

    extension: ListedExtension
    tool: ListedExtensionTool | None = None

    @property
    def key(self) -> str:
        """Names the row."""
        return f"{self.extension.name}\0{self.tool.name if self.tool else ''}"


def extension_rows(extensions: Sequence[ListedExtension]) -> list[ExtensionRow]:
    """All extensions, each with its tools below it."""
    rows: list[ExtensionRow] = []
    for extension in extensions:
        rows.append(ExtensionRow(extension))
        rows += [ExtensionRow(extension, tool) for tool in extension.tools]
    return rows


def phase_words(extension: ListedExtension) -> str:
    """How an extension is, in a word."""
    return "off" if not extension.enabled else extension.phase


class ExtensionDrawer:
    """Draws rows.

    Args:
        palette: styles and glyphs.
    """

    def __init__(self, palette: Palette) -> None:
        self.palette = palette

    def key(self, record: ExtensionRow) -> str:
        """What a row is known by."""
        return record.key

    def text(self, record: ExtensionRow) -> str:
        """What is searched."""
        return record.tool.name if record.tool else record.extension.name

    def estimate(self, record: ExtensionRow, width: int) -> int:
        """Lines, about."""
        return 1 if record.tool else 2

    def foldable(self, record: ExtensionRow) -> bool:
        """Nothing folds."""
        return False

    def folded_by_default(self, record: ExtensionRow) -> bool:
        """Nothing folds."""
        return False

    def lines(self, record: ExtensionRow, width: int, folded: bool) -> Sequence[RecordLine]:
        """The row."""
        if record.tool is not None:
            return [self._tool(record.tool, width)]
        return self._extension(record.extension, width)

    def _extension(self, extension: ListedExtension, width: int) -> list[RecordLine]:
        palette, glyphs = self.palette, self.palette.glyphs
        glyph, style = self._mark(extension)
        cost = sum(tool.tokens for tool in extension.tools if tool.on)
        facts = [f"{extension.server}" if extension.server else extension.transport]
        if extension.seconds is not None:
            facts.append(f"started in {duration(extension.seconds)}")
        if extension.prompts:
            facts.append(f"{extension.prompts} prompts")
        if extension.resources:
            facts.append(f"{extension.resources} resources")
        room = max(8, width - _NAME - _PHASE - _TOKENS - 9)
        told = cut_end(clean_line(", ".join(facts), strict=True), room, glyphs.ellipsis)
        name = fit(clean_line(extension.name, strict=True), _NAME, glyphs.ellipsis)
        lines = [
            line_of(
                [
                    Segment(f" {glyph} ", style),
                    Segment(name, palette.bright if extension.enabled else palette.dim),
                    Segment(f" {fit(phase_words(extension), _PHASE)}", style),
                    Segment(f" {_tokens(cost):>{_TOKENS}}", palette.text),
                    Segment(f"  {told}", palette.dim),
                ]
            ),
            self._below(extension.shown, width, palette.dim),
        ]
        if extension.phase == "failed":
            lines.append(self._below(extension.why, width, palette.error))
            lines += [self._below(line, width, palette.warn) for line in extension.lines[-_LAST:]]
        return lines

    def _mark(self, extension: ListedExtension) -> tuple[str, Style]:
        palette, glyphs = self.palette, self.palette.glyphs
        match phase_words(extension):
            case "ready":
                return glyphs.ok, palette.ok
            case "failed":
                return glyphs.failed, palette.error
            case "starting":
                return glyphs.running, palette.accent
            case _:
                return glyphs.pending, palette.dim

    def _below(self, words: str, width: int, style: Style) -> RecordLine:
        text = cut_end(
            clean_line(words, strict=True), max(8, width - 4), self.palette.glyphs.ellipsis
        )
        return line_of([Segment(f"   {text}", style)])

    def _tool(self, tool: ListedExtensionTool, width: int) -> RecordLine:
        palette, glyphs = self.palette, self.palette.glyphs
        changed = tool.pin == "changed"
        word = "changed" if changed else (tool.rule or "on") if tool.on else "off"
        style = palette.warn if changed else palette.text if tool.on else palette.dim
        room = max(8, width - _NAME - _PHASE - _TOKENS - 9)
        words = cut_end(clean_line(tool.words, strict=True), room, glyphs.ellipsis)
        name = fit(clean_line(tool.name, strict=True), _NAME - 2, glyphs.ellipsis)
        return line_of(
            [
                Segment(f"     {name}", palette.text if tool.on else palette.dim),
                Segment(f" {fit(word, _PHASE)}", style),
                Segment(f" {_tokens(tool.tokens) if tool.on else '':>{_TOKENS}}", palette.dim),
                Segment(f"  {words}", palette.dim),
            ]
        )


def _tokens(count: int) -> str:
    return f"~{tokens(count)} tokens" if count else ""
