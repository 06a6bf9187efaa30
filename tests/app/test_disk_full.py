"""A full disk holds everything up that must be on record first, says so, and lets go when there is room."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from goose_agent.events import Event, Status
from goose_agent.state.session_state import SessionState
from goose_tui.plain.words import Teller
from support.workbench import Workbench, script

CALL = """
- {text: I look., calls: [{tool: shell, arguments: {command: touch made}}]}
- text: So it is.
"""


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file of this process grow any more, as a quota does that is used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_nothing_is_done_while_there_is_no_room_and_all_of_it_afterwards(home: Path) -> None:
    bench = Workbench(home, script(CALL))
    async with bench.running():
        await bench.send("look")
        await bench.dialog()
        with no_room():
            await bench.press("y")
            await bench.sees("The record cannot be written", "Make room")
            assert not (bench.folder / "made").exists()
            assert bench.state.pending, "the answer is not on record"
        await bench.idle()
        await bench.misses("The record cannot be written")
        assert (bench.folder / "made").exists()
        assert bench.answers == ["I look.", "So it is."]
    async with Workbench(home, resume=bench.state.session_id).running() as again:
        await again.sees("So it is.", "✓ shell")


async def test_one_can_leave_while_there_is_no_room_and_what_was_shown_is_there(
    home: Path,
) -> None:
    bench = Workbench(home, script(CALL))
    async with bench.running():
        await bench.send("look")
        await bench.dialog()
        with no_room():
            await bench.press("y")
            await bench.sees("The record cannot be written")
            bench.app.leave()
            await bench.until(lambda: bench.left)
    async with Workbench(home, resume=bench.state.session_id).running() as again:
        await again.sees("I look.")
        await again.answer("y")
        await again.idle()
        assert (bench.folder / "made").exists()


def test_faces_of_lines_say_it_too() -> None:
    teller = Teller()
    told = [teller.lines(status(text), SessionState()) for text in ("No room here.", "")]
    assert told == [["warning: No room here."], ["note: it goes on."]]


def status(text: str) -> Event:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    return Event(
        seq=1, id="e", at=now, mono=0.0, session_id="s-1", actor="system", data=Status(text)
    )
