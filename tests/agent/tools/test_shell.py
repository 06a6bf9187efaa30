from __future__ import annotations

import os
import signal

import anyio
import pytest

from agent.tools.running_call import RunningCall
from goose_agent.events import Preview
from goose_agent.tools.developer import Developer
from goose_agent.tools.registry import Registry
from goose_agent.tools.tool import ToolOutput


async def shell(call: RunningCall, command: str, limit: int = 20, keep: int = 2**20) -> ToolOutput:
    tool = Registry([Developer(keep=keep)]).find("shell")
    assert tool is not None
    return await tool.run(call, {"command": command, "timeout": limit})


async def test_the_output_is_the_result(call: RunningCall) -> None:
    output = await shell(call, "echo hello; pwd")
    assert output == ToolOutput(
        f"hello\n{call.folder}", exit_code=0, total=7 + len(str(call.folder))
    )


async def test_a_failed_command_is_an_error_with_its_exit_code(call: RunningCall) -> None:
    output = await shell(call, "echo oops >&2; exit 3")
    assert output == ToolOutput("oops\n[exit code 3]", is_error=True, exit_code=3, total=5)


async def test_a_signal_is_named(call: RunningCall) -> None:
    output = await shell(call, "kill -SEGV $$")
    assert output.text == "[exit code 139, ended by SIGSEGV]"


async def test_silence_is_said(call: RunningCall) -> None:
    assert (await shell(call, "true")).text == "(no output)"


async def test_each_call_starts_anew(call: RunningCall) -> None:
    await shell(call, "cd /; X=1")
    assert (await shell(call, 'echo "$PWD$X"')).text == str(call.folder)


async def test_the_time_limit_is_said(call: RunningCall) -> None:
    with anyio.fail_after(10):
        output = await shell(call, "echo begun; sleep 60", limit=1)
    assert output.is_error
    assert output.exit_code is None
    assert output.text.startswith("begun\n[stopped after 1 s, the time limit: ")


async def test_what_goes_on_in_the_background_is_said(call: RunningCall) -> None:
    with anyio.fail_after(5):
        output = await shell(call, "sleep 60 & echo $!")
    number, remark = output.text.split("\n", 1)
    os.kill(int(number), signal.SIGKILL)
    assert (output.exit_code, output.is_error) == (0, False)
    assert remark.startswith(f"[still running in the background: process {number};")


async def test_long_output_is_bounded_for_the_model_and_kept_in_full(call: RunningCall) -> None:
    output = await shell(call, "seq 100000")
    assert len(output.text) < 50_000
    assert output.text.count("\n") < 2000
    assert output.text.startswith("1\n2\n") and output.text.endswith("\n99999\n100000")
    assert output.full is not None
    assert output.full == "".join(f"{n}\n" for n in range(1, 100_001)).encode()
    assert output.total == len(output.full)


async def test_of_more_than_is_kept_both_ends_and_the_true_count_remain(call: RunningCall) -> None:
    output = await shell(call, "head -c 3000000 /dev/zero | tr '\\0' x", keep=100_000)
    assert output.total == 3_000_000
    assert output.full is not None
    assert len(output.full) < 201_000
    assert b"2800000 bytes are not kept" in output.full


async def test_colours_are_for_people_and_bytes_are_kept_as_they_were(call: RunningCall) -> None:
    output = await shell(call, r"printf '\033[31mred\033[0m \377\n'")
    assert output.text == "red �"
    assert output.full == b"\x1b[31mred\x1b[0m \xff\n"


@pytest.mark.parametrize(
    ("command", "limit", "said"),
    [
        (" ", 5, "The command is empty."),
        ("ls", 0, "timeout must be from 1 to 3600 seconds, not 0."),
        ("ls", 3601, "timeout must be from 1 to 3600 seconds, not 3601."),
    ],
)
async def test_what_cannot_be_run_is_refused(
    call: RunningCall, command: str, limit: int, said: str
) -> None:
    assert await shell(call, command, limit) == ToolOutput(said, is_error=True)


async def test_a_command_too_long_for_the_system_is_a_result_too(call: RunningCall) -> None:
    output = await shell(call, f": {'x' * 3_000_000}")
    assert output.is_error
    assert "could not be started" in output.text


async def test_a_folder_that_is_gone_is_named(call: RunningCall) -> None:
    call.folder = call.folder / "gone"
    output = await shell(call, "ls")
    assert output.text == f"The working folder {call.folder} does not exist any more."


async def test_the_preview_is_the_command_verbatim(call: RunningCall) -> None:
    tool = Registry([Developer()]).find("shell")
    assert tool is not None
    command = "cat <<'E'\n  a\nE\n"
    shown = await tool.preview(call.workspace, {"command": command})
    assert shown == Preview("command", command)
