"""Pictures of the screen: what it looks like is what somebody accepted.

After a change of looks: `pytest tests/snapshots --snapshot-update`, and look at what changed.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from goose_agent.clock import SteppingClock
from goose_agent.commands import SetBreakpoint
from goose_agent.wire import Open
from goose_tui.theme_shelf import shelf
from support.album import Album
from support.pictures import png
from support.scenes import Scene
from support.workbench import Workbench, script


async def test_a_piece_of_work(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    async with scene.running(120, 40) as bench:
        await scene.ask()
        await album.add(bench, "command-120")
        await bench.resize(80, 24)
        await album.add(bench, "command-80")
        await bench.resize(120, 40)
        await scene.see_it_fail()
        await album.add(bench, "diff-120")
        await bench.resize(200, 60)
        await album.add(bench, "diff-200")
        await bench.resize(80, 24)
        await album.add(bench, "diff-80")
        await bench.press("v")
        await album.add(bench, "folded-80")
        await bench.press("v")
        await bench.resize(120, 40)
        await scene.mend_it()
        await album.add(bench, "busy-120")
        await bench.resize(200, 60)
        await album.add(bench, "busy-200")
        await bench.resize(80, 24)
        await album.add(bench, "busy-80")
        await bench.press("ctrl+x", "t")
        await album.add(bench, "overlay-80")
        await bench.press("escape")
        await bench.resize(120, 40)
        await scene.finish()
        await album.add(bench, "done-120")
        await bench.press("ctrl+x", "t", "home", "down", "down", "down", "enter")
        await album.add(bench, "detail-120")
        await bench.press("escape", "ctrl+x", "d")
        await bench.sees("Changes of this session")
        await album.add(bench, "changes-120")
        await bench.resize(80, 24)
        await album.add(bench, "changes-80")
    assert not album.different


async def test_every_theme(album: Album, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    async with scene.running(120, 40) as bench:
        await scene.ask()
        await scene.see_it_fail()
        await scene.mend_it()
        for name in shelf().themes:
            bench.app.use_theme(name)
            await album.add(bench, name)
    assert not album.different


async def test_a_new_session(album: Album, tmp_path: Path) -> None:
    clock = SteppingClock()
    before = Workbench(tmp_path, clock=clock, project="shoplist")
    async with before.running():
        await before.send("add a flag that prints the receipt as JSON")
        await before.idle()
    later = SteppingClock(clock.start + timedelta(days=3))
    scene = Scene(tmp_path, clock=later)
    async with scene.running(120, 40) as bench:
        await album.add(bench, "welcome-120")
        await bench.resize(80, 24)
        await album.add(bench, "welcome-80")
        await bench.press("f1")
        await album.add(bench, "keys-80")
        await bench.resize(120, 40)
        await album.add(bench, "keys-120")
        await bench.press("escape", "ctrl+x")
        await album.add(bench, "chord-120")
        await bench.press("h")
        await album.add(bench, "themes-120")
        await bench.press("escape", "ctrl+p")
        await album.add(bench, "palette-120")
        await bench.press("escape")
        await bench.type("/")
        await bench.press("down", "down")
        await album.add(bench, "commands-120")
        await bench.resize(80, 24)
        await album.add(bench, "commands-80")
    assert not album.different


async def test_no_model(album: Album, tmp_path: Path) -> None:
    nobody = {"OLLAMA_HOST": "127.0.0.1:1"}
    bench = Workbench(tmp_path, open_word=Open(str(tmp_path)), environ=nobody)
    async with bench.running(80, 24):
        await bench.sees("Anthropic")
        await album.add(bench, "onboarding-80")
        await bench.press("down", "enter")
        await bench.sees("Key (ANTHROPIC_API_KEY)")
        await bench.type("hush")
        await album.add(bench, "provider-80")
        await bench.press("escape")
        await bench.resize(120, 40)
        await album.add(bench, "onboarding-120")
    assert not album.different


async def test_what_went_wrong(album: Album, tmp_path: Path) -> None:
    model = script(
        """
        - usage: {input_tokens: 2100, output_tokens: 90}
          calls:
          - {tool: shell, arguments: {command: rm -r build}}
          - {tool: ask_user, arguments: {question: "Which list?", choices: [mine, yours]}}
        - usage: {input_tokens: 2300, output_tokens: 60}
          calls: [{tool: read, arguments: {path: nowhere.txt}}, {tool: dance}]
        - text: Half of
          error: {kind: auth, message: The key was refused., hint: Set OPENAI_API_KEY., after: 2}
        """
    )
    async with Scene(tmp_path, model=model).running(100, 30) as bench:
        await bench.send("Throw the build away.")
        await bench.dialog()
        await bench.press("r")
        await bench.type("it takes an hour to make")
        await album.add(bench, "reason-100")
        await bench.press("enter")
        await bench.sees("The agent asks")
        await album.add(bench, "question-100")
        await bench.answer("2", "enter")
        await bench.sees("The key was refused.")
        await album.add(bench, "failed-100")
    assert not album.different


async def test_a_plan(album: Album, tmp_path: Path) -> None:
    model = script(
        """
        - usage: {input_tokens: 2100, output_tokens: 90}
          text: I read the code.
          calls:
          - tool: present_plan
            arguments:
              plan: |
                ## Totals with two decimals

                1. In `shoplist/total.py` let **`total`** round as prices are written.
                2. Add a case to `tests/test_total.py`.
                3. Run `pytest -q`.

                | price | count | total |
                |---|---:|---:|
                | 0.10 | 3 | 0.30 |
        """
    )
    async with Scene(tmp_path, model=model).running(120, 40) as bench:
        for mode in ("edits", "plan"):
            await bench.press("shift+tab")
            await bench.until(lambda mode=mode: bench.state.mode == mode)  # type: ignore[misc] # a default binds it
        await bench.send("Make the totals exact.")
        await bench.dialog()
        await album.add(bench, "plan-120")
        await bench.resize(80, 24)
        await bench.press("r")
        await album.add(bench, "plan-revised-80")
    assert not album.different


async def test_stepping(album: Album, tmp_path: Path) -> None:
    model = script(
        """
        - usage: {input_tokens: 2100, output_tokens: 90}
          text: I look at the total first.
          calls:
          - {tool: read, arguments: {path: shoplist/total.py}}
          - {tool: shell, arguments: {command: git log --oneline -5 -- shoplist/total.py}}
        - text: So it is.
        """
    )
    async with Scene(tmp_path, model=model).running(160, 50) as bench:
        await bench.send("/step")
        bench.app.tell(SetBreakpoint('tool == shell and argv[0] == "git"'))
        await bench.until(lambda: bench.state.debugging.breakpoints)
        await bench.send("Why is the discount wrong? Look at the history of the file, too.")
        await bench.until(lambda: bench.paused and bench.app.workbench.steps_taken)
        await album.add(bench, "paused-160")
        await bench.resize(80, 24)
        await album.add(bench, "paused-80")
        await bench.press("w")
        await bench.sees("breakpoint tool == shell")
        await album.add(bench, "breakpoint-80")
        await bench.resize(160, 50)
        await album.add(bench, "breakpoint-160")
        await bench.press("b", "escape")
        await bench.sees("1 hit")
        await album.add(bench, "breaks-160")
        await bench.press("escape", "e", "p", "up", "d", "up", "up", "d")
        await bench.sees("dropped")
        await bench.sees("pinned")
        await album.add(bench, "request-160")
        await bench.resize(80, 24)
        await album.add(bench, "request-80")
        await bench.press("escape", "x")
        await bench.idle()
    assert not album.different


async def test_files_and_pictures(album: Album, tmp_path: Path) -> None:
    model = script(
        """
        - usage: {input_tokens: 3400, output_tokens: 40}
          text: The total on it is cut off. I look at the other one.
          calls: [{tool: read, arguments: {path: after.png}}]
        - usage: {input_tokens: 4800, output_tokens: 60}
          text: On `after.png` the whole total can be read.
        """
    )
    scene = Scene(tmp_path, model=model)
    async with scene.running(100, 30) as bench:
        (bench.folder / "before.png").write_bytes(png(1200, 800, size=84_000))
        (bench.folder / "after.png").write_bytes(png(1280, 800, size=1_310_000))
        await bench.type("What is wrong on @before.png with @re")
        await bench.sees("@shoplist/receipt.py")
        await bench.press("down")
        await album.add(bench, "mention-100")
        await bench.resize(80, 24)
        await album.add(bench, "mention-80")
        await bench.press("tab")
        await bench.press("enter")
        await bench.sees("the whole total can be read")
        await album.add(bench, "pictures-80")
        await bench.resize(100, 30)
        await album.add(bench, "pictures-100")
    assert not album.different
