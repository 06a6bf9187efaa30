"""However busy the session is, keys are heard at once, and Escape stops all that runs."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from textual.events import Key

from goose_agent.providers.model import TextDelta
from support.models import Answer, FakeModel, calls
from support.workbench import Workbench

# It makes the very processes that are to be caught; macOS ships without it.
needs_setsid = pytest.mark.skipif(shutil.which("setsid") is None, reason="needs setsid")

FAMILY = """
trap '' TERM
(sleep 600 & echo $! >> pids)
setsid bash -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 0.05; done' &
(setsid bash -c '(setsid sleep 601 & echo $! >> pids)' &)
env -i setsid sleep 602 & echo $! >> pids
while [ "$(wc -l < pids)" -lt 4 ]; do sleep 0.01; done
echo $$ >> pids
while :; do sleep 0.05; done
"""


def running(command: str) -> FakeModel:
    return FakeModel([calls(("shell", json.dumps({"command": command})))])


def alive(number: str) -> bool:
    try:
        stat = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


async def seconds_from_key(bench: Workbench, key: Key, until: Callable[[], object]) -> float:
    """From a key to what it brings about."""
    pressed = anyio.current_time()
    bench.app.post_message(key)
    with anyio.fail_after(10):
        while not until():
            await anyio.lowlevel.checkpoint()
    return anyio.current_time() - pressed


@needs_setsid
async def test_escape_ends_a_command_with_all_that_it_started(home: Path) -> None:
    bench = Workbench(home, running(FAMILY), mode="auto")
    pids = bench.folder / "pids"
    async with bench.running():
        await bench.send("go")
        await bench.until(lambda: pids.exists() and pids.read_text("utf-8").count("\n") == 5)
        numbers = pids.read_text("utf-8").split()
        took = await seconds_from_key(
            bench, Key("escape", None), lambda: not any(map(alive, numbers))
        )
        left = [number for number in numbers if alive(number)]
        for number in left:
            os.kill(int(number), signal.SIGKILL)
        assert (left, took < 2.5) == ([], True)
        await bench.idle()


async def test_escape_stops_an_answer_within_a_tenth_of_a_second(home: Path) -> None:
    model = FakeModel([Answer((TextDelta("and so"),), anyio.Event()) for _ in range(3)])
    took = []
    async with Workbench(home, model).running() as bench:
        for turn in range(3):
            await bench.send("go")
            await bench.until(lambda turn=turn: len(bench.answers) > turn)  # type: ignore[misc] # a lambda with defaults
            took.append(
                await seconds_from_key(
                    bench,
                    Key("escape", None),
                    lambda turn=turn: model.left_early > turn,  # type: ignore[misc] # a lambda with defaults
                )
            )
            await bench.idle()
    assert min(took) < 0.1  # the others may have waited for the machine


async def test_while_output_floods_a_key_is_heard_within_a_tenth_of_a_second(home: Path) -> None:
    took = []
    async with Workbench(home, running("yes"), mode="auto").running() as bench:
        await bench.send("go")
        await bench.until(lambda: bench.app.bridge.sessions[bench.state.session_id].live.tails)
        for letter in "abcdef":
            key = Key(letter, letter)
            took.append(
                await seconds_from_key(bench, key, lambda key=key: bench.draft.endswith(key.key))  # type: ignore[misc] # a lambda with defaults
            )
        assert bench.draft == "abcdef"
        await bench.press("escape")
        await bench.idle()
    assert sorted(took)[1] < 0.1
