"""Servers of the Model Context Protocol for tests: those that others wrote, and wicked ones."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from support.engine import Face, Rig
from support.npm import NODE, script_of

__all__ = [
    "HOSTILE",
    "VERSION",
    "everything",
    "filesystem",
    "free_port",
    "hostile",
    "memory",
    "python",
    "ready",
    "write_servers",
]

VERSION = "2026.8.31"
"""Of the servers that come from npm."""
_TRIES = 6
"""Times that a test waits for its usual time, for a server."""
PROGRAMS = Path(sys.executable).parent
HOSTILE = Path(__file__).with_name("hostile_server.py")


def _npm(name: str, *args: str, **more: object) -> dict[str, Any]:
    script = script_of(f"@modelcontextprotocol/{name}", VERSION)
    return {"type": "stdio", "cmd": str(NODE), "args": [str(script), *args], **more}


def everything() -> dict[str, Any]:
    """The server that has one of each thing."""
    return _npm("server-everything", "stdio")


def filesystem(folder: Path) -> dict[str, Any]:
    """Files of a folder."""
    return _npm("server-filesystem", str(folder))


def memory(file: Path) -> dict[str, Any]:
    """A graph of facts in a file."""
    return _npm("server-memory", envs={"MEMORY_FILE_PATH": str(file)})


def python(name: str, *args: str) -> dict[str, Any]:
    """A server that comes from PyPI."""
    return {"type": "stdio", "cmd": str(PROGRAMS / name), "args": list(args)}


def hostile(how: str, *args: str, **more: object) -> dict[str, Any]:
    """A server that does not keep to the protocol."""
    argv = ["-I", str(HOSTILE), how, *args]
    return {"type": "stdio", "cmd": sys.executable, "args": argv, **more}


def write_servers(rig: Rig, servers: Mapping[str, Mapping[str, Any]]) -> None:
    """Let these be the servers of a test's user."""
    import_module("mcp")  # loaded before anybody waits: on a busy machine it takes seconds
    path = rig.places.settings
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"extensions": dict(servers)}), encoding="utf-8")


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


async def ready(face: Face, *names: str) -> None:
    """Wait until these servers can be used: on a busy machine a program takes long to start."""

    def there() -> bool:
        known = face.state.extensions
        return all(name in known and known[name].phase == "ready" for name in names)

    for _ in range(_TRIES):
        with suppress(TimeoutError):
            await face.until(there)
            return
    raise TimeoutError(f"{names} are not ready: {face.state.extensions}")
