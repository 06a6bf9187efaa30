"""Programs that never stop writing: the memory stays small, the session answers, the count is true."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goose_agent.commands import Interrupt, SetMode
from goose_agent.events import ToolFinished
from support.engine import Face, Rig
from support.models import FakeModel, calls

RESET = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
# Only Linux lets a process forget its peak: elsewhere there is nothing to compare with.
needs_peak = pytest.mark.skipif(not RESET.exists(), reason="needs the peak of memory from /proc")

ROOM = 64 * 2**20
"""Bytes by which the memory may grow."""


def memory(name: str) -> int:
    """Bytes: `VmRSS` now, `VmHWM` at the most since the last reset."""
    lines = STATUS.read_text(encoding="utf-8").splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def forget_peak() -> None:
    RESET.write_text("5", encoding="ascii")


def command(text: str) -> str:
    return json.dumps({"command": text})


def finished(face: Face) -> ToolFinished:
    data = face.data("tool.finished")[-1]
    assert isinstance(data, ToolFinished)
    return data


@needs_peak
@pytest.mark.parametrize(
    "program",
    [
        "head -c 300000000 /dev/zero | tr '\\0' x",
        "yes | head -c 300000000",
        "head -c 300000000 /dev/zero",
    ],
    ids=["one line", "many lines", "no text"],
)
async def test_huge_output_takes_little_memory_and_is_counted(
    rig: Rig, model: FakeModel, program: str
) -> None:
    model.answers = [calls(("shell", command("echo warm"))), calls(("shell", command(program)))]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: face.data("tool.finished"))
        before = memory("VmRSS")
        forget_peak()
        await face.idle()
        assert memory("VmHWM") - before < ROOM
        assert finished(face).total == 300_000_000
        assert len(finished(face).text) < 60_000


async def test_while_output_floods_a_person_is_heard(rig: Rig, model: FakeModel) -> None:
    model.answers = [calls(("shell", command("yes")))]
    async with rig.session() as face:
        clock = rig.world.clock
        await face.submit("go")
        await face.until(lambda: face.data("tool.progress"))
        asked = clock.mono()
        await face.tell(SetMode("edits"))
        await face.until(lambda: face.state.mode == "edits")
        assert clock.mono() - asked < 0.5
        asked = clock.mono()
        await face.tell(Interrupt())
        await face.idle()
        assert clock.mono() - asked < 2.5
        assert finished(face).outcome == "cancelled"
        assert finished(face).total >= 4096
        assert "Its output ended so:\ny\ny" in finished(face).text
