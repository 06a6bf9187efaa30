"""Reads the rules of another agent, whichever it is."""

from __future__ import annotations

import json
from pathlib import Path

from goose_agent.errors import ConfigError
from goose_agent.permissions.imports.claude import import_claude
from goose_agent.permissions.imports.codex import import_codex
from goose_agent.permissions.imports.goose import import_goose
from goose_agent.permissions.imports.imported import Imported
from goose_agent.permissions.imports.opencode import import_opencode
from goose_agent.private_file import read_small

__all__ = ["import_rules"]

_LARGEST = 2**20


def import_rules(path: Path) -> Imported:
    """What a file says in our words: Goose's, Claude Code's, Codex's or opencode's.

    Raises:
        ConfigError: it cannot be read, or is none of these.
    """
    try:
        text = read_small(path, _LARGEST).decode()
        return _imported(text, path)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be taken over: {error}.") from error


def _imported(text: str, path: Path) -> Imported:
    match path.suffix:
        case ".yaml" | ".yml":
            return import_goose(text, path)
        case ".rules" | ".star" | ".codexpolicy":
            return import_codex(text, path)
        case ".json":
            found = json.loads(text)
            if isinstance(found, dict) and "permission" in found:
                return import_opencode(text, path)
            return import_claude(text, path)
        case _:
            raise ValueError("known are permission.yaml, settings.json, *.rules and opencode.json")
