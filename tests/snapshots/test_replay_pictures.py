"""Pictures of a replay: start, middle and end, why a call ran, who waited."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.album import Album
from support.replays import Replay

RECORD = Path(__file__).parents[1] / "sessions" / "parser.db"


@pytest.fixture(autouse=True)
def greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are shown as of the place where one is."""
    with monkeypatch.context() as context:
        context.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


async def test_a_replay(album: Album) -> None:
    async with Replay(RECORD, "1").running(120, 40) as replay:
        for name, keys in (("start", ()), ("middle", ("f", "{")), ("end", ("$",))):
            await replay.press(*keys)
            for width, height in ((120, 40), (80, 24)):
                await replay.resize(width, height)
                await album.add(replay, f"{name}-{width}")
    assert not album.different


async def test_why_and_waiting(album: Album) -> None:
    async with Replay(RECORD, "1").running(120, 40) as replay:
        await replay.press("f")
        for name, key in (("why", "y"), ("waterfall", "w")):
            await replay.press(key)
            for width, height in ((120, 40), (80, 24)):
                await replay.resize(width, height)
                await album.add(replay, f"{name}-{width}")
            await replay.press("q")
    assert not album.different
