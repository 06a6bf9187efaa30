"""Commands in the background: started there or moved, looked after, and gone with the session."""

from __future__ import annotations

import json
import os
from pathlib import Path

import anyio
import pytest

from goose_agent.commands import ListProcesses, MoveToBackground, StopProcess
from support.engine import Face, Rig
from support.models import FakeModel, calls, said

TALKS = "echo begun; echo $$ > number; while true; do sleep 0.05; done"


async def do(face: Face, model: FakeModel, tool: str, **arguments: object) -> str:
    done = [said("done.")] * len(model.requests)
    model.answers = [*done, calls((tool, json.dumps(arguments)))]
    await face.ask("do it")
    return str(face.data("tool.finished")[-1].text)


def alive(file: Path) -> bool:
    """Whether the process runs whose number a file holds."""
    try:
        os.kill(int(file.read_text(encoding="utf-8")), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def number(rig: Rig) -> Path:
    return rig.folder / "number"


async def test_a_command_in_the_background_is_listed_read_and_stopped(
    rig: Rig, model: FakeModel, number: Path
) -> None:
    async with rig.session() as face:
        text = await do(face, model, "shell", command=TALKS, background=True)
        assert text.startswith("begun\n[it runs on in the background as bg-1")
        assert alive(number)
        assert "bg-1  running" in await do(face, model, "processes", action="list")
        assert (await do(face, model, "processes", action="logs", id="bg-1")).endswith("begun")
        text = await do(face, model, "processes", action="stop", id="bg-1")
        assert text.startswith("bg-1 stopped") and not alive(number)
        assert "no background command" in await do(face, model, "processes", action="logs", id="x")


async def test_the_tool_for_them_is_offered_once_there_is_one(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        await do(face, model, "shell", command="sleep 60", background=True)
        offered = [{tool.name for tool in request.tools} for request in model.requests]
        assert ["processes" in names for names in offered] == [False, True]


async def test_one_that_ends_at_once_is_told_as_any_other(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        text = await do(face, model, "shell", command="echo no; exit 3", background=True)
        assert text == "no\n[exit code 3]"


async def test_its_end_is_told_to_the_person(rig: Rig, model: FakeModel) -> None:
    async with rig.session() as face:
        command = "while [ ! -e go ]; do sleep 0.02; done; exit 4"
        await do(face, model, "shell", command=command, background=True)
        rig.write("go", "")
        await face.until(lambda: face.data("notice"))
        assert face.data("notice")[0].text.endswith("ended with exit code 4")


async def test_a_running_command_is_moved_there_by_the_person(
    rig: Rig, model: FakeModel, number: Path
) -> None:
    model.answers = [calls(("shell", json.dumps({"command": TALKS})))]
    async with rig.session() as face:
        await face.submit("go")
        await face.until(lambda: face.data("tool.progress"))
        await face.tell(MoveToBackground())
        await face.idle()
        (result,) = face.data("tool.finished")
        assert (result.outcome, "bg-1" in result.text) == ("ok", True)
        assert alive(number)
        await face.tell(ListProcesses())
        await face.until(lambda: face.data("processes.listed"))
        (listed,) = face.data("processes.listed")[0].processes
        assert (listed.process_id, listed.words, listed.tail) == ("bg-1", "running", "begun\n")
        await face.tell(StopProcess("bg-1"))
        await face.until(lambda: len(face.data("processes.listed")) == 2)
        assert not alive(number)


async def test_the_end_of_the_session_stops_all_of_them(
    rig: Rig, model: FakeModel, number: Path
) -> None:
    async with rig.session() as face:
        await do(face, model, "shell", command=TALKS, background=True)
        assert alive(number)
        await face.leave()
        with anyio.fail_after(5):
            while alive(number):  # noqa: ASYNC110 (nobody tells of the end of a process)
                await anyio.sleep(0.02)
