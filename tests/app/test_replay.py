"""A replay shows what was seen then, tells why, and does nothing else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import anyio
import pytest

from goose_agent.errors import UsageError
from goose_agent.replay.bookmarks import Bookmark, Bookmarks
from goose_agent.replay.recording import Recording
from goose_agent.replay.timeline import Timeline
from goose_tui.screens.recorded_request import RecordedRequestScreen
from goose_tui.view.player import Player
from goose_tui.view.replay_target import place_wanted
from support.recordings import PROMPT, recorded
from support.replays import Replay
from support.terminal import GLANCE
from support.workbench import Workbench, script

STILL = 3
"""Looks that must be the same."""
HANDLES = str.maketrans(dict.fromkeys("▁▂▃▄▅▆▇", " "))
RECORDS = sorted((Path(__file__).parents[1] / "sessions").glob("*.db"))


@pytest.fixture
async def record(home: Path) -> Path:
    return await recorded(home)


async def test_a_record_opens_at_its_end_and_is_walked_through(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.sees("Mended", "session.ended", "✓ edit", "○ mend")
        last = replay.screen.seq
        await replay.press("h")
        assert replay.screen.seq == last - 1
        await replay.press("0")
        assert replay.screen.seq == 1
        await replay.misses(PROMPT)
        await replay.press("L")
        await replay.sees(PROMPT, "turn.started")
        await replay.press("$", "l")
        await replay.sees("no event after this")
        assert replay.screen.seq == last


async def test_jumps_lead_to_errors_approvals_and_changes(record: Path) -> None:
    async with Replay(record, "1").running() as replay:
        await replay.press("e")
        await replay.sees("tool.finished  error", "✗ read")
        await replay.press("}")
        await replay.sees("request.asked", "approval  edit", "allowed once, by you after")
        await replay.sees("return [item for item in items if item]", "waiting for you")
        await replay.press("f")
        await replay.sees("file.changed")
        await replay.misses("allowed once")
        await replay.press("}")
        await replay.sees("approval  shell", "denied: no need to run it, by you")
        await replay.press("}")
        await replay.press("j")
        await replay.sees("⊘ shell")
        await replay.press("F", "]")
        await replay.sees("file.changed", "no compaction after this")


async def test_of_several_that_wait_the_one_of_the_event_is_shown(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("{")
        last = replay.screen_text()
        await replay.press("{")
        both = last + replay.screen_text()
        assert "◆ question" in both
        assert "Shall blanks count?" in both
        assert "“no”, by you" in both
        assert "◆ approval  shell" in both


async def test_a_place_is_named_by_number_time_or_share(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("g", "1", "2", "enter")
        assert replay.screen.seq == 12
        await replay.press("g", "0", "%", "enter")
        assert replay.screen.seq == 1
        await replay.press("g", "x", "enter")
        await replay.sees("x is no place. Say 120")
        await replay.press("g", "escape", "l")
        assert replay.screen.seq == 2


def test_times_count_from_the_start_or_from_here() -> None:
    with closing(Recording.open(RECORDS[0])) as recording:
        timeline = Timeline(recording.events)
        end = len(timeline) - 1
        assert place_wanted("00:00:00", timeline, end) == 0
        assert place_wanted("99:00", timeline, 0) == end
        assert place_wanted("-30m", timeline, end) == 0
        assert place_wanted("+2h", timeline, 3) == end
        assert place_wanted("#4", timeline, 0) == 3
        for text in ("", "-", "101x", "30m", "1:2"):
            with pytest.raises(UsageError, match="is no place"):
                place_wanted(text, timeline, 0)


async def test_a_search_goes_to_the_event_with_which_the_text_came(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("0", "slash")
        await replay.type("last item")
        await replay.press("enter")
        await replay.sees("model.delta", "drops the last item")
        first = replay.screen.seq
        await replay.press("escape", "n")
        assert replay.screen.seq == first
        await replay.press("slash")
        await replay.type("zzz")
        await replay.press("enter")
        await replay.sees("nothing matches zzz")


async def test_the_why_panel_leads_from_a_change_to_its_causes(record: Path) -> None:
    async with Replay(record, "1").running(120, 40) as replay:
        await replay.press("f", "y")
        await replay.sees("Why: edit parser.py", "it stands in answer #", "drops the last item")
        await replay.press("end")
        await replay.sees(
            "the gate said ask:", "asked: allowed once, by you", "likely sources: a guess"
        )
        await replay.sees("what came of it", "parser.py  +1 −1")
        await replay.press("escape")
        await replay.misses("Why:")


async def test_what_the_model_saw_is_read_and_not_changed(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("c")
        await replay.sees("Request #", "segments", "e edit, d drop: in a fork", "from   turn")
        before = replay.screen_text()
        await replay.press("p", "u", "c")
        assert replay.screen_text() == before
        await replay.press("home", "enter")
        await replay.sees("You are goose")
        await replay.press("escape", "r")
        await replay.sees("bytes, sha256", "as it was sent")
        await replay.press("escape", "escape")
        assert not isinstance(replay.app.screen, RecordedRequestScreen)
        await replay.press("0", "c")
        await replay.sees("nothing was built for the model yet")


async def test_what_was_counted_of_a_request_stands_there_and_leads_to_its_origin(
    record: Path,
) -> None:
    async with Replay(record).running(120, 40) as replay:
        await replay.click("#gauge")
        await replay.sees("Request #", "you ")
        (title,) = [line for line in replay.screen_text().splitlines() if "Request #" in line]
        assert "≈" not in title
        await replay.press("t")
        while "you only" not in replay.screen_text():
            await replay.press("t")
        await replay.press("home", "g")
        await replay.sees("user.message")
        assert not isinstance(replay.app.screen, RecordedRequestScreen)


async def test_a_call_is_opened_in_full_from_the_tree(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("t", "home", "down", "enter")
        await replay.sees("read ok", "Reads lists.")
        await replay.press("escape", "q")
        assert not replay.left
        await replay.press("q")
        await replay.until(lambda: replay.left)


async def test_who_waited_for_whom_is_shown_and_gone_to(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("w")
        await replay.sees(
            "Who waited for whom", "model ", "tools ", "you ", "approval: edit parser.py"
        )
        await replay.press("home", "down", "enter")
        await replay.sees("model.requested")


async def test_a_line_is_blamed_on_the_screen(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("b")
        await replay.type("parser.py:6")
        await replay.press("enter")
        await replay.sees("parser.py:6", "turn 1, by a tool", "call edit parser.py")
        await replay.press("escape", "b")
        await replay.type("other.py:1")
        await replay.press("enter")
        await replay.sees("No change of other.py is on record up to there.")


def content(path: Path) -> bytes:
    return path.read_bytes()


async def test_bookmarks_stay_and_are_gone_to(record: Path) -> None:
    before = content(record)
    async with Replay(record, "5").running() as replay:
        await replay.press("m", "$", "M")
        await replay.type("it ends here")
        await replay.press("enter")
        await replay.sees("• it ends here")
        last = replay.screen.seq
    assert Bookmarks(record, record.stem).items == (Bookmark(5), Bookmark(last, "it ends here"))
    async with Replay(record).running() as replay:
        await replay.sees("• it ends here")
        await replay.press("'", "home", "enter")
        assert replay.screen.seq == 5
        await replay.press("'", "d", "escape")
        await replay.until(lambda: len(Bookmarks(record, record.stem).items) == 1)
    assert content(record) == before


async def test_bookmarks_that_cannot_be_kept_are_told_of(record: Path) -> None:
    Bookmarks(record, record.stem).path.mkdir()
    async with Replay(record).running(140) as replay:
        await replay.press("m")
        await replay.sees("Bookmarks cannot be kept beside")


async def test_a_replay_alone_leaves_for_the_session_itself(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.press("o")
        await replay.until(lambda: replay.left)
        assert replay.app.onward == (None, "")


async def test_a_record_that_is_nobody_s_own_has_to_be_taken_in_first(record: Path) -> None:
    elsewhere = await anyio.Path(record).rename(record.with_name("sent.db"))
    async with Replay(Path(elsewhere)).running() as replay:
        await replay.press("o")
        await replay.sees("goose-tui sessions import FILE")
        assert not replay.left


async def test_it_plays_to_its_end_and_stops(record: Path) -> None:
    async with Replay(record, "1").running() as replay:
        await replay.press(">", ">", ">", ">", ">", ">", "space")
        await replay.until(lambda: replay.screen.seq == len(replay.read.recording))
        await replay.misses("▸ 64x")


def test_gaps_are_played_as_two_seconds_at_most() -> None:
    with closing(Recording.open(RECORDS[0])) as recording:
        timeline = Timeline(recording.events)
        player = Player(timeline)
        player.start(0)
        assert player.advance(0.0) == 0
        length = timeline.played(2.0)[-1]
        assert length <= 2.0 * len(timeline)
        player.change_speed(-5)
        assert player.speed == 0.5
        player.change_speed(99)
        assert player.speed == 64
        assert player.playing
        assert player.advance(length) == len(timeline) - 1
        assert not player.playing


async def test_the_axis_changes_what_a_length_stands_for(record: Path) -> None:
    async with Replay(record).running() as replay:
        await replay.sees("axis events")
        for axis in ("time", "tokens", "cost", "events"):
            await replay.press("a")
            await replay.sees(f"axis {axis}")


async def test_own_keys_hold_in_a_replay(record: Path) -> None:
    async with Replay(record, keys={"replay.back": "B"}).running() as replay:
        last = replay.screen.seq
        await replay.press("B")
        assert replay.screen.seq == last - 1
        await replay.press("f1")
        await replay.sees("Keys")


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
async def test_every_event_looks_the_same_each_time(home: Path, path: Path) -> None:
    async with Replay(path, "1").running(100, 30) as first:
        places = range(0, len(first.read.recording), 1 if len(first.read.recording) < 100 else 5)
        forwards = [await looks(first, place) for place in places]
    async with Replay(path).running(100, 30) as second:
        backwards = [await looks(second, place) for place in reversed(places)]
    assert forwards == backwards[::-1]
    assert len(set(forwards)) > len(forwards) // 2


async def looks(replay: Replay, place: int) -> str:
    """What is on the screen at an event, once it stands still.

    Where a scrollbar's handle ends is a guess until all was seen: that is left out.
    """
    replay.screen.seek(place)
    seen: list[str] = []
    while len(seen) < STILL or len(set(seen[-STILL:])) > 1:
        await replay.settle()
        await anyio.sleep(GLANCE)
        seen.append(replay.screen_text().translate(HANDLES))
    return seen[-1]


async def test_a_live_session_is_replayed_and_goes_on_meanwhile(home: Path) -> None:
    model = script("[{text: I am here.}, {text: And still here.}]")
    async with Workbench(home, model).running() as bench:
        await bench.send("hello")
        await bench.sees("I am here.")
        await bench.idle()
        await bench.send("/replay 0%")
        await bench.sees("session.started", "h l event")
        bench.app.submit("go on")
        await bench.until(lambda: bench.answers[-1:] == ["And still here."])
        await bench.misses("And still here.")
        await bench.press("$")
        await bench.sees("I am here.")
        await bench.press("q")
        await bench.sees("And still here.")
        await bench.type("x")
        assert bench.draft == "x"


async def test_keys_of_a_replay_never_reach_the_draft_of_a_live_session(home: Path) -> None:
    model = script(
        """
        - calls: [{tool: shell, arguments: {command: touch a}}]
        - text: ok
        """
    )
    async with Workbench(home, model, key_silence=0.3).running() as bench:
        await bench.send("/rename here")
        await bench.press("ctrl+x", "r")
        await bench.sees("h l event")
        bench.app.submit("go")
        await bench.until(lambda: bench.asks)
        await bench.burst("h", "l", "h")
        assert bench.draft == ""
        await bench.answer("y")
        await bench.idle()
        await bench.sees("h l event")
