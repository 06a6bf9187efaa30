"""A settings file as YAML, and where in it something stands."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goose_agent.errors import ConfigError

if TYPE_CHECKING:
    import yaml

    _Lines = Mapping[str, tuple[int, yaml.Node | None]]

__all__ = ["Source", "read_source"]

_LARGEST = 1_000_000
"""Bytes of a settings file."""


class Source:
    """What a file says; gathers what is odd about it.

    Args:
        path: of the file.
        root: its YAML, which knows lines.
        values: the same as plain data.
        warnings: takes what is odd.
    """

    def __init__(
        self,
        path: Path,
        root: yaml.MappingNode | None,
        values: Mapping[Any, Any],
        warnings: list[str],
    ) -> None:
        self.values = values
        self._path = path
        self._root = root
        self._lines: dict[int, _Lines] = {}
        self._warnings = warnings

    def where(self, *keys: object) -> str:
        """File, line and name of a value.

        Args:
            keys: lead to it, from the outermost.
        """
        node: yaml.Node | None = self._root
        line = 1
        for key in keys:
            line, node = self._lines_of(node).get(str(key), (line, None))
        return f"{self._path}:{line}: {'.'.join(map(str, keys))}"

    def _lines_of(self, node: yaml.Node | None) -> _Lines:
        """The line and the value of each key; of a key that stands there twice the last one counts."""
        import yaml  # where there are lines, it was read

        if not isinstance(node, yaml.MappingNode):
            return {}
        known = self._lines.get(id(node))
        if known is None:
            known = {key.value: (key.start_mark.line + 1, value) for key, value in node.value}
            self._lines[id(node)] = known
        return known

    def unknown(self, known: Collection[str], *keys: object) -> None:
        """Warn of a key that means nothing.

        Args:
            known: those that mean something in its place.
            keys: lead to it, from the outermost.
        """
        near = difflib.get_close_matches(str(keys[-1]), known, 1)
        meant = f" Did you mean `{near[0]}`?" if near else ""
        self._warnings.append(f"{self.where(*keys)} is not a setting.{meant}")


def read_source(path: Path, warnings: list[str]) -> Source | None:
    """What a settings file says; None where there is none.

    Args:
        path: of the file.
        warnings: takes what is odd about it.

    Raises:
        ConfigError: it cannot be read; says file and line.
    """
    try:
        text = _content(path).decode()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    import yaml  # only where there is a file to read

    try:
        node = yaml.compose(text, yaml.SafeLoader)
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise ConfigError(f"{path}{line}: {problem}.") from error
    except (ValueError, RecursionError) as error:  # a date that does not exist, and the like
        raise ConfigError(f"{path}: {error}.") from error
    if loaded is None:
        return Source(path, None, {}, warnings)
    if not isinstance(loaded, dict) or not isinstance(node, yaml.MappingNode):
        raise ConfigError(f"{path}:1: settings are `name: value` lines.")
    return Source(path, node, loaded, warnings)


def _content(path: Path) -> bytes:
    """What a file holds; a pipe that somebody left there does not hang us, nor a huge file."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ConfigError(f"{path} is not a file.")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ConfigError(f"{path} is larger than {_LARGEST} bytes.")
    return content
