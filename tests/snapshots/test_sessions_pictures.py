"""Pictures of the list of sessions, and of what is found in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.events import (
    Approval,
    ModelFailed,
    ModelResponded,
    Preview,
    RequestAsked,
    SessionTitled,
    ToolFinished,
    ToolProposed,
    ToolStarted,
    TurnEnded,
    TurnStarted,
    UserMessage,
)
from goose_agent.sessions.keeping import mark_session
from goose_agent.sessions.library import Library
from support.album import Album
from support.scenes import HOME, Scene
from support.stories import BEGAN, started, tell, write_story

SONNET, GPT = "anthropic/claude-sonnet-4-5", "openai/gpt-5"


def fill(library: Library) -> None:
    """Sessions of some weeks, in all states there are."""
    parser, shop = f"{HOME}/src/parser", f"{HOME}/src/shoplist"
    call = ToolProposed("c", "r", "shell", "{}", {"command": "make dist"}, summary="make dist")
    asked = Approval("c", "shell", "make dist", Preview("command", "make dist"), (), "")
    done = TurnEnded(1, "done", 1, 1.0)
    stories = (
        (600, parser, SONNET, "a changelog for the parser", 0.42, (done,)),
        (90, shop, GPT, "why the total of ten apples is wrong", 1.18, (done,)),
        (40, parser, SONNET, "trailing commas in parse_list", 0.0712, (done,)),
        (9, shop, "ollama/qwen3", "rename the receipt to a bill wherever it is printed, in the tests and in the docs", None, (ModelFailed("r", "auth", "The key for parse_list was refused.", "", 401), TurnEnded(1, "failed", 1, 1.0))),
        (3, shop, GPT, "publish the package", 0.0031, (call, RequestAsked("q", asked))),
        (1, parser, SONNET, "make the lexer faster", 3.5, (call, ToolStarted("c"))),
    )  # fmt: skip
    for at, (hours, folder, model, title, cost, end) in enumerate(stories):
        write_story(
            library.path(f"s-06fxz3q9k2m7p1c8t{at}"),
            started(folder, model),
            UserMessage("m", f"Please look into {title}."),
            SessionTitled(title),
            TurnStarted(1),
            *tell(f"I looked into {title}: `parse_list` ", "was the cause."),
            ModelResponded("r", (), "stop", None, cost, 1.0, 1.0),
            ToolProposed("d", "r", "read", "{}", {"path": "src/parse.py"}, summary="src/parse.py"),
            ToolFinished("d", "error", "There is no src/parse.py.", 0.1),
            *end,
            began=BEGAN - timedelta(hours=hours),
        )
    library.path("s-06fxz3q9k2m7p1c8tz").write_bytes(b"my diary\n" * 999)
    mark_session(library, "s-06fxz3q9k2m7p1c8t2", "pinned", True)
    mark_session(library, "s-06fxz3q9k2m7p1c8t0", "archived", True)


async def test_sessions(album: Album, tmp_path: Path) -> None:
    fill(Library(Places.of({"GOOSE_TUI_HOME": str(tmp_path)}).sessions))
    async with Scene(tmp_path).running(120, 40) as bench:
        await bench.press("ctrl+x", "s")
        await bench.sees("of 7", "make the lexer faster")
        await album.add(bench, "list-120")
        await bench.resize(160, 50)
        await album.add(bench, "list-160")
        await bench.resize(80, 24)
        await album.add(bench, "list-80")
        await bench.type("shop")
        await bench.sees("3 of 7")
        await bench.press("down", "ctrl+d")
        await album.add(bench, "filtered-80")
        await bench.press("escape", "ctrl+u", "tab")
        await bench.type("parse_list")
        await bench.sees("in 6 sessions")
        await bench.press("down")
        await album.add(bench, "found-80")
        await bench.resize(120, 40)
        await album.add(bench, "found-120")
    assert not album.different
