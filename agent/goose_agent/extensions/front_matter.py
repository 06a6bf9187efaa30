"""YAML between two lines of dashes, as it opens Markdown files with a purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["split_front_matter", "text_of"]


def split_front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    """What opens a file, and the rest of it; what is no YAML mapping says nothing. Blocks.

    Args:
        text: of the file.
    """
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return {}, text
    for at, line in enumerate(lines[1:], 1):
        if line.rstrip() in ("---", "..."):
            return _parsed("".join(lines[1:at])), "".join(lines[at + 1 :])
    return {}, text


def _parsed(text: str) -> Mapping[str, Any]:
    import yaml  # slow to import

    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        # Descriptions with a colon in them are common, and no YAML: they are read by the line.
        values = dict(_by_line(text))
    return {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}


def _by_line(text: str) -> list[tuple[str, str]]:
    pairs = (line.partition(":") for line in text.splitlines() if line[:1].isalpha())
    return [(key.strip(), value.strip()) for key, colon, value in pairs if colon]


def text_of(values: Mapping[str, Any], key: str) -> str:
    """One value as a line of text; empty where there is none."""
    value = values.get(key)
    if isinstance(value, list):  # `[a, b]`, as hints for arguments are often written
        return " ".join(f"[{each}]" for each in value)
    return " ".join(str(value).split()) if value is not None else ""
