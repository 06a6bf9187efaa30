"""The themes there are: ours and the user's own, read from their files.

YAML is read once; what came of it is kept, checked, in one JSON file of the cache folder. A normal
start reads that and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from goose_agent.config.places import Places
from goose_agent.decoding import decoder_of
from goose_tui.theme_file import Ink, Theme, ThemeError, parse_theme, read_ink

__all__ = ["DEFAULT_THEME", "PLAIN_THEME", "Shelf", "keep", "kept", "shelf"]

DEFAULT_THEME = "lakeside"
"""The theme of those who chose none."""

PLAIN_THEME = "terminal"
"""The one without colours of its own: what is drawn where colours are not wanted."""

_COMPILED = "themes.json"
_FORMAT = 1

Stamp = tuple[str, int, int]
"""A file: its path, when it was changed (in nanoseconds), its size (in bytes)."""


class Shelf(Struct, frozen=True):
    """The themes there are."""

    themes: Mapping[str, Theme]
    """By name, the default first."""
    problems: tuple[str, ...] = ()
    """What is wrong with files that could not be used."""

    def take(self, name: str) -> Theme:
        """The theme of that name.

        Raises:
            ThemeError: there is none.
        """
        if name in self.themes:
            return self.themes[name]
        raise ThemeError(f"No theme is named {name}.", f"There are {', '.join(self.themes)}.")


class _CompiledTheme(Struct):
    name: str
    dark: bool
    colours: dict[str, str]
    syntax: dict[str, str]


class _Compiled(Struct):
    """What the file in the cache holds."""

    format: int
    sources: list[Stamp]
    themes: list[_CompiledTheme]
    problems: tuple[str, ...]


def shelf(environ: Mapping[str, str] = os.environ) -> Shelf:
    """All themes: ours and the user's own, which come before ours of the same name.

    Args:
        environ: tells where the user's files are kept.
    """
    import goose_themes

    where = Places.of(environ)
    folders = Path(goose_themes.__file__).parent, where.config / "themes"
    sources = [stamp for folder in folders for stamp in _stamps(folder)]
    compiled = where.cache / _COMPILED
    found = _compiled(compiled, sources)
    if found is None:
        found = _read_all([path for path, _, _ in sources])
        with suppress(UnicodeEncodeError):  # a path that is not UTF-8: read anew every time
            keep(compiled, _to_json(found, sources))
    return found


def kept(path: Path) -> str:
    """What a file of the cache holds; nothing where it is not there."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def keep(path: Path, text: str) -> None:
    """Write a file of the cache; where that is not possible it is made again next time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError:
        return


def _stamps(folder: Path) -> list[Stamp]:
    """Every theme file of a folder, with what changes when it does."""
    stamps: list[Stamp] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith((".yaml", ".yml")):
                    stat = entry.stat()
                    stamps.append((entry.path, stat.st_mtime_ns, stat.st_size))
    except OSError:
        return []  # no folder, no themes
    return sorted(stamps)


def _read_all(paths: list[str]) -> Shelf:
    import yaml  # only when a theme is new or was changed

    themes: dict[str, Theme] = {}
    problems = []
    for path in paths:
        try:
            data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
            theme = parse_theme(data, path)
        except (ThemeError, OSError, ValueError) as error:
            problems.append(str(error))
        except yaml.YAMLError as error:
            problems.append(f"{path}: {' '.join(str(error).split())}")
        else:
            themes[theme.name] = theme
    order = sorted(themes, key=lambda name: (name != DEFAULT_THEME, name))
    return Shelf({name: themes[name] for name in order}, tuple(problems))


def _to_json(found: Shelf, sources: list[Stamp]) -> str:
    themes = [
        _CompiledTheme(
            theme.name,
            theme.dark,
            {role: str(ink) for role, ink in theme.inks.items()},
            {kind: str(ink) for kind, ink in theme.syntax.items()},
        )
        for theme in found.themes.values()
    ]
    return msgspec.json.encode(_Compiled(_FORMAT, sources, themes, found.problems)).decode()


def _compiled(path: Path, sources: list[Stamp]) -> Shelf | None:
    """What was read before, unless a file has changed since."""
    try:
        data = decoder_of(_Compiled).decode(kept(path))
    except (ValueError, RecursionError):
        return None  # missing or damaged: made anew
    if data.format != _FORMAT or data.sources != sources:
        return None
    return Shelf({theme.name: _theme(theme) for theme in data.themes}, data.problems)


def _theme(data: _CompiledTheme) -> Theme:
    inks = {role: read_ink(words) or Ink() for role, words in data.colours.items()}
    syntax = {kind: read_ink(words) or Ink() for kind, words in data.syntax.items()}
    return Theme(data.name, data.dark, inks, syntax)
