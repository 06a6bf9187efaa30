"""What the tests of the screen share."""

from __future__ import annotations

from pathlib import Path

import pytest




@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of nobody, in a terminal with all colours."""
    for name in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "TMUX", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    places = {"HOME": str(tmp_path), "GOOSE_TUI_HOME": str(tmp_path)}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}
    for name, value in {**places, **terminal}.items():
        monkeypatch.setenv(name, value)
    return tmp_path
