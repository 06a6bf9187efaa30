"""What the tests with pictures share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_textual_snapshot import (  # type: ignore[import-untyped] # it has no types
    SVGImageExtension,
)
from syrupy.assertion import SnapshotAssertion

from support.scenes import HOME, picture_of
from support.workbench import Workbench, surroundings


class Album:
    """Pictures beside those that somebody looked at and accepted.

    All of a test are compared before it fails, so that `--snapshot-update` renews them at once.
    """

    def __init__(self, accepted: SnapshotAssertion, seen: Path) -> None:
        self._accepted = accepted
        self._seen = seen
        self.different: list[str] = []
        """Files with what is seen now instead."""

    async def add(self, bench: Workbench, name: str) -> None:
        """Compare what is on the screen with the picture of this name."""
        svg = await picture_of(bench)
        if self._accepted(name=name) != svg:
            path = self._seen / f"{name}.svg"
            path.write_text(svg, encoding="utf-8")
            self.different.append(str(path))


@pytest.fixture
def album(snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Album:
    """An album, and the surroundings in which its pictures are made."""
    for name, value in surroundings(tmp_path, HOME).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    return Album(snapshot.use_extension(SVGImageExtension), tmp_path)
