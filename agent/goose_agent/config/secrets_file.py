"""`secrets.yaml`: keys by the names of their variables, readable by nobody else."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from goose_agent.errors import ConfigError

__all__ = ["SecretsFile"]

_LARGEST = 256 * 1024
_HEAD = "# Keys for goose-tui, by the names of their variables. Nobody else may read this file.\n"


class SecretsFile:
    """Keys in a file of mode 0600.

    Args:
        path: of the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, str]:
        """All keys.

        Raises:
            ConfigError: others can read the file, or it is no list of keys.
        """
        try:
            content = self._content()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be read: {error.strerror}.") from error
        import yaml  # only where there is a file to read

        try:
            loaded = yaml.safe_load(content)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            # Its own words would show what stands in the line.
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            raise ConfigError(f"{self.path}{line}: this is not YAML.", "Mend that line.") from None
        if loaded is None:
            return {}
        if not isinstance(loaded, dict):
            raise ConfigError(f"{self.path}:1: keys are `NAME: value` lines.", "Write them so.")
        for name, value in loaded.items():
            if not isinstance(value, (str, int, float)) or isinstance(value, bool):
                raise ConfigError(f"{self.path}: {name} must be text.", "Put quotes around it.")
        return {str(name): str(value).strip() for name, value in loaded.items()}

    @property
    def is_open_to_others(self) -> bool:
        """Whether others can read it."""
        try:
            return bool(self.path.stat().st_mode & 0o077)
        except OSError:
            return False

    def close_to_others(self) -> None:
        """Make it readable for nobody else.

        Raises:
            ConfigError: the system does not let us.
        """
        try:
            self.path.chmod(0o600)
        except OSError as error:
            raise ConfigError(f"{self.path} cannot be changed: {error.strerror}.") from error

    def keep(self, name: str, value: str) -> None:
        """Keep a key, all at once or not at all.

        Raises:
            ConfigError: the file cannot be read or written.
        """
        self._write(self.read() | {name: value})

    def forget(self, name: str) -> bool:
        """Remove a key; tells whether there was one.

        Raises:
            ConfigError: the file cannot be read or written.
        """
        keys = self.read()
        if keys.pop(name, None) is None:
            return False
        self._write(keys)
        return True

    def _content(self) -> str:
        opened = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(opened, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"{self.path} is not a file.", "Remove it.")
            mode = stat.S_IMODE(status.st_mode)
            if mode & 0o077:
                raise ConfigError(
                    f"{self.path} can be read by others (mode {mode:o}).",
                    f"Run: chmod 600 {self.path}",
                )
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(f"{self.path} is larger than {_LARGEST} bytes.", "Make it smaller.")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ConfigError(f"{self.path} is not UTF-8.", "Write it anew.") from None

    def _write(self, keys: dict[str, str]) -> None:
        import tempfile  # loads much, and sessions only read

        # JSON's quotes are YAML's, and hold every value.
        lines = (f"{name}: {json.dumps(value)}\n" for name, value in sorted(keys.items()))
        target = self.path.resolve()  # it may be a link into a folder that is kept elsewhere
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".secrets-")  # mode 0600
        except OSError as error:
            raise ConfigError(f"{target.parent} cannot be written: {error.strerror}.") from error
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_HEAD + "".join(lines))
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except OSError as error:
            Path(name).unlink(missing_ok=True)
            raise ConfigError(f"{target} cannot be written: {error.strerror}.") from error
