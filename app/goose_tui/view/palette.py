"""The roles of text on the screen, as styles: a theme fills them, everything that draws uses them."""

from __future__ import annotations

from msgspec import Struct
from rich.style import Style

__all__ = ["ASCII", "UNICODE", "Glyphs", "Palette"]


class Glyphs(Struct, frozen=True):
    """The marks of states and rules: narrow characters, none with an emoji form."""

    running: str = "▸"
    ok: str = "✓"
    failed: str = "✗"
    denied: str = "⊘"
    waiting: str = "◆"
    pending: str = "○"
    retrying: str = "↻"
    dropped: str = "−"
    about: str = "≈"
    ellipsis: str = "…"
    user_bar: str = "▌"
    rule: str = "─"
    vertical: str = "│"
    folded: str = "▸"
    unfolded: str = "▾"
    bullet: str = "•"
    below: str = "↓"
    bar_full: str = "█"
    bar_empty: str = "░"
    bar_shades: str = "█▓▒"
    """For neighbours in a bar, in turn."""
    dot: str = "·"
    prompt: str = "›"
    step: str = "●"
    picture: str = "▣"
    file: str = "▤"
    changed: str = "±"
    compacted: str = "≡"
    forked: str = "⋔"


UNICODE = Glyphs()
ASCII = Glyphs(
    running=">",
    ok="+",
    failed="x",
    denied="/",
    waiting="*",
    pending="o",
    retrying="@",
    dropped="-",
    about="~",
    ellipsis="...",
    user_bar="|",
    rule="-",
    vertical="|",
    folded=">",
    unfolded="v",
    bullet="*",
    below="v",
    bar_full="#",
    bar_empty=".",
    bar_shades="#=%",
    dot="-",
    prompt=">",
    step="*",
    picture="#",
    file="=",
    changed="%",
    compacted="=",
    forked="Y",
)


class Palette(Struct, frozen=True):
    """One style a role."""

    text: Style
    """Normal text on the screen's background."""
    bright: Style
    """What matters now."""
    dim: Style
    """What is there to be found, not read."""
    accent: Style
    ok: Style
    warn: Style
    error: Style
    heading: Style
    strong: Style
    emphasis: Style
    code: Style
    """Code within a sentence."""
    code_block: Style
    """Base of a block of code: its background reaches the full width."""
    link: Style
    quote: Style
    user: Style
    """What the person wrote."""
    thinking: Style
    added: Style
    """An added line of a diff."""
    removed: Style
    added_words: Style
    """Laid over what is new within a line."""
    removed_words: Style
    hunk: Style
    """The header of a hunk."""
    rule: Style
    """Lines that divide."""
    selection: Style
    """Laid over selected text."""
    cursor: Style
    """Laid over the record under the cursor."""
    syntax: str = "ansi_dark"
    """Name of the pygments style for code."""
    dark: bool = True
    glyphs: Glyphs = UNICODE

    @classmethod
    def plain(cls) -> Palette:
        """A palette without colours, for tests and terminals that have none."""
        roles = {name: Style() for name, kind in cls.__annotations__.items() if kind == "Style"}
        return cls(**roles)  # type: ignore[arg-type] # the other fields have defaults
