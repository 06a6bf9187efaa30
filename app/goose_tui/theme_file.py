"""A theme as its file says it: roles and their colours, checked where they are read.

    name: lakeside
    dark: true
    colours:            # a role and its ink: a colour, attributes, or both
      background: "#141a20"
      accent: "#6ccfc2"
      heading: "#9be1d7 bold"
    syntax:             # the same for code
      keyword: "#b7b6f6"

A colour is `#rrggbb`, one of the terminal's sixteen by name, or `default`. Roles that are left out
take the ink of a related one. A theme that uses names instead of `#rrggbb` for its background is
drawn in the terminal's own colours.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from goose_agent.errors import ConfigError

__all__ = [
    "ANSI_NAMES",
    "GROUNDS",
    "INKS",
    "SYNTAX",
    "Ink",
    "Theme",
    "ThemeError",
    "parse_theme",
    "read_ink",
]

ANSI_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
"""The terminal's own colours; each has a `bright_` twin."""

_NAMES = frozenset({"default", *ANSI_NAMES, *(f"bright_{name}" for name in ANSI_NAMES)})
_ATTRIBUTES = frozenset({"bold", "dim", "italic", "underline", "reverse"})
_HEX = frozenset("0123456789abcdef")

GROUNDS = {
    "background": "",
    "surface": "background",
    "panel": "surface",
    "code_background": "surface",
    "added_background": "background",
    "removed_background": "background",
    "selection": "panel",
    "cursor": "surface",
}
"""What text stands on, each with the role it takes where the file does not say."""

INKS = {
    "text": "",
    "bright": "text",
    "dim": "",
    "accent": "",
    "ok": "",
    "warn": "",
    "error": "",
    "rule": "dim",
    "user": "bright",
    "thinking": "dim",
    "heading": "accent",
    "code": "accent",
    "link": "accent",
    "quote": "dim",
    "added": "ok",
    "removed": "error",
    "hunk": "accent",
}
"""What is written, likewise."""

SYNTAX = {
    "comment": "thinking",
    "keyword": "accent",
    "function": "link",
    "type": "warn",
    "string": "ok",
    "number": "code",
    "operator": "text",
}
"""Kinds of words in code, likewise."""

_KEYS = ("name", "dark", "colours", "syntax")


class ThemeError(ConfigError):
    """A theme's file is wrong, or no theme has this name."""


class Ink(Struct, frozen=True):
    """A colour and attributes."""

    colour: str = ""
    """`#rrggbb`, a name, or empty for the one below."""
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(word for word in (self.colour, *self.attributes) if word)


class Theme(Struct, frozen=True):
    """A theme, complete: every role has its ink."""

    name: str
    dark: bool
    inks: Mapping[str, Ink]
    """By role: all of `GROUNDS` and `INKS`."""
    syntax: Mapping[str, Ink]
    """By kind of word: all of `SYNTAX`."""

    @property
    def ansi(self) -> bool:
        """Whether it is drawn in the terminal's own colours."""
        return not self.inks["background"].colour.startswith("#")


def parse_theme(data: object, source: str) -> Theme:
    """A theme from what its file holds.

    Args:
        data: plain data, as YAML gives it.
        source: the file, for messages.

    Raises:
        ThemeError: a key is missing, unknown or wrong.
    """
    top = _mapping(data, source, "the file")
    _check_keys(top, _KEYS, source, "")
    name, dark = top.get("name"), top.get("dark", True)
    if not isinstance(name, str) or not name.strip():
        raise ThemeError(f"{source}: name is missing.", "Give the theme a name.")
    if not isinstance(dark, bool):
        raise ThemeError(f"{source}: dark: {dark!r} is neither true nor false.")
    colours = _inks(top.get("colours"), {**GROUNDS, **INKS}, source, "colours")
    inks = _complete(colours, {**GROUNDS, **INKS}, {}, source)
    syntax = _complete(_inks(top.get("syntax", {}), SYNTAX, source, "syntax"), SYNTAX, inks, source)
    return Theme(name.strip(), dark, inks, syntax)


def read_ink(text: str) -> Ink | None:
    """An ink from its words; None where one of them is no colour and no attribute."""
    colour, attributes = "", []
    for word in text.lower().split():
        if word in _ATTRIBUTES:
            attributes.append(word)
        elif not colour and (word in _NAMES or _is_hex(word)):
            colour = word
        else:
            return None
    return Ink(colour, tuple(attributes)) if colour or attributes else None


def _is_hex(word: str) -> bool:
    return len(word) == 7 and word[0] == "#" and _HEX.issuperset(word[1:])


def _mapping(value: object, source: str, where: str) -> dict[str, object]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ThemeError(f"{source}: {where} is no list of keys and values.")
    return value


def _inks(value: object, known: Mapping[str, str], source: str, where: str) -> dict[str, Ink]:
    if value is None:
        raise ThemeError(f"{source}: {where} is missing.")
    given = _mapping(value, source, where)
    _check_keys(given, known, source, f"{where}.")
    return {role: _ink(words, source, f"{where}.{role}") for role, words in given.items()}


def _ink(words: object, source: str, where: str) -> Ink:
    ink = read_ink(words) if isinstance(words, str) else None
    if ink is None:
        shown = "nothing" if words is None else repr(words)
        raise ThemeError(
            f"{source}: {where}: {shown} is no colour.",
            'Write it as "#rrggbb", with the quotes, or as a name such as red or default.',
        )
    return ink


def _complete(
    given: Mapping[str, Ink],
    roles: Mapping[str, str],
    others: Mapping[str, Ink],
    source: str,
) -> dict[str, Ink]:
    """Every role's ink: its own, or that of the role it leans on."""
    inks: dict[str, Ink] = {}
    for role, leans_on in roles.items():
        if role in given:
            inks[role] = given[role]
        elif leans_on:
            inks[role] = inks[leans_on] if leans_on in inks else others[leans_on]
        else:
            raise ThemeError(f"{source}: colours.{role} is missing.")
    return inks


def _check_keys(
    given: Mapping[str, object], known: Mapping[str, str] | tuple[str, ...], source: str, where: str
) -> None:
    for key in given:
        if key not in known:
            from difflib import get_close_matches  # only for a mistake

            near = get_close_matches(key, known, 1)
            hint = f"Did you mean {where}{near[0]}?" if near else f"Known are {', '.join(known)}."
            raise ThemeError(f"{source}: {where}{key} is unknown.", hint)
