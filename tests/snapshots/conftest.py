"""What the tests with pictures share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_textual_snapshot import (  # type: ignore[import-untyped] # it has no types
    SVGImageExtension,
)
from syrupy.assertion import SnapshotAssertion

from support.album import Album
from support.scenes import HOME
from support.workbench import surroundings


@pytest.fixture
def album(snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Album:
    """An album, and the surroundings in which its pictures are made."""
    for name, value in surroundings(tmp_path, HOME).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return Album(snapshot.use_extension(SVGImageExtension), tmp_path)
