"""Themes: from their files to what Textual, the drawers and the first frame need.

Variables for `.tcss` files, beside Textual's own (`$background`, `$surface`, `$panel`, `$text`,
`$accent`, `$primary`, `$secondary`, `$success`, `$warning`, `$error`), each the colour of the role
of that name:

    $bright $dim            text that matters now, text to be found
    $rule                   lines that divide
    $ok $warn               short for $success and $warning
    $selection $cursor      grounds laid under text
    $user $thinking $heading $code $link $quote $hunk
    $code-background
    $added $added-background $removed $removed-background
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct
from rich.color import Color, ColorSystem, blend_rgb
from rich.style import Style
from textual.theme import Theme as TextualTheme

from goose_agent.config.places import Places
from goose_tui.first_frame import LOOK_FILE, LOOK_ROLES
from goose_tui.terminal import colour_depth, has_unicode
from goose_tui.theme_file import GROUNDS, INKS, Ink, Theme
from goose_tui.theme_shelf import DEFAULT_THEME, PLAIN_THEME, keep, kept, shelf
from goose_tui.view.palette import ASCII, UNICODE, Glyphs, Palette

__all__ = [
    "DEFAULT_THEME",
    "PLAIN_THEME",
    "Look",
    "first_frame_look",
    "load_look",
    "make_palette",
    "textual_theme",
]

_DEPTHS = {
    "truecolor": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "16": ColorSystem.STANDARD,
}
_STRONGER = 0.2
"""How far the ground of changed words lies on the way to their ink."""
_SGR = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7"}


class Look(Struct, frozen=True):
    """A theme, ready to be drawn with."""

    name: str
    theme: TextualTheme
    palette: Palette


def load_look(name: str = "", environ: Mapping[str, str] = os.environ) -> Look:
    """A theme ready to be drawn with, and remembered for the next first frame.

    Args:
        name: of the theme; empty for the one last used.
        environ: tells where files are kept and what the terminal can do.

    Raises:
        ThemeError: no theme has this name.
    """
    found = shelf(environ)
    remembered = Places.of(environ).cache / LOOK_FILE
    before = kept(remembered)
    if not name:
        last = before.partition("\n")[0]
        name = last if last in found.themes else DEFAULT_THEME
    theme = found.take(name)
    if (look := first_frame_look(theme)) != before:
        keep(remembered, look)
    if colour_depth(environ) == "none":
        theme = found.take(PLAIN_THEME)
    glyphs = UNICODE if has_unicode(environ) else ASCII
    exact = colour_depth(environ) == "truecolor"
    return Look(name, textual_theme(theme), make_palette(theme, glyphs, exact=exact))


def make_palette(theme: Theme, glyphs: Glyphs = UNICODE, *, exact: bool = True) -> Palette:
    """The styles of everything that is drawn.

    Args:
        theme: its colours.
        glyphs: the marks of states.
        exact: whether the terminal shows just these colours, and not the nearest of a few.
    """
    ink = {role: _style(theme.inks[role]) for role in INKS}
    ground = {role: _ground(theme.inks[role]) for role in GROUNDS}
    bold, italic = Style(bold=True), Style(italic=True)
    return Palette(
        text=ink["text"],
        bright=ink["bright"],
        dim=ink["dim"],
        accent=ink["accent"],
        ok=ink["ok"],
        warn=ink["warn"],
        error=ink["error"],
        heading=ink["heading"] + bold,
        strong=ink["bright"] + bold,
        emphasis=italic,
        code=ink["code"],
        code_block=ink["text"] + ground["code_background"],
        link=ink["link"],
        quote=ink["quote"],
        user=ink["user"],
        thinking=ink["thinking"] + italic,
        added=ink["added"] + ground["added_background"],
        removed=ink["removed"] + ground["removed_background"],
        added_words=_stronger(theme, "added", exact=exact),
        removed_words=_stronger(theme, "removed", exact=exact),
        hunk=ink["hunk"],
        rule=ink["rule"],
        selection=ground["selection"],
        cursor=ground["cursor"],
        syntax=";".join(f"{kind}={words}" for kind, words in theme.syntax.items()),
        dark=theme.dark,
        glyphs=glyphs,
    )


def textual_theme(theme: Theme) -> TextualTheme:
    """The theme as Textual wants it, with the variables named at the top of this module."""
    colour = {role: _css(theme.inks[role]) for role in (*GROUNDS, *INKS)}
    variables = {role.replace("_", "-"): value for role, value in colour.items()}
    variables |= {
        "text-muted": colour["dim"],
        "text-disabled": colour["dim"],
        "border": colour["rule"],
        "border-blurred": colour["rule"],
        "scrollbar": colour["rule"],
        "scrollbar-hover": colour["dim"],
        "scrollbar-active": colour["accent"],
        "scrollbar-background": colour["background"],
        "scrollbar-background-hover": colour["background"],
        "scrollbar-background-active": colour["background"],
        "scrollbar-corner-color": colour["background"],
        "input-cursor-background": colour["text"],
        "input-cursor-foreground": colour["background"],
        "input-selection-background": colour["selection"],
        "input-selection-foreground": colour["text"],
        "block-cursor-background": colour["cursor"],
        "block-cursor-foreground": colour["bright"],
        "block-cursor-blurred-background": colour["cursor"],
        "block-cursor-blurred-foreground": colour["text"],
        "link-color": colour["link"],
    }
    if theme.ansi:
        # The terminal's own text and background are the same to these: only reversing shows.
        variables |= {
            "input-cursor-background": "ansi_default",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-background": "ansi_blue",
            "selection": "ansi_blue",
            # Textual's own sheets use these, but it makes them only for other themes.
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "foreground-disabled": "ansi_default",
            "surface-active": "ansi_default",
        }
    return TextualTheme(
        name=theme.name,
        primary=colour["accent"],
        secondary=colour["link"],
        accent=colour["accent"],
        warning=colour["warn"],
        error=colour["error"],
        success=colour["ok"],
        foreground=colour["text"],
        background=colour["background"],
        surface=colour["surface"],
        panel=colour["panel"],
        dark=theme.dark,
        ansi=theme.ansi,
        variables=variables,
    )


def first_frame_look(theme: Theme) -> str:
    """The theme as the first frame reads it: a line for each depth of colour."""
    lines = [theme.name]
    ground = theme.inks["background"].colour
    for depth, system in _DEPTHS.items():
        roles = [_sgr(theme.inks[role], ground, system) for role in LOOK_ROLES]
        lines.append(" ".join([depth, *roles]))
    return "\n".join(lines) + "\n"


def _style(ink: Ink) -> Style:
    return Style.parse(str(ink))


def _ground(ink: Ink) -> Style:
    ground = f"on {ink.colour}" if ink.colour not in ("", "default") else ""
    return Style.parse(" ".join([*ink.attributes, ground]))


def _stronger(theme: Theme, role: str, *, exact: bool) -> Style:
    """A ground between that of a role and its ink, for what matters most on it."""
    ink, ground = theme.inks[role].colour, theme.inks[f"{role}_background"].colour
    if not (exact and ink.startswith("#") and ground.startswith("#")):
        return Style(bold=True, underline=True)
    between = blend_rgb(
        Color.parse(ground).get_truecolor(), Color.parse(ink).get_truecolor(), _STRONGER
    )
    return Style(color=theme.inks["bright"].colour, bold=True, bgcolor=Color.from_triplet(between))


def _css(ink: Ink) -> str:
    if ink.colour.startswith("#"):
        return ink.colour
    return f"ansi_{ink.colour or 'default'}"


def _sgr(ink: Ink, ground: str, system: ColorSystem) -> str:
    codes = [_SGR[name] for name in ink.attributes]
    codes += Color.parse(ink.colour or "default").downgrade(system).get_ansi_codes()
    codes += Color.parse(ground).downgrade(system).get_ansi_codes(foreground=False)
    return ";".join(codes)
