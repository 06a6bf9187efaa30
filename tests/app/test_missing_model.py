"""A session whose model is gone opens all the same, and asks for another on the screen."""

from __future__ import annotations

from pathlib import Path

from agent.providers.loopback import events, serving, streamed
from app.test_onboarding import bench_with
from goose_agent.config.places import Places
from goose_agent.events import UserMessage
from support.stories import started, write_story
from support.workbench import MODEL, Workbench, script

GONE = "gone/model"


READY = streamed(
    events({"choices": [{"delta": {"content": "ready"}, "finish_reason": "stop"}]}),
    end=b"0\r\n\r\n",
)


def past_session(home: Path) -> str:
    path = Places.of({"GOOSE_TUI_HOME": str(home)}).sessions / "s-0past.db"
    write_story(path, started(str(home), GONE), UserMessage("m", "what was said before"))
    return path.stem


async def test_a_model_is_picked_or_named_and_the_session_goes_on(home: Path) -> None:
    bench = Workbench(home, script("- text: Here I am."), resume=past_session(home))
    async with bench.running(80, 24):
        await bench.sees("Another model is needed", f"{GONE} cannot be had any more.")
        await bench.dialog()
        await bench.press("1")
        await bench.sees("a few letters, or provider/model")
        await bench.type(MODEL)
        await bench.press("enter")
        await bench.until(lambda: bench.state.model == MODEL)
        await bench.sees("what was said before")
        await bench.send("are you there?")
        await bench.sees("Here I am.")


async def test_it_can_be_read_without_one(home: Path) -> None:
    bench = Workbench(home, script("- text: Here I am."), resume=past_session(home))
    async with bench.running(80, 24):
        await bench.dialog()
        await bench.press("escape")
        await bench.misses("Another model is needed")
        await bench.sees("what was said before")
        await bench.type(f"/model {MODEL}")
        await bench.press("enter")
        await bench.until(lambda: bench.state.model == MODEL)


async def test_a_provider_can_be_set_up_for_it(home: Path) -> None:
    session = past_session(home)
    async with serving(READY) as server:
        bench = bench_with(home, server.url, requires_auth=False, models=["one"], resume=session)
        async with bench.running(80, 24):
            await bench.dialog()
            await bench.press("2")
            await bench.sees("Providers", "OpenAI", "q goes back")
            assert "tour" not in bench.screen_text()
            assert bench.app.start.setup is not None
            names = [status.definition.name for status in bench.app.start.setup().statuses()]
            await bench.press(*["down"] * names.index("a-first"), "enter")
            await bench.sees("enter tries it")
            await bench.press("enter")
            await bench.until(lambda: bench.state.model == "a-first/one")
            await bench.sees("what was said before")
