"""Hint files on the full screen and in lines."""

from __future__ import annotations

from pathlib import Path

from app.plain.test_piped import TWO, run
from goose_tui.screens.hints import HintsScreen
from goose_tui.screens.text import TextScreen
from support.models import FakeModel, said
from support.workbench import Workbench


async def test_hint_files_are_listed_read_and_switched(home: Path) -> None:
    bench = Workbench(home, FakeModel([said("One."), said("Two.")]), mode="auto")
    bench.folder.mkdir(parents=True, exist_ok=True)
    (bench.folder / "AGENTS.md").write_text("Use tabs.\u202e @style.md @.env")
    (bench.folder / "style.md").write_text("Short names.")
    (bench.folder / ".env").write_text("KEY=1")
    async with bench.running():
        await bench.send("/hints")
        await bench.until(lambda: isinstance(bench.app.screen, HintsScreen))
        await bench.sees(
            "✓ AGENTS.md", "project", "on", "imports style.md", "cannot import .env: it looks like"
        )
        assert "\u202e" not in bench.screen_text()
        await bench.press("enter")
        await bench.until(lambda: isinstance(bench.app.screen, TextScreen))
        await bench.sees("Short names.")
        await bench.press("escape", "t")
        await bench.sees("○ AGENTS.md")
        await bench.press("escape")
        await bench.send("go")
        await bench.idle()
        await bench.sees("▸ hints AGENTS.md")
        await bench.send("/request")
        await bench.sees("hints", "now", "dropped")


async def test_without_hint_files_it_is_said_how_to_have_some(home: Path) -> None:
    bench = Workbench(home, FakeModel([]))
    async with bench.running():
        await bench.send("/hints")
        await bench.sees("There are none. Write AGENTS.md")
        await bench.press("escape")
        await bench.until(lambda: not isinstance(bench.app.screen, HintsScreen))


def test_hint_files_are_listed_and_switched_in_lines(tmp_path: Path) -> None:
    (tmp_path / "AGENTS.md").write_text("Use tabs.")
    done = run(tmp_path, TWO, "/hints\n/hints off 1\n/hints off 9\n/hints up\n/exit")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    at = lines.index("Hints")
    assert lines[at + 1 : at + 3] == [
        "1 AGENTS.md: project, 9 B, on",
        "Switch one with /hints on or off and its number.",
    ]
    assert "1 AGENTS.md: project, 9 B, off" in lines
    assert any("There is no hint file 9" in line for line in lines)
    assert any("on or off, and the number" in line for line in lines)
