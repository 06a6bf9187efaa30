"""What an extension is made with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from goose_agent.config.places import Places
from goose_agent.config.settings import Settings
from goose_agent.permissions.trust import TrustStore

__all__ = ["ExtensionHost"]


class ExtensionHost(Struct, frozen=True):
    """Where a session runs, and what holds there."""

    places: Places
    """The person's own folders."""
    folder: Path
    """The working folder, absolute."""
    roots: tuple[Path, ...]
    """All folders the agent works in, the working folder first."""
    trust: TrustStore
    """What the person said of folders: nothing of one counts before that."""
    environ: Mapping[str, str]
    """The program's own environment; programs that tools start get that of their call."""
    settings: Settings = Settings()

    @property
    def home(self) -> Path | None:
        """The person's home folder, where there is one."""
        home = self.environ.get("HOME", "")
        return Path(home) if home else None
