"""Where the program keeps its files, by the platform's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

__all__ = ["Places"]

_NAME = "goose-tui"


class Places(Struct, frozen=True):
    """The folders of one user."""

    config: Path
    """Settings and the user's own themes."""
    data: Path
    """Sessions: private, precious."""
    cache: Path
    """What can be made again."""
    goose: Path | None = None
    """Goose's own settings, to be read and never written."""

    @property
    def sessions(self) -> Path:
        """One file a session."""
        return self.data / "sessions"

    @property
    def requests(self) -> Path:
        """The last raw requests, where somebody asked for them."""
        return self.data / "requests"

    @property
    def settings(self) -> Path:
        """The user's settings."""
        return self.config / "config.yaml"

    @property
    def extensions(self) -> Path:
        """Servers that this program wrote down."""
        return self.config / "extensions.yaml"

    @property
    def extension_files(self) -> tuple[Path, ...]:
        """Every file with servers that people write; what stands in the last counts most."""
        goose = (self.goose / "config.yaml",) if self.goose is not None else ()
        return (*goose, self.settings)

    @property
    def secrets(self) -> Path:
        """Keys that are kept in a file."""
        return self.config / "secrets.yaml"

    @property
    def own_providers(self) -> Path:
        """The user's definitions of providers."""
        return self.config / "providers"

    @property
    def providers(self) -> tuple[Path, ...]:
        """Every folder with definitions of providers; the later ones count more."""
        goose = (self.goose / "custom_providers",) if self.goose is not None else ()
        return (*goose, self.config / "custom_providers", self.own_providers)

    @property
    def hints(self) -> tuple[Path, ...]:
        """Every folder with the person's own hint files; what stands in the last counts most."""
        goose = (self.goose,) if self.goose is not None else ()
        return (*goose, self.config)

    @property
    def model_lists(self) -> Path:
        """The providers' own lists of models."""
        return self.cache / "models"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Places:
        """The folders this environment asks for.

        Args:
            environ: `GOOSE_TUI_HOME` puts all three below one folder; else the platform decides.
                `GOOSE_PATH_ROOT` says where Goose has its own.
        """
        root = environ.get("GOOSE_PATH_ROOT")
        goose = Path(root) / "config" if root else None
        if home := environ.get("GOOSE_TUI_HOME"):
            base = Path(home)
            return cls(base / "config", base / "data", base / "cache", goose)
        from platformdirs import PlatformDirs  # only where no folder was named

        dirs = PlatformDirs(_NAME, appauthor=False)
        config = environ.get("XDG_CONFIG_HOME") or "~/.config"
        usual = Path(config).expanduser() / "goose"
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, goose or usual)
