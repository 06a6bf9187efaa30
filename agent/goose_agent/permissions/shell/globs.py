"""File name patterns: every name the shell might put in their place, and rather more than fewer."""

from __future__ import annotations

import os
import re
from pathlib import Path

from goose_agent.permissions.shell.effects import Unproven
from goose_agent.permissions.shell.script import Word

__all__ = ["expansions"]

_MOST = 500
"""Names that are looked at."""
_ACTIVE = re.compile(r"[*?\[]")


def expansions(word: Word, folder: Path) -> list[str]:
    """The paths that may take the place of a word, as the program would get them.

    A bracket counts as `*`, and `*` and `?` match leading dots: the shell may find fewer.

    Args:
        word: has a pattern.
        folder: where the command runs.

    Raises:
        Unproven: there are too many.
    """
    start = word.text.rfind("/", 0, word.glob) + 1
    found = [word.text[:start]]
    for component in word.text[start:].split("/"):
        following = []
        for prefix in found:
            following += _matching(folder, prefix, component)
            if len(following) > _MOST:
                raise Unproven(f"`{word.text}` may stand for very many files")
        found = [f"{path}/" for path in following]
    return [path.rstrip("/") for path in found]


def _matching(folder: Path, prefix: str, component: str) -> list[str]:
    active = _ACTIVE.search(component)
    if not active:
        return [prefix + component]
    pattern = re.compile(re.escape(component[: active.start()]) + ".*", re.DOTALL)
    if "[" not in component:
        pattern = re.compile(
            "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in component),
            re.DOTALL,
        )
    try:
        with os.scandir(os.path.join(folder, prefix)) as entries:  # noqa: PTH118 # text, not Path
            names = [entry.name for _, entry in zip(range(_MOST + 1), entries, strict=False)]
    except OSError:
        return []
    if len(names) > _MOST:
        raise Unproven(f"`{prefix or '.'}` has very many files")
    return [prefix + name for name in names if pattern.fullmatch(name)]
