"""A session that somebody else writes is read along, and taken over when that one has ended."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from goose_agent.commands import TakeOver
from goose_agent.config.places import Places
from goose_agent.events import Notice, UserMessage
from goose_agent.sessions.library import Library
from goose_tui.screens.asking import AskingScreen
from support.stories import started, write_story
from support.workbench import Workbench, script

WORK = """
- {text: First I look., calls: [{tool: shell, arguments: {command: touch x}}]}
- text: So it is.
- text: And so on.
"""


async def test_a_second_opener_follows_live_and_takes_over_at_the_end(home: Path) -> None:
    async with Workbench(home, script(WORK)).running() as writer:
        await writer.send("what is here?")
        await writer.dialog()
        session_id = writer.state.session_id
        async with Workbench(home, script(WORK), resume=session_id).running() as reader:
            await reader.sees("First I look.", "writes this session.", "nothing can be sent")
            assert not isinstance(reader.app.screen, AskingScreen)
            await writer.answer("y")
            await reader.sees("So it is.", "✓ shell")
            await reader.press("enter", "x", "shift+tab")
            await reader.sees("this session is only read along")
            assert reader.state.mode == writer.state.mode
            await reader.press("escape")
            await writer.leave()
            await reader.sees("has ended.", "enter goes on with it here")
            await reader.press("enter")
            await reader.until(lambda: reader.app.focused is reader.composer)
            await reader.send("go on")
            assert reader.answers[:2] == ["First I look.", "So it is."]
            await reader.until(lambda: len(reader.answers) == 3)
    with closing(sqlite3.connect(library_of(home).path(session_id))) as db:
        seqs = [seq for (seq,) in db.execute("SELECT seq FROM events ORDER BY seq")]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_a_question_is_answered_where_the_session_was_taken_over(home: Path) -> None:
    async with Workbench(home, script(WORK)).running() as writer:
        await writer.send("what is here?")
        await writer.dialog()
        session_id = writer.state.session_id
        async with Workbench(home, script(WORK), resume=session_id).running() as reader:
            await reader.sees("writes this session.")
            await writer.leave()
            await reader.sees("has ended.")
            await reader.press("enter")
            await reader.answer("y")
            await reader.idle()
            assert [call.state for call in reader.calls] == ["ok"]


async def test_what_is_asked_of_the_command_line_is_not_lost_where_one_only_reads(
    home: Path,
) -> None:
    async with Workbench(home).running() as writer:
        await writer.send("hello")
        await writer.idle()
        reader = Workbench(home, resume=writer.state.session_id, prompts=["and now?"])
        async with reader.running():
            await reader.sees("not sent: This session is only read along.")
            assert reader.draft == "and now?"


def library_of(home: Path) -> Library:
    return Library(Places.of({"GOOSE_TUI_HOME": str(home)}).sessions)


def recorded(home: Path) -> Path:
    path = library_of(home).path("s-0000")
    words = (Notice("info", f"{number} {'x' * 900}") for number in range(200))
    write_story(path, started(str(home), "scripted/model"), UserMessage("m", "hello there"), *words)
    return path


async def test_a_session_of_a_newer_version_is_only_read(home: Path) -> None:
    with closing(sqlite3.connect(recorded(home))) as db:
        db.execute("PRAGMA user_version = 99")
    async with Workbench(home, resume="s-0000").running() as bench:
        await bench.sees("A newer version wrote this session: update goose-tui")
        await bench.press("enter")
        await bench.press("ctrl+d")
        await bench.until(lambda: bench.left)


async def test_of_a_damaged_session_what_is_there_is_read(home: Path) -> None:
    path = recorded(home)
    content = bytearray(path.read_bytes())
    content[20 * 4096 : 22 * 4096] = b"\xff" * 8192
    path.write_bytes(content)
    async with Workbench(home, resume="s-0000").running() as bench:
        await bench.sees("· 199", "It can only be read: The record s-0000.db cannot be read")
        assert 180 < len(bench.state.records) < 201


async def test_a_record_that_is_garbage_is_said_and_the_rest_goes_on(home: Path) -> None:
    with closing(sqlite3.connect(recorded(home))) as db, db:
        db.execute("UPDATE events SET body = x'00' WHERE seq IN (7, 202)")
    async with Workbench(home, resume="s-0000").running() as bench:
        await bench.sees("these cannot be read, and are left out: 7,", "202.")
        await bench.send("go on")
        await bench.idle()
        assert bench.answers


async def test_of_two_that_take_over_one_goes_on_reading(home: Path) -> None:
    async with Workbench(home, script(WORK)).running() as writer:
        await writer.send("what is here?")
        await writer.answer("y")
        await writer.sees("So it is.")
        session_id = writer.state.session_id
        first, second = (Workbench(home, script(WORK), resume=session_id) for _ in range(2))
        async with first.running(), second.running():
            await writer.leave()
            for reader in (first, second):
                await reader.sees("has ended.")
            for reader in (first, second):
                reader.app.tell(TakeOver())
            await first.until(lambda: None in (first.app.following, second.app.following))
            new = first if first.app.following is None else second
            other = second if new is first else first
            await other.sees("writes this session.")
            await new.until(lambda: new.app.focused is new.composer)
            await new.send("go on")
            await other.sees("▌ go on", "And so on.")
            assert other.answers == ["First I look.", "So it is.", "And so on."]
