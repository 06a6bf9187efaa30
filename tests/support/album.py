"""Pictures of the screen beside those that somebody looked at and accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syrupy.assertion import SnapshotAssertion

from support.scenes import picture_of
from support.terminal import Terminal

__all__ = ["Album"]

_LOOKS = 5
"""How often the screen is looked at: on a busy machine it may not stand as it will at once."""


class Album:
    """The pictures of one test.

    All of a test are compared before it fails, so that `--snapshot-update` renews them at once.
    """

    def __init__(self, accepted: SnapshotAssertion, seen: Path) -> None:
        self._accepted = accepted
        self._seen = seen
        self.different: list[str] = []
        """Files with what is seen now instead."""

    async def add(self, bench: Terminal[Any], name: str) -> None:
        """Compare what is on the screen with the picture of this name."""
        for _ in range(_LOOKS):
            # Durations stand still while a dialog waits: show them as of now.
            bench.shown.session_changed()
            await bench.settle()
            svg = await picture_of(bench)
            if self._accepted(name=name) == svg:
                return
        path = self._seen / f"{name}.svg"
        path.write_text(svg, encoding="utf-8")
        self.different.append(str(path))
