"""Names of servers' tools, as a model may call them: `server__tool`, of letters every service takes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

__all__ = ["slug", "tool_names"]

_LONGEST = 64
"""Characters that every service takes."""
_ODD = re.compile(r"[^A-Za-z0-9_-]+")


def slug(name: str) -> str:
    """A name as it stands before its tools."""
    return _ODD.sub("_", name).strip("_") or "server"


def tool_names(server: str, tools: Sequence[str]) -> dict[str, str]:
    """What each tool of a server is called; two are never called the same.

    Args:
        server: its name in the settings.
        tools: their names at the server.

    Returns:
        The tool's name at the server by what it is called.
    """
    wanted = [f"{slug(server)}__{_ODD.sub('_', tool).strip('_')}" for tool in tools]
    found: dict[str, str] = {}
    for tool, name in zip(tools, wanted, strict=True):
        if wanted.count(name) > 1 or len(name) > _LONGEST or name.endswith("__"):
            mark = hashlib.sha256(f"{server}\0{tool}".encode("utf-8", "surrogatepass"))
            name = f"{name[: _LONGEST - 7]}_{mark.hexdigest()[:6]}"
        found[name] = tool
    return found
