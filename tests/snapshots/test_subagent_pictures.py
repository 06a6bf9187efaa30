"""Pictures of subagents: nested in the tree, opened, and asking."""

from __future__ import annotations

import json
from pathlib import Path

import anyio

from goose_agent.messages import Usage
from goose_agent.providers.model import AnswerEnd, ModelInfo, TextDelta, UsageReport
from goose_agent.state.session_state import Agent, SessionState
from support.album import Album
from support.delegating import DelegatingModel, order
from support.models import Answer, call
from support.scenes import Scene

WINDOW = ModelInfo("scripted/model", window=200_000, input_price=3.0, output_price=15.0)
FINDER = """\
---
name: finder
description: Looks for like mistakes.
---
You look for mistakes of one kind, everywhere.
"""


def speaks(
    text: str, *wanted: tuple[str, str], used: int, gate: anyio.Event | None = None
) -> Answer:
    """An answer of so many tokens; with a gate it goes on once that is open."""
    end = (UsageReport(Usage(used, 120)), AnswerEnd("tool_calls" if wanted else "stop"))
    pieces = [TextDelta(text)]
    made = [piece for at, each in enumerate(wanted) for piece in call(at, *each)]
    if gate is not None:
        return Answer(pieces, gate, (*made, *end))
    return Answer((*pieces, *made, *end))


def deepest(state: SessionState) -> list[Agent]:
    """Those who have nobody work for them."""
    return [state.agents[path] for path in ("main/sub-1", "main/sub-2/sub-1")]


async def test_subagents(album: Album, tmp_path: Path) -> None:
    searched, asked = anyio.Event(), anyio.Event()
    read = ("read", json.dumps({"path": "shoplist/total.py"}))
    grep = ("grep", json.dumps({"pattern": "count >", "path": "shoplist"}))
    shell = ("shell", json.dumps({"command": "python3 check.py"}))
    model = DelegatingModel(
        {
            "Look for": [
                speaks("I look where bounds are compared.", grep, used=2400),
                speaks("There is one more in `receipt.py`: I", used=3100, gate=searched),
            ],
            "List the": [
                speaks("The bound first.", read, used=2200),
                speaks("Nine, ten and eleven", used=2900, gate=asked),
            ],
            "Write a": [
                speaks("What is to be tested?", order("List the cases at the bound"), used=2300),
                speaks("Now I see it fail.", shell, used=3300),
                speaks("Written.", used=3500),
            ],
            "": [
                speaks(
                    "Two can work on that beside me.",
                    order(
                        "Look for other bounds that leave one out", agent="finder", background=True
                    ),
                    order("Write a test for ten apples"),
                    used=5200,
                ),
                speaks("Both are done.", used=5600),
            ],
        },
        info=WINDOW,
    )
    scene = Scene(tmp_path, model=model)
    own = tmp_path / ".claude" / "agents" / "finder.md"
    own.parent.mkdir(parents=True)
    own.write_text(FINDER, encoding="utf-8")
    async with scene.running(120, 32) as bench:
        await bench.send("Ten apples cost too much. Mend it, with a test.")
        await bench.sees("Look for", "▸ delegate  List", "✓ read", "✓ grep", "3 agents")
        await bench.until(
            lambda: all(agent.state.phase == "answering" for agent in deepest(bench.state))
        )
        await scene.pass_time(9)
        await album.add(bench, "nested-120")
        await bench.resize(160, 40)
        await album.add(bench, "nested-160")
        await bench.resize(120, 32)
        bench.app.workbench.show_agent("main/sub-2/sub-1")
        await bench.sees("Nine, ten and eleven", "sub-2/sub-1")
        await album.add(bench, "opened-120")
        await bench.press("escape", "escape")
        await bench.sees("Two can work on that")
        asked.set()
        await bench.dialog()
        await album.add(bench, "asks-120")
        await bench.resize(80, 24)
        await album.add(bench, "asks-80")
        await bench.resize(120, 32)
        await bench.answer("y")
        await bench.sees("Both are done.")
        searched.set()
        await bench.sees("is done: Look for other bounds")
        await bench.idle()
        await album.add(bench, "ended-120")
    assert not album.different
