"""What goes with a message or a result besides its text, in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.events import Attachment
    from goose_tui.view.palette import Glyphs

__all__ = ["attachment_line", "attachment_words"]


def attachment_line(attachment: Attachment, glyphs: Glyphs) -> str:
    """One line for the screen: `▣ shot.png · 1200×800 · 84 kB`."""
    from goose_agent.events import Picture

    mark = glyphs.picture if isinstance(attachment, Picture) else glyphs.file
    return f"{mark} {f' {glyphs.dot} '.join(_facts(attachment))}"


def attachment_words(attachment: Attachment) -> str:
    """One line that is spoken well: `picture shot.png, 1200×800, 84 kB`."""
    from goose_agent.events import Picture

    kind = "picture" if isinstance(attachment, Picture) else "file"
    return f"{kind} {', '.join(_facts(attachment))}"


def _facts(attachment: Attachment) -> list[str]:
    from goose_agent.events import Picture
    from goose_tui.view.numbers import byte_count  # lines without pictures do without Rich

    name, whole = clean_line(attachment.name), byte_count(attachment.size)
    if isinstance(attachment, Picture):
        return [name or "picture", f"{attachment.width}×{attachment.height}", whole]
    if attachment.cut:
        return [name, f"the first {byte_count(len(attachment.text.encode()))} of {whole}"]
    return [name, whole]
