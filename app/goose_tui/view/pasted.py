"""Paths that a paste or a file dropped on the terminal brings: plain, quoted, escaped, as addresses."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from goose_agent.mentions import written_mention

__all__ = ["may_be_paths", "picture_mentions"]

_LONGEST = 8192
"""Characters in which paths are looked for."""
_BEGINNINGS = ("/", "~", "file://", "'/", "'~", '"/', '"~', "'file://", '"file://')
_HEAD = 32
"""Bytes that tell what a file is."""


def may_be_paths(text: str) -> bool:
    """Whether a paste may be nothing but paths: tells without looking at any file."""
    text = text.strip()
    return len(text) <= _LONGEST and "\n" not in text and text.startswith(_BEGINNINGS)


def picture_mentions(text: str) -> str:
    """The mentions of the pictures that a paste names; empty where it names anything else. Blocks.

    Args:
        text: the paste.
    """
    text = text.strip()
    readings = [[text]]
    with suppress(ValueError):  # quotes that do not match
        readings.append(shlex.split(text))
    for names in readings:
        paths = [_path(name) for name in names]
        if paths and all(map(_is_picture, paths)):
            return " ".join(map(written_mention, paths))
    return ""


def _path(name: str) -> str:
    if not name.startswith("file://"):
        return os.path.expanduser(name)  # noqa: PTH111 (Path fails where there is no such home)
    try:
        address = urlsplit(name)
    except ValueError:
        return ""
    return unquote(address.path) if address.hostname in (None, "localhost") else ""


def _is_picture(path: str) -> bool:
    from goose_agent.tools.picture_file import begins_a_picture
    from goose_agent.tools.text_file import read_bytes

    if not path.startswith("/") or not path.isprintable():
        return False
    try:
        return begins_a_picture(read_bytes(Path(os.path.realpath(path)), _HEAD))
    except (OSError, ValueError):
        return False
