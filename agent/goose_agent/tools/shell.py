"""The tool that runs commands."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping

import anyio

from goose_agent.events import Preview
from goose_agent.tools import process
from goose_agent.tools.output import KEEP, MODEL_BYTES, MODEL_LINES, Capture
from goose_agent.tools.starter import Starter
from goose_agent.tools.tool import (
    CallContext,
    Extension,
    ToolFailure,
    ToolOutput,
    Workspace,
    tool,
)

__all__ = ["ShellTools"]

_LONGEST = 3600
"""Seconds."""
# Room for the words about how the command ended, so that nothing bounds them once more.
_LINES = MODEL_LINES - 10
_BYTES = MODEL_BYTES - 1000
_SMALL = 64 * 2**10
"""Bytes of output up to which it is made ready for the model without a thread."""


class ShellTools(Extension):
    """Runs commands in a shell.

    Args:
        keep: bytes kept of the start of an output, and as many of its end.
    """

    def __init__(self, *, keep: int = KEEP) -> None:
        super().__init__()
        self._keep = keep
        self._starter = Starter()

    def close(self) -> None:
        """Let go of what waits for the next command."""
        self._starter.close()

    @tool(effect="run", command="command", preview="preview_shell", summary="command", basic=True)
    async def shell(
        self,
        call: CallContext,
        command: str,
        timeout: int = 300,  # noqa: ASYNC109 # the model's, not the caller's
    ) -> ToolOutput:
        """Run a command in bash and return its output (stdout and stderr together) and exit code.

        Each call is a new shell in the working folder: `cd` and variables do not last. There is no
        input and no terminal. For a program that keeps running, use `program >log 2>&1 &`.

        Args:
            call: The running call.
            command: The command line or script.
            timeout: Seconds until it is stopped, at most 3600.
        """
        if not command.strip():
            raise ToolFailure("The command is empty.")
        if not 1 <= timeout <= _LONGEST:
            raise ToolFailure(f"timeout must be from 1 to {_LONGEST} seconds, not {timeout}.")
        capture = Capture(self._keep)
        try:
            ended = await process.run(
                _shell(command, call.environ),
                folder=call.workspace.folder,
                environ=call.environ,
                seconds=timeout,
                capture=capture,
                progress=call.progress,
                starter=self._starter,
            )
        except OSError as error:
            raise ToolFailure(_not_started(error, call.workspace)) from error
        if capture.total <= _SMALL:
            return _output(capture, ended, timeout)
        return await anyio.to_thread.run_sync(_output, capture, ended, timeout)

    async def preview_shell(
        self,
        workspace: Workspace,
        command: str,
        timeout: int = 300,  # noqa: ASYNC109 # the model's, not the caller's
    ) -> Preview:
        """The command, verbatim."""
        return Preview("command", command)


def _shell(command: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    bash = shutil.which("bash", path=environ.get("PATH"))
    if bash:
        return (bash, "--noprofile", "--norc", "-c", command)
    return ("/bin/sh", "-c", command)


def _not_started(error: OSError, workspace: Workspace) -> str:
    if not workspace.folder.is_dir():
        return f"The working folder {workspace.folder} does not exist any more."
    reason = error.strerror or str(error)
    return f"The command could not be started: {reason}. If it is very long, write it to a file."


def _output(capture: Capture, ended: process.Ended, timeout: int) -> ToolOutput:
    shown = capture.for_model(_LINES, _BYTES)
    content = capture.content()
    remarks = _remarks(ended, timeout)
    text = "\n".join(part for part in (shown.rstrip("\n"), *remarks) if part)
    return ToolOutput(
        text or "(no output)",
        is_error=ended.exit_code != 0,
        exit_code=ended.exit_code,
        full=content
        if len(content) > _BYTES or content.decode("utf-8", "replace") != shown
        else None,
        total=capture.total,
    )


def _remarks(ended: process.Ended, timeout: int) -> list[str]:
    """What to know beyond the output, a line each."""
    remarks = []
    if ended.exit_code is None:
        remarks.append(
            f"[stopped after {timeout} s, the time limit: pass a longer timeout, or run it in the "
            "background with its output in a file]"
        )
    elif ended.exit_code:
        remarks.append(f"[exit code {ended.exit_code}{_signal(ended.exit_code)}]")
    if ended.held:
        numbers = ", ".join(map(str, ended.held[:5]))
        remarks.append(
            f"[still running in the background: process {numbers}; what it writes from now on is "
            "lost and may end it: start such programs with `>log 2>&1 &`]"
        )
    return remarks


def _signal(exit_code: int) -> str:
    try:
        return f", ended by {signal.Signals(exit_code - 128).name}"
    except ValueError:
        return ""
