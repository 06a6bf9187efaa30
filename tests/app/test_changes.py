"""The files that a session changed, on the screen."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.workbench import Workbench, script

WORK = script(
    """
    - calls:
      - {tool: edit, arguments: {path: long.txt, old: "line 3\\n", new: "three\\n"}}
      - {tool: edit, arguments: {path: long.txt, old: "line 30\\n", new: "thirty\\n"}}
    - calls: [{tool: shell, arguments: {command: "echo hello > new.txt"}}]
    - text: Done.
    - calls: [{tool: edit, arguments: {path: new.txt, old: hello, new: goodbye}}]
    - text: Done again.
    """
)
LINES = [f"line {number}\n" for number in range(40)]


def repository(bench: Workbench) -> Path:
    folder = bench.folder
    folder.mkdir(exist_ok=True)
    (folder / "long.txt").write_text("".join(LINES))
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    for words in (("init", "-qb", "main"), ("add", "-A"), (*who, "commit", "-qm", "Begin")):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return folder


async def test_changes_are_seen_and_taken_back_piece_by_piece(home: Path) -> None:
    bench = Workbench(home, WORK, mode="auto")
    folder = repository(bench)
    async with bench.running(110, 40):
        await bench.send("go")
        await bench.idle()
        await bench.press("ctrl+x", "d")
        await bench.sees("Changes of this session · 2 files +3 -2")
        await bench.sees("A new.txt")
        await bench.press("down", "r")
        await bench.sees("r again takes these lines back")
        await bench.press("r")
        await bench.sees("+2 -1")
        lines = [*LINES]
        lines[30] = "thirty\n"
        assert (folder / "long.txt").read_text() == "".join(lines)
        await bench.press("end", "r", "r")
        await bench.sees("1 file +1 -1")
        assert not (folder / "new.txt").exists()


async def test_a_question_about_taking_back_is_dropped_with_escape(home: Path) -> None:
    bench = Workbench(home, WORK, mode="auto")
    folder = repository(bench)
    async with bench.running(110, 40):
        await bench.send("go")
        await bench.idle()
        await bench.send("/diff")
        await bench.sees("2 files")
        await bench.press("r")
        await bench.sees("r again takes the whole file back")
        await bench.press("escape")
        await bench.sees("enter folds")
        assert "three" in (folder / "long.txt").read_text()
        await bench.press("escape")
        await bench.until(lambda: bench.app.screen is bench.app.workbench)


async def test_only_the_last_turn_is_shown_where_that_is_wanted(home: Path) -> None:
    bench = Workbench(home, WORK, mode="auto")
    repository(bench)
    async with bench.running(110, 40):
        await bench.send("go")
        await bench.idle()
        await bench.send("/diff")
        await bench.sees("Changes of this session")
        await bench.press("escape")
        await bench.send("and again")
        await bench.until(lambda: bench.answers[-1:] == ["Done again."])
        await bench.idle()
        await bench.send("/diff")
        await bench.press("t")
        await bench.sees("Changes of this turn · 1 file +1 -1")
        await bench.sees("goodbye")


async def test_nothing_changed_is_said(home: Path) -> None:
    async with Workbench(home).running() as bench:
        await bench.send("/diff")
        await bench.sees("Nothing was changed in this session.")


async def test_what_something_else_changed_is_marked_and_kept(home: Path) -> None:
    bench = Workbench(home, WORK, mode="auto")
    folder = repository(bench)
    async with bench.running(110, 40):
        await bench.send("go")
        await bench.idle()
        (folder / "long.txt").write_text("mine\n")
        await bench.send("/diff")
        await bench.sees("changed since by something else")
        await bench.press("r", "r")
        assert (folder / "long.txt").read_text() == "mine\n"
