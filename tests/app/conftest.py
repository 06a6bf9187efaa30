"""What the tests of the screen share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.workbench import surroundings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of nobody, before a terminal with all colours."""
    for name, value in surroundings(tmp_path).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return tmp_path
