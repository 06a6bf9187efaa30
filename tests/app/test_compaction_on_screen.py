"""A compaction on the screen: read, changed, accepted, refused, undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from goose_agent.context.current import said_since
from goose_agent.state.records import FoldRecord
from goose_tui.screens.compaction import CompactionScreen
from support.models import calls, said
from support.summing import SummingModel
from support.workbench import Workbench

FIRST = (
    "Never touch config/secrets.toml, and keep MAX_RETRIES at 1,200. " + "Some more words. " * 200
)

Make = Callable[..., Workbench]


@pytest.fixture
def model() -> SummingModel:
    return SummingModel()


@pytest.fixture
def make(home: Path, model: SummingModel) -> Make:
    def made(review: str = "always") -> Workbench:
        bench = Workbench(home, model, mode="auto")
        bench.rig.places.config.mkdir(parents=True, exist_ok=True)
        values = {"compaction_review": review}
        bench.rig.places.settings.write_text(json.dumps(values), encoding="utf-8")
        return bench

    return made


async def said_so(bench: Workbench, text: str) -> None:
    """Say something, as if it was pasted, and wait for the answer."""
    turns = len(bench.state.turns)
    bench.app.submit(text)
    await bench.until(lambda: len(bench.state.turns) > turns and not bench.state.working)


async def reviewed(bench: Workbench, *texts: str) -> CompactionScreen:
    """Talk, ask for a compaction and wait until its proposal was read."""
    for text in texts or (FIRST, "second", "third"):
        await said_so(bench, text)
    await bench.send("/compact")
    return await proposed(bench)


async def proposed(bench: Workbench) -> CompactionScreen:
    dialog = await bench.dialog()
    assert isinstance(dialog, CompactionScreen)
    await bench.sees("it would see")
    await bench.until(lambda: "at risk: reading" not in bench.screen_text())
    return dialog


def folds(bench: Workbench) -> list[FoldRecord]:
    return [record for record in bench.state.records if isinstance(record, FoldRecord)]


def seen(model: SummingModel) -> str:
    return str(model.requests[-1].messages)


async def test_it_shows_what_goes_what_stays_and_what_is_at_risk(
    make: Make, model: SummingModel
) -> None:
    async with make().running(120, 40) as bench:
        await reviewed(bench)
        await bench.sees(
            "Sum the conversation up?",
            "a call reads for $0.00",
            "summed up by fake/one, $1.00",
            "the model sees now",
            "goes you",
            "keep you",
            "summary ≈",
            "The person wants the parser mended.",
            "then, word for word:",
            "instruction: Never touch config/secrets.toml, and",
            "path: config/secrets.toml",
            "identifier: MAX_RETRIES",
            "number: 1,200",
        )
        await bench.press("y")
        await bench.until(lambda: folds(bench))
        await bench.sees("compacted: the model sees a summary of what stands above")
        await bench.misses("it would see")
        await said_so(bench, "and now?")
        assert "Never touch" not in seen(model)


async def test_a_piece_that_is_kept_is_not_at_risk_and_a_pinned_one_stays_for_good(
    make: Make, model: SummingModel
) -> None:
    async with make().running(120, 40) as bench:
        await reviewed(bench)
        await bench.press("up", "up", "up", "up", "up", "up", "w")
        await bench.sees("keep you", "nothing at risk found")
        await bench.press("p")
        await bench.sees("pin  you")
        await bench.sees("nothing would be gained")
        before = bench.state.pending
        await bench.press("y")
        await bench.until(lambda: bench.state.pending not in ((), before))  # asked again
        await proposed(bench)
        await bench.press("n")
        await bench.until(lambda: not bench.state.pending)
        assert folds(bench) == []


async def test_the_summary_is_edited_and_accepted_then_undone_and_redone(
    make: Make, model: SummingModel
) -> None:
    async with make().running(120, 40) as bench:
        await reviewed(bench)
        await bench.press("e")
        await bench.sees("ctrl+s keeps")
        await bench.press(*["down"] * 6, "end")
        await bench.type(" Never touch config/secrets.toml, and keep MAX_RETRIES at 1,200.")
        await bench.press("ctrl+s")
        await bench.sees("it would see", "nothing at risk found")
        await bench.press("y")
        await bench.until(lambda: folds(bench))
        await bench.send("/context")
        await bench.sees("The next request, so far", "summary", "Summary of the conversation")
        await bench.press("x")
        await bench.sees("dropped since the request before", "Never touch config", "gone")
        await bench.press("n", "home", "p")
        await bench.sees("new in the last request", "pinned")
        await bench.press("p")
        await bench.misses("pinned")
        await bench.press("escape")
        await said_so(bench, "and now?")
        assert "Run the tests again. Never touch config/secrets.toml" in seen(model)
        assert "Some more words." not in seen(model)
        await bench.send("/undo compact")
        await bench.until(lambda: folds(bench)[0].undone)
        await bench.sees("compaction undone;")
        await said_so(bench, "and then?")
        assert "Some more words." in seen(model)
        await bench.send("/redo compact")
        await bench.until(lambda: not folds(bench)[0].undone)
        await said_so(bench, "and on?")
        assert "Some more words." not in seen(model)


async def test_it_is_refused_with_escape_and_nothing_changes(
    make: Make, model: SummingModel
) -> None:
    async with make().running(80, 24) as bench:
        await reviewed(bench)
        await bench.press("escape")
        await bench.until(lambda: not bench.state.pending)
        assert folds(bench) == []
        await said_so(bench, "and now?")
        assert "Never touch" in seen(model)


async def test_it_is_summed_up_anew_with_a_focus(make: Make, model: SummingModel) -> None:
    async with make().running(120, 40) as bench:
        before = await reviewed(bench)
        await bench.press("f")
        await bench.sees("What the summary is to attend to")
        await bench.type("the retries")
        await bench.press("ctrl+s")
        await bench.until(lambda: len(model.asked) == 2)
        assert "the retries" in model.asked[1].system
        await bench.until(lambda: bench.app.screen is not before and bench.asks)
        await proposed(bench)
        await bench.sees("with focus on the retries")
        await bench.press("y")
        await bench.until(lambda: folds(bench))


async def test_a_key_stops_the_clock(make: Make, model: SummingModel) -> None:
    async with make("90s").running(120, 40) as bench:
        await bench.until(lambda: bench.opened)
        await said_so(bench, FIRST)
        await said_so(bench, "Some other words. " * 600)
        bench.app.submit("Some other words. " * 800)
        await proposed(bench)
        await bench.sees("The window is nearly full", "any key stops that")
        await bench.press("down")
        await bench.until(lambda: bench.state.pending[0].held)
        await bench.misses("any key stops that")
        await bench.press("y")
        await bench.until(lambda: folds(bench))
        await bench.idle()


async def test_while_an_approval_waits_there_is_no_review(make: Make, model: SummingModel) -> None:
    bench = make()
    model.answers = [said("ok"), calls(("shell", '{"command": "touch x"}')), said("done")]
    async with bench.running(120, 40):
        await bench.until(lambda: bench.opened)
        await said_so(bench, FIRST)
        await bench.send("/mode approve")
        await bench.until(lambda: bench.state.mode == "approve")
        await bench.send("touch it")
        await bench.dialog()
        from goose_agent.commands import Compact

        bench.app.tell(Compact())
        await bench.sees("Approve")
        assert [item.subject.kind for item in bench.state.pending] == ["approval"]
        await bench.answer("y")
        await bench.until(lambda: isinstance(bench.app.screen, CompactionScreen))
        await proposed(bench)
        await bench.press("y")
        await bench.idle()
        assert len(folds(bench)) == 1


async def test_pieces_are_pinned_and_dropped_by_what_they_say(
    make: Make, model: SummingModel
) -> None:
    async with make().running(100, 30) as bench:
        for text in ("the first thing", "the second thing"):
            await bench.send(text)
            await bench.idle()
        await bench.send("/pin first thing")
        await bench.until(lambda: [edit.pinned for edit in bench.state.edits.values()] == [True])
        await bench.send("/drop second")
        await bench.until(lambda: len(bench.state.edits) == 2)
        await bench.send("/drop nowhere")
        await bench.sees("Nothing that the model sees says 'nowhere'.")
        await bench.send("third")
        await bench.until(lambda: len(model.requests) == 3)
        await bench.idle()
        assert "the second thing" not in seen(model)
        await bench.send("/pin done")  # the answer that has just come was in no request yet
        await bench.until(lambda: len(bench.state.edits) == 3)
        (answer,) = said_since(bench.state)
        assert bench.state.edits[answer.key].pinned
