from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from agent.tools.running_call import RunningCall
from goose_agent.tools import process
from goose_agent.tools.output import Capture
from goose_agent.tools.process_tree import ProcessTree
from goose_agent.tools.starter import Starter

# The tests look there for processes that survived; other systems have no such list.
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
# It makes the very processes that are to be caught; macOS ships without it.
needs_setsid = pytest.mark.skipif(shutil.which("setsid") is None, reason="needs setsid")


BASH = shutil.which("bash") or "/bin/sh"


def quiet(tail: str, total: int) -> None:
    """Nobody watches."""


async def run(
    call: RunningCall,
    command: str,
    seconds: float = 20,
    capture: Capture | None = None,
    progress: Callable[[str, int], None] = quiet,
) -> tuple[process.Ended, Capture]:
    kept = capture or Capture()
    starter = Starter()
    try:
        ended = await process.run(
            (BASH, "-c", command),
            folder=call.folder,
            environ=call.environ,
            seconds=seconds,
            capture=kept,
            progress=progress,
            starter=starter,
        )
    finally:
        starter.close()
    return ended, kept


def alive(number: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def content(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


async def written(path: Path, end: str) -> str:
    """The content of a file, as soon as it ends so."""
    with anyio.fail_after(10):
        while not (text := content(path)).endswith(end):
            await anyio.lowlevel.checkpoint()
    return text


def start(program: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(program, start_new_session=True)


def children() -> list[str]:
    return [
        number
        for path in Path("/proc/self/task").glob("*/children")
        for number in content(path).split()
    ]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_output_and_errors_come_in_the_order_in_which_they_were_written(
    call: RunningCall,
) -> None:
    ended, capture = await run(call, "echo one; echo two >&2; echo three; exit 3")
    assert ended == process.Ended(3)
    assert capture.content() == b"one\ntwo\nthree\n"


async def test_a_program_that_waits_for_input_gets_none(call: RunningCall) -> None:
    ended, capture = await run(call, "cat; read -r line || echo no input")
    assert (ended.exit_code, capture.content()) == (0, b"no input\n")


async def test_there_is_no_terminal_to_ask_at(call: RunningCall) -> None:
    ended, _ = await run(call, "exec 3</dev/tty")
    assert ended.exit_code == 1


async def test_a_signal_is_told_as_a_shell_tells_it(call: RunningCall) -> None:
    ended, _ = await run(call, "kill -KILL $$")
    assert ended.exit_code == 137


async def test_a_program_that_cannot_be_started_says_so(call: RunningCall) -> None:
    with pytest.raises(FileNotFoundError):
        await process.run(
            ("/no/such/program",),
            folder=call.folder,
            environ={},
            seconds=1,
            capture=Capture(),
            progress=quiet,
        )


async def test_progress_is_told_while_the_program_runs(call: RunningCall) -> None:
    go_on = call.folder / "go-on"

    def progress(tail: str, total: int) -> None:
        call.progress(tail, total)
        go_on.touch()

    command = "echo working; until [ -e go-on ]; do :; done; echo finished"
    with anyio.fail_after(10):
        await run(call, command, progress=progress)
    assert call.tails[0] == ("working", 8)
    assert call.tails[-1] == ("working\nfinished", 17)


async def test_progress_is_told_seldom_however_much_comes(call: RunningCall) -> None:
    started = time.monotonic()
    _, capture = await run(
        call, "head -c 30000000 /dev/zero | tr '\\0' 'x'", progress=call.progress
    )
    assert capture.total == 30_000_000
    assert len(call.tails) <= (time.monotonic() - started) * 15 + 3


async def test_endless_output_is_bounded_counted_and_stopped_in_time(call: RunningCall) -> None:
    capture = Capture(keep=100_000)
    with anyio.fail_after(10):
        ended, _ = await run(call, "yes", seconds=0.5, capture=capture)
    assert ended.exit_code is None
    assert capture.total > 1_000_000
    assert len(capture.content()) < 201_000


async def test_what_came_before_the_time_limit_is_kept(call: RunningCall) -> None:
    with anyio.fail_after(10):
        ended, capture = await run(call, "echo begun; sleep 60", seconds=0.3)
    assert (ended.exit_code, capture.content()) == (None, b"begun\n")


async def test_a_background_process_that_holds_the_output_does_not_hold_the_call(
    call: RunningCall,
) -> None:
    with anyio.fail_after(5):
        ended, capture = await run(call, "sleep 60 & echo $!")
    number = int(capture.content())
    assert ended.exit_code == 0
    assert ended.held in ((number,), ())
    os.kill(number, signal.SIGKILL)


async def test_a_background_process_with_its_own_output_is_left_alone(call: RunningCall) -> None:
    with anyio.fail_after(5):
        ended, capture = await run(call, "sleep 60 >/dev/null 2>&1 & echo $!")
    assert ended == process.Ended(0)
    os.kill(int(capture.content()), signal.SIGKILL)


TREE = """
trap '' TERM
(trap '' TERM; while :; do sleep 0.05; done) & echo $! >> pids
setsid bash -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 0.05; done' &
(setsid sleep 60 & echo $! >> pids)
setsid bash -c 'kill -STOP $$' & echo $! >> pids
env -i "$(command -v setsid)" sleep 61 & echo $! >> pids
while [ "$(wc -l < pids)" -lt 5 ]; do sleep 0.01; done
echo $$ >> pids
echo >> pids
while :; do sleep 0.05; done
"""


@needs_proc
@needs_setsid
async def test_cancelling_ends_the_whole_tree_in_two_seconds(call: RunningCall) -> None:
    pids = call.folder / "pids"
    async with anyio.create_task_group() as group:
        group.start_soon(run, call, TREE)
        await written(pids, "\n\n")
        started = time.monotonic()
        group.cancel_scope.cancel()
    assert time.monotonic() - started < 2.5
    numbers = [int(line) for line in content(pids).split()]
    assert len(numbers) == 6
    assert [number for number in numbers if alive(number)] == []


@needs_proc
async def test_a_tree_that_obeys_is_gone_at_once(call: RunningCall) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(run, call, "sleep 60 & echo $! > pid; wait")
        number = int(await written(call.folder / "pid", "\n"))
        started = time.monotonic()
        group.cancel_scope.cancel()
    assert time.monotonic() - started < 1.0
    assert not alive(number)


async def test_without_proc_the_process_group_is_ended(tmp_path: Path) -> None:
    with start(("bash", "-c", "sleep 60 & wait")) as child:
        tree = ProcessTree(child.pid, "x", proc=tmp_path / "nothing")
        with anyio.fail_after(5):
            await tree.stop(child.poll)
        assert child.poll() is not None


@needs_proc
async def test_many_calls_leave_no_descriptors_and_no_processes(call: RunningCall) -> None:
    before = descriptors()
    for _ in range(20):
        await run(call, "echo x")
    with anyio.move_on_after(0.1):
        await run(call, "sleep 60")
    # A helper that nobody needs any more is let go of as soon as it is made.
    with anyio.fail_after(10):
        while descriptors() != before or children():
            await anyio.lowlevel.checkpoint()


# Elsewhere the memory of now, not of the peak, is not told without a further library.
@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells of memory")
async def test_a_long_line_takes_little_memory(call: RunningCall) -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * 4096

    before = resident()
    capture = Capture(keep=2**20)
    ended, _ = await run(call, "head -c 200000000 /dev/zero", capture=capture)
    assert (ended.exit_code, capture.total) == (0, 200_000_000)
    assert resident() - before < 32 * 2**20


DAEMON = """
env -i "$(command -v setsid)" bash -c 'sleep 62 & echo $! >> pids' &
wait
while [ "$(wc -l < pids)" -lt 1 ]; do sleep 0.01; done
echo $$ >> pids
echo >> pids
while :; do sleep 0.05; done
"""


@needs_proc
@needs_setsid
async def test_a_daemon_that_left_nothing_to_know_it_by_is_ended_too(call: RunningCall) -> None:
    pids = call.folder / "pids"
    async with anyio.create_task_group() as group:
        group.start_soon(run, call, DAEMON)
        await written(pids, "\n\n")
        group.cancel_scope.cancel()
    numbers = [int(line) for line in content(pids).split()]
    assert len(numbers) == 2
    left = [number for number in numbers if alive(number)]
    for number in left:
        os.kill(number, signal.SIGKILL)
    assert left == []


async def test_a_program_finds_signals_and_locale_as_if_it_were_started_directly(
    call: RunningCall,
) -> None:
    ended, capture = await run(call, "yes | head -n 1; echo ${PIPESTATUS[0]} [${LC_CTYPE-unset}]")
    assert ended.exit_code == 0
    assert capture.content() == b"y\n141 [unset]\n"
