"""Programs are started by a helper that waits for them, and find no trace of it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from goose_agent.tools.starter import Starter

BASH = shutil.which("bash") or "/bin/sh"
LOOK = "echo $$; pwd; cat; echo $(ls /proc/self/fd); exec env -0 -u _ -u SHLVL -u PWD"


@pytest.fixture
def starter() -> Iterator[Starter]:
    made = Starter()
    yield made
    made.close()


async def put_out(
    starter: Starter, folder: Path, command: str, environ: dict[str, str] | None = None
) -> str:
    given = {"PATH": os.environ["PATH"]} if environ is None else environ
    started = await starter.start((BASH, "-c", command), folder, given)
    with os.fdopen(started.output, "rb") as output, anyio.fail_after(10):
        text = await anyio.to_thread.run_sync(output.read)
        await anyio.to_thread.run_sync(started.process.wait)
    return text.decode("utf-8", "surrogateescape")


def children() -> set[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return {int(word) for path in lists for word in path.read_text(encoding="ascii").split()}


async def the_one_that_waits(starter: Starter) -> int:
    before = children()
    await starter.prepare()
    (helper,) = children() - before
    return helper


async def test_the_helper_becomes_the_program_and_nothing_of_it_is_left(
    starter: Starter, tmp_path: Path
) -> None:
    environ = {"PATH": os.environ["PATH"], "ODD": "a=b\udcff\nc", "EMPTY": ""}
    for ready in (True, False):
        helper = await the_one_that_waits(starter) if ready else 0
        told = await put_out(starter, tmp_path, LOOK, environ)
        number, folder, descriptors, variables = told.split("\n", 3)
        assert helper in (0, int(number))
        # The fourth is that of the program that lists them.
        assert (folder, descriptors) == (str(tmp_path), "0 1 2 3")
        expected = sorted(f"{name}={value}" for name, value in environ.items())
        assert sorted(variables.rstrip("\0").split("\0")) == expected


async def test_of_calls_at_the_same_time_only_one_makes_a_helper(starter: Starter) -> None:
    before = children()
    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(starter.prepare)
    assert len(children() - before) == 1


async def test_a_helper_that_nobody_waits_for_any_more_is_made_and_let_go_of_all_the_same() -> None:
    before = children()
    for _ in range(20):
        starter = Starter()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(starter.prepare)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        starter.close()
    with anyio.fail_after(10):
        while children() != before:
            await anyio.lowlevel.checkpoint()


async def test_the_helper_knows_none_of_our_variables(
    starter: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    helper = await the_one_that_waits(starter)
    assert b"secret" not in await anyio.Path(f"/proc/{helper}/environ").read_bytes()


async def test_a_helper_that_somebody_killed_is_not_missed(
    starter: Starter, tmp_path: Path
) -> None:
    helper = await the_one_that_waits(starter)
    os.kill(helper, signal.SIGKILL)
    await anyio.to_thread.run_sync(os.waitid, os.P_PID, helper, os.WEXITED | os.WNOWAIT)
    assert await put_out(starter, tmp_path, "echo here") == "here\n"


@pytest.mark.parametrize("ready", [True, False])
async def test_what_cannot_be_started_says_why_and_leaves_nothing(
    starter: Starter, tmp_path: Path, ready: bool
) -> None:
    before = children(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (as cheap as can be)
    for program, folder, error in (
        (("/no/such/program",), tmp_path, FileNotFoundError),
        ((BASH, "-c", "true"), tmp_path / "gone", FileNotFoundError),
        ((str(tmp_path),), tmp_path, PermissionError),
        ((BASH, "-c", "x" * 2**20), tmp_path, OSError),
    ):
        if ready:
            await starter.prepare()
        with pytest.raises(error):
            await starter.start(program, folder, {})
    assert (children(), len(os.listdir("/proc/self/fd"))) == before  # noqa: PTH208


async def test_a_starter_that_is_closed_or_forgotten_lets_go_of_its_helper() -> None:
    before = children()
    for forget in (True, False):
        starter = Starter()
        await the_one_that_waits(starter)
        if not forget:
            starter.close()
        del starter
        assert children() == before
