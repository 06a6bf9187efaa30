"""Pictures of what one can go back to, and of sessions with their forks."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from pathlib import Path

from goose_agent.clock import SteppingClock, World
from goose_agent.config.places import Places
from goose_agent.events import ModelChanged, TurnEnded, TurnStarted, UserMessage
from goose_agent.loop.forks import fork_session
from goose_agent.sessions.library import Library
from goose_agent.wire import Fork, PieceChange
from snapshots.test_sessions_pictures import GPT, fill
from support.album import Album
from support.scenes import Scene
from support.stories import BEGAN, tell, write_story
from support.workbench import script

_TALK = """
- text: I look at what there is.
  calls:
  - {tool: read, arguments: {path: README.md}}
  - {tool: tree, arguments: {path: .}}
- text: A list of things to buy, and what they cost.
- calls:
  - {tool: write, arguments: {path: CHANGES.md, content: "# Changes\\n"}}
- text: Written.
- text: From ten of a kind on, each costs a tenth less.
"""
_ANSWERS = ("what they cost", "Written.", "a tenth less")
_SAID = (
    "What is this project for?",
    "Begin a changelog for it.\nOne line a change, the newest first, and no dates that nobody asked for.",
    "When does a thing cost less?",
)


async def test_going_back(album: Album, tmp_path: Path) -> None:
    async with Scene(tmp_path, model=script(_TALK)).running(120, 40) as bench:
        for turn, text in enumerate(_SAID, 1):
            bench.app.submit(text)
            if turn == 2:
                await bench.answer("y")
            await bench.sees(_ANSWERS[turn - 1])
            await bench.idle()
        await bench.press("escape", "escape")
        await bench.sees("Back to", "When does a thing")
        for width, height in ((120, 40), (80, 24)):
            await bench.resize(width, height)
            await album.add(bench, f"rewind-{width}")
    assert not album.different


class _Numbers:
    """Names that are the same each time."""

    def __init__(self) -> None:
        self._numbers = count()

    def new(self, prefix: str) -> str:
        """The next one."""
        return f"{prefix}-06fxz3q9k2m7p2{next(self._numbers):04}"


def branch_out(library: Library) -> None:
    """Fork two of the sessions, one of them twice and again."""
    ids = _Numbers()

    def forked(parent: str, fork: Fork, hours: float, said: str = "", model: str = "") -> str:
        began = BEGAN - timedelta(hours=hours)
        forked_id = fork_session(library, parent, fork, World(SteppingClock(began), ids))
        if model:
            write_story(library.path(forked_id), ModelChanged(model, None), began=began)
        if said:
            story = (UserMessage("m9", said), TurnStarted(2), *tell("So it is."))
            write_story(library.path(forked_id), *story, TurnEnded(2, "done", 1, 1.0), began=began)
        return forked_id

    parser, shop = "s-06fxz3q9k2m7p1c8t5", "s-06fxz3q9k2m7p1c8t1"
    first = forked(parser, Fork(4), 0.9, "profile it first, then make it faster")
    forked(parser, Fork(6), 0.7, model=GPT)
    forked(first, Fork(), 0.5, "now with a table for the keywords")
    forked(shop, Fork(changes=(PieceChange("user:2:", "drop"),)), 80)


async def test_sessions_with_forks(album: Album, tmp_path: Path) -> None:
    library = Library(Places.of({"GOOSE_TUI_HOME": str(tmp_path)}).sessions)
    fill(library)
    branch_out(library)
    async with Scene(tmp_path).running(120, 40) as bench:
        await bench.press("ctrl+x", "s")
        await bench.sees("profile it first", "with a table")
        await bench.misses("still to be read")
        await bench.press("down", "down", "down")
        for width, height in ((120, 40), (80, 24)):
            await bench.resize(width, height)
            await album.add(bench, f"tree-{width}")
    assert not album.different
