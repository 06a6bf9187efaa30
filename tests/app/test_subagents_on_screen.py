"""Subagents on the screen: below their call, opened like a session, asked about in the same dialog."""

from __future__ import annotations

from pathlib import Path

import anyio

from goose_agent.providers.model import TextDelta
from goose_agent.tools.standard import standard_extensions
from support.delegating import DelegatingModel, order
from support.models import Answer, calls, said
from support.probe import Probe
from support.replays import Replay
from support.workbench import Workbench

LOOK = ("look", '{"word": "deep"}')
ACT = ("act", '{"word": "risky"}')
HOLD = ("hold", '{"word": "long"}')


def workbench(base: Path, probe: Probe, **lines: list[Answer]) -> Workbench:
    last = lines.pop("main")
    bench = Workbench(base, DelegatingModel({**lines, "": last}), mode="smart")
    bench.rig.extensions = lambda: (probe, *standard_extensions())
    return bench


async def test_an_approval_of_a_subagent_comes_to_the_same_dialog_with_its_name(
    tmp_path: Path,
) -> None:
    probe = Probe()
    bench = workbench(
        tmp_path,
        probe,
        write=[calls(ACT), said("Written.")],
        main=[calls(order("write tests")), said("Fine.")],
    )
    async with bench.running(120, 30):
        await bench.send("go")
        await bench.sees("subagent sub-1: write tests", "act")
        await bench.answer("y")
        await bench.idle()
        assert probe.ran == ["risky"]
        await bench.sees("✓ delegate  write tests", "1 call")


async def test_a_subagent_is_nested_opened_steered_and_stopped(tmp_path: Path) -> None:
    probe = Probe()
    bench = workbench(
        tmp_path,
        probe,
        dig=[calls(LOOK), Answer((TextDelta("I dig."), *calls(HOLD).pieces)), said("Never.")],
        main=[calls(order("dig a hole")), said("It was stopped.")],
    )
    async with bench.running(120, 30):
        await bench.send("go")
        await bench.sees("▸ delegate  dig a hole", "✓ look", "▸ hold", "1 agent")
        await bench.press("ctrl+x", "t", "end")
        tree = bench.app.workbench.query_one("#tool-tree")
        assert tree.has_focus
        await bench.press("home", "down", "enter")
        await bench.sees("main says", "I dig.", "sub-1: dig a hole", "back")
        await bench.misses("▌go")
        bench.app.workbench.focus_writing()
        await bench.type("be quick")
        await bench.press("enter")
        await bench.until(lambda: bench.state.agents["main/sub-1"].state.queue)
        await bench.type("/stop")
        await bench.press("enter")
        await bench.until(lambda: bench.state.agents["main/sub-1"].end == "stopped")
        await bench.press("escape")
        await bench.sees("It was stopped.", "⊘ delegate  dig a hole")
        await bench.idle()


async def test_agents_lists_files_and_who_is_at_work(tmp_path: Path) -> None:
    probe, gate = Probe(), anyio.Event()
    bench = workbench(
        tmp_path,
        probe,
        wait=[Answer((TextDelta("x"),), gate, said("").pieces[1:])],
        main=[calls(order("wait for it", background=True)), said("It waits.")],
    )
    own = tmp_path / ".goose" / "agents" / "tester.md"
    own.parent.mkdir(parents=True)
    own.write_text("---\ndescription: Writes tests.\n---\nYou test.\n", encoding="utf-8")
    async with bench.running(120, 30):
        await bench.send("go")
        await bench.sees("It waits.", "background")
        await bench.type("/agents")
        await bench.press("enter")
        await bench.sees("sub-1", "wait for it", "tester", "Writes tests.")
        await bench.press("escape")
        gate.set()
        await bench.sees("subagent sub-1 is done: wait for it")


async def test_a_replay_shows_a_subagent_and_its_conversation(tmp_path: Path) -> None:
    bench = workbench(
        tmp_path,
        Probe(),
        dig=[calls(LOOK), said("It is deep.")],
        main=[calls(order("dig a hole")), said("Deep, I hear.")],
    )
    async with bench.running(120, 30):
        await bench.send("go")
        await bench.idle()
        await bench.leave()
    record = bench.rig.places.sessions / f"{bench.state.session_id}.db"
    async with Replay(record).running(120, 30) as replay:
        await replay.sees("✓ delegate  dig a hole", "Deep, I hear.")
        child = replay.screen.recording.state_at(10**9).agents["main/sub-1"]
        (key,) = child.state.calls
        found = child.state.call(key)
        replay.screen.go_to(found.result_seq)
        await replay.sees("sub-1  tool.finished  ok", "▸ delegate  dig a hole", "✓ look")
        await replay.press("y")
        await replay.sees("Why: look deep")
        await replay.press("escape", "c")
        await replay.sees("Request #", "dig a hole")
        await replay.press("escape")
        replay.screen.show_agent("main/sub-1")
        await replay.sees("main says")
        await replay.press("escape")
        await replay.misses("main says")
