"""A command that ran when the program ended waits for a word on the screen."""

from __future__ import annotations

from pathlib import Path

from support.cut_off import cut_off_session
from support.workbench import MODEL, Workbench, script

SEEN = "- text: Never said.\n- text: Then I look first."


def bench_at(home: Path) -> Workbench:
    (home / "work").mkdir()
    session = cut_off_session(home, home / "work", MODEL, "echo once >> ran.txt")
    return Workbench(home, script(SEEN), resume=session)


async def test_a_call_that_was_cut_off_is_asked_about_and_can_be_skipped(home: Path) -> None:
    async with bench_at(home).running() as bench:
        await bench.sees("A call was cut off", "nobody knows how far", "echo once >> ran.txt")
        await bench.sees("1  Run it again", "2  Skip it", "what the model is to read")
        await bench.dialog()
        await bench.press("2", "enter")
        await bench.sees("Then I look first.")
        assert [call.state for call in bench.calls] == ["unknown"]
        assert not (bench.folder / "ran.txt").exists()


async def test_run_again_it_is_approved_like_any_other_call(home: Path) -> None:
    async with bench_at(home).running() as bench:
        await bench.dialog()
        await bench.press("1", "enter")
        await bench.sees("Approve")
        assert not (bench.folder / "ran.txt").exists()
        await bench.answer("y")
        await bench.sees("Then I look first.")
        assert (bench.folder / "ran.txt").read_text(encoding="utf-8") == "once\n"


async def test_words_in_the_place_of_its_result_reach_the_model(home: Path) -> None:
    async with bench_at(home).running() as bench:
        await bench.dialog()
        await bench.type("it had run")
        await bench.press("enter")
        await bench.sees("Then I look first.")
        assert [call.result for call in bench.calls] == ["it had run"]
