"""Writing and removing the user's own definitions of providers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from goose_agent.errors import ConfigError

__all__ = ["remove_definition", "write_definition"]


def write_definition(folder: Path, name: str, values: Mapping[str, object]) -> Path:
    """Write a definition, all at once or not at all; returns its file.

    Args:
        folder: of the user's definitions; made where it is missing.
        name: of the provider: that of the file too.
        values: what stands in it, in this order.

    Raises:
        ConfigError: it cannot be written.
    """
    import yaml  # only where something is written

    path = folder / f"{name}.yaml"
    text = yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, unfinished = tempfile.mkstemp(dir=folder, prefix=".provider-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(unfinished).replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def remove_definition(path: Path) -> None:
    """Remove a definition.

    Raises:
        ConfigError: it cannot be removed.
    """
    try:
        path.unlink()
    except OSError as error:
        raise ConfigError(f"{path} cannot be removed: {error.strerror}.") from error
