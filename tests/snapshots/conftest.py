"""What the tests with pictures share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_textual_snapshot import (  # type: ignore[import-untyped] # it has no types
    SVGImageExtension,
)
from syrupy.assertion import SnapshotAssertion

from support.album import Album
from support.scenes import HOME
from support.workbench import surroundings

_LETTERS = 60
"""Of the name of a folder that pictures are made in."""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder whose name is always as long: it stands in prompts, and their tokens are counted."""
    top = Path(tempfile.gettempdir()).resolve()
    filling = "p" * max(1, _LETTERS - len(f"{top}/12345678"))
    with tempfile.TemporaryDirectory(prefix=filling, dir=top) as name:
        yield Path(name)


@pytest.fixture
def album(snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Album:
    """An album, and the surroundings in which its pictures are made."""
    for name, value in surroundings(tmp_path, HOME).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    monkeypatch.setattr("platform.platform", lambda **_: "Linux-6.12")  # stands in prompts, too
    return Album(snapshot.use_extension(SVGImageExtension), tmp_path)
