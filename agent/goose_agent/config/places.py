"""Where the program keeps its files, by the platform's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Places"]

_NAME = "goose-tui"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one user."""

    config: Path
    """Settings and the user's own themes."""
    data: Path
    """Sessions: private, precious."""
    cache: Path
    """What can be made again."""

    @property
    def sessions(self) -> Path:
        """One file a session."""
        return self.data / "sessions"

    @property
    def settings(self) -> Path:
        """The user's settings."""
        return self.config / "config.yaml"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Places:
        """The folders this environment asks for.

        Args:
            environ: `GOOSE_TUI_HOME` puts all three below one folder; else the platform decides.
        """
        if home := environ.get("GOOSE_TUI_HOME"):
            base = Path(home)
            return cls(base / "config", base / "data", base / "cache")
        from platformdirs import PlatformDirs  # only where no folder was named

        dirs = PlatformDirs(_NAME, appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path)
