"""What the tests of the screen share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.workbench import TERMINAL, TERMINAL_UNSET


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of nobody, before a terminal with all colours."""
    for name in TERMINAL_UNSET:
        monkeypatch.delenv(name, raising=False)
    for name, value in TERMINAL.items():
        monkeypatch.setenv(name, value)
    for name in ("HOME", "GOOSE_TUI_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path
