"""The list of all sessions on the screen: filter, search, open, and what is kept of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.config.places import Places
from goose_agent.events import (
    ModelResponded,
    SessionTitled,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.sessions.library import Library
from goose_tui.screens.sessions import SessionsScreen
from support.stories import started, tell, write_story
from support.workbench import Workbench, script


@pytest.fixture
def library(home: Path) -> Library:
    library = Library(Places.of({"GOOSE_TUI_HOME": str(home)}).sessions)
    folder = home / "work"
    folder.mkdir()
    for number, title in enumerate(("mend the lexer", "mend the parser", "write the docs")):
        write_story(
            library.path(f"s-000{number}"),
            started(str(folder), "scripted/model"),
            UserMessage("m", f"please {title}"),
            SessionTitled(title),
            TurnStarted(1),
            *tell(f"I would {title}, ", "said the walrus." if number else "said the yak."),
            ModelResponded("r", (), "stop", None, None, 1.0, 1.0),
            TurnEnded(1, "done", 1, 1.0),
        )
    return library


async def shown(bench: Workbench) -> SessionsScreen:
    await bench.press("ctrl+x", "s")
    await bench.sees("of 3")
    assert isinstance(bench.app.screen, SessionsScreen)
    return bench.app.screen


async def test_letters_leave_the_sessions_that_fit(home: Path, library: Library) -> None:
    async with Workbench(home).running() as bench:
        await shown(bench)
        await bench.sees("mend the lexer", "mend the parser", "write the docs", "✓ done")
        await bench.type("mend")
        await bench.misses("write the docs")
        await bench.sees("Sessions · 2 of 3")
        await bench.type("psr")
        await bench.sees("mend the parser", "1 of 3")
        await bench.type("x")
        await bench.sees("No title fits. Tab looks into what was said.")
        await bench.press("escape")
        await bench.misses("Sessions ·")


async def test_enter_goes_over_to_a_session_of_the_past(home: Path, library: Library) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("hello")
        await bench.idle()
        before = bench.state.session_id
        await bench.send("/sessions")
        await bench.sees("Sessions · 4 of 4")
        await bench.type("lexer")
        await bench.sees("1 of 4")
        await bench.press("enter")
        await bench.until(lambda: bench.app.session_id == "s-0000")
        await bench.sees("said the yak.", "mend the lexer", f"--resume {before}")
        await bench.send("and now?")
        await bench.sees("end of the script")


async def test_what_was_said_is_found_and_opened(home: Path, library: Library) -> None:
    async with Workbench(home).running() as bench:
        await shown(bench)
        await bench.press("tab")
        await bench.sees("Nothing is looked for yet.")
        await bench.type("walr lexer")
        await bench.sees("No session has that.")
        await bench.press(*["backspace"] * 5)
        await bench.type("parser")
        await bench.sees(
            "Search · 1 in 1 session", "answer   I would mend the parser, said the walrus"
        )
        await bench.press("enter")
        await bench.until(lambda: bench.app.session_id == "s-0001")


async def test_a_session_is_renamed_pinned_and_archived(home: Path, library: Library) -> None:
    async with Workbench(home).running() as bench:
        await shown(bench)
        await bench.type("lexer")
        await bench.sees("1 of 3")
        await bench.press("ctrl+r")
        await bench.sees("enter gives this title")
        await bench.press("ctrl+u")
        await bench.type("another name")
        await bench.press("enter")
        await bench.sees("another name", "Sessions · 3 of 3")
        await bench.misses("mend the lexer")
        titles = {entry.session_id: entry.title for entry in library.entries()}
        assert titles["s-0000"] == "another name"
        await bench.type("docs")
        await bench.sees("1 of 3")
        await bench.press("ctrl+t")
        await bench.sees("▌ write the docs")
        await bench.press("ctrl+e")
        await bench.sees("No title fits")
        await bench.press("ctrl+o")
        await bench.sees("write the docs (archived)")


async def test_a_session_is_deleted_only_when_asked_twice(home: Path, library: Library) -> None:
    async with Workbench(home).running() as bench:
        await shown(bench)
        await bench.type("parser")
        await bench.sees("1 of 3")
        await bench.press("ctrl+d")
        await bench.sees("again deletes it for good")
        await bench.press("escape")
        await bench.sees("enter opens")
        assert len(library.entries()) >= 3
        await bench.press("ctrl+d", "ctrl+d")
        await bench.sees("0 of 2")
        assert "s-0001" not in library.ids()


async def test_the_session_on_the_screen_is_renamed_but_not_deleted(
    home: Path, library: Library
) -> None:
    async with Workbench(home, script("[{text: So it is.}]")).running() as bench:
        await bench.send("hello there")
        await bench.idle()
        await bench.press("ctrl+x", "s")
        await bench.sees("of 4")
        await bench.type("hello")
        await bench.sees("● hello there", "1 of 4")
        await bench.press("ctrl+d")
        await bench.sees("this session is open")
        await bench.press("ctrl+r")
        await bench.type(" all")
        await bench.press("enter")
        await bench.until(lambda: bench.state.title == "hello there all")
        await bench.sees("● hello there all")


async def test_without_sessions_the_list_says_so(home: Path) -> None:
    async with Workbench(home).running(80, 24) as bench:
        await bench.press("ctrl+x", "s")
        await bench.sees("No sessions yet: what you say becomes the first.")


async def test_what_is_found_is_shown_where_it_was_said_and_the_session_goes_on_from_there(
    home: Path,
) -> None:
    model = script("[{text: The zebra is striped.}, {text: It is late.}]")
    async with Workbench(home, model).running() as past:
        await past.send("what is a zebra?")
        await past.sees("striped")
        await past.idle()
        await past.send("and the time?")
        await past.sees("It is late.")
        await past.idle()
    found = past.state.session_id
    async with Workbench(home, script("[{text: Here I am.}]")).running() as bench:
        await bench.send("hello")
        await bench.sees("Here I am.")
        await bench.idle()
        first = bench.app.session_id
        await bench.press("ctrl+x", "s", "tab")
        await bench.type("striped")
        await bench.sees("The zebra is striped", "or a passage")
        await bench.press("down", "enter")
        await bench.sees("h l event", "▌ what is a zebra?")
        await bench.misses("It is late.")
        await bench.press("q")
        await bench.sees("Here I am.")
        assert bench.app.session_id == first
        await bench.press("ctrl+x", "s", "tab")
        await bench.type("striped")
        await bench.sees("The zebra is striped", "or a passage")
        await bench.press("down", "enter")
        await bench.sees("h l event")
        await bench.press("o")
        await bench.sees("▌ and the time?", "It is late.")
        await bench.until(lambda: bench.app.session_id == found)


async def test_a_session_is_not_left_while_the_agent_works(home: Path, library: Library) -> None:
    model = script("[{calls: [{tool: shell, arguments: {command: sleep 60}}]}]")
    async with Workbench(home, model, mode="auto").running() as bench:
        await bench.send("go")
        await bench.sees("▸ shell")
        await bench.press("ctrl+x", "s")
        await bench.sees("mend the lexer")
        await bench.type("lexer")
        await bench.press("enter")
        await bench.sees("interrupt it first")
        assert bench.app.session_id == bench.state.session_id
        await bench.press("escape")
        await bench.idle()


async def test_a_session_is_forked_from_the_list_and_stays_as_it_is(
    home: Path, library: Library
) -> None:
    before = library.path("s-0001").read_bytes()
    async with Workbench(home).running() as bench:
        await shown(bench)
        await bench.type("parser")
        await bench.sees("1 of 3")
        await bench.press("ctrl+f")
        await bench.until(lambda: bench.state.fork is not None)
        assert bench.state.fork is not None
        assert bench.state.fork.parent == "s-0001"
        await bench.sees("said the walrus.")
    assert library.path("s-0001").read_bytes() == before


async def test_a_passage_that_was_found_is_where_a_fork_ends(home: Path, library: Library) -> None:
    async with Workbench(home).running() as bench:
        await shown(bench)
        await bench.press("tab")
        await bench.type("please mend the parser")
        await bench.sees("1 in 1 session")
        await bench.press("down", "ctrl+f")
        await bench.until(lambda: bench.state.fork is not None)
        assert bench.state.fork is not None
        assert bench.state.fork.parent == "s-0001"
        await bench.sees("please mend the parser")
        await bench.misses("said the walrus.")


async def test_a_list_that_is_closed_while_it_is_read_is_closed(
    home: Path, library: Library
) -> None:
    async with Workbench(home).running() as bench:
        screen = await shown(bench)
        await bench.press("escape")
        await bench.until(lambda: not screen.query("*"))
        screen._show()  # what was under way comes to its end
        await bench.sees("What shall we do?")
