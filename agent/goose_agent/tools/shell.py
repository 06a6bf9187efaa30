"""The tool that runs commands."""

from __future__ import annotations

import math
import shutil
import signal
from collections.abc import Collection, Mapping
from typing import Literal

import anyio

from goose_agent.events import Preview
from goose_agent.tools import process
from goose_agent.tools.jobs import Job, Jobs
from goose_agent.tools.output import KEEP, MODEL_BYTES, MODEL_LINES, Capture
from goose_agent.tools.process import Leaving, Left
from goose_agent.tools.starter import Starter
from goose_agent.tools.tool import (
    CallContext,
    Extension,
    ToolFailure,
    ToolOutput,
    Workspace,
    tool,
)

__all__ = ["ShellTools", "shell_words"]

_LONGEST = 3600
"""Seconds."""
# Room for the words about how the command ended, so that nothing bounds them once more.
_LINES = MODEL_LINES - 10
_BYTES = MODEL_BYTES - 1000
_LOOK = 1.0
"""Seconds in which a command in the background can fail at once."""
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
        self.jobs = Jobs()
        """Commands in the background."""

    def close(self) -> None:
        """Let go of what waits for the next command."""
        self._starter.close()

    @tool(effect="run", command="command", preview="preview_shell", summary="command", basic=True)
    async def shell(
        self,
        call: CallContext,
        command: str,
        timeout: int = 300,  # noqa: ASYNC109 # the model's, not the caller's
        background: bool = False,
    ) -> ToolOutput:
        """Run a command in bash and return its output (stdout and stderr together) and exit code.

        Each call is a new shell in the working folder: `cd` and variables do not last. There is no
        input and no terminal.

        Args:
            call: The running call.
            command: The command line or script.
            timeout: Seconds until it is stopped, at most 3600.
            background: For what keeps running, such as a server: do not wait for its end.
        """
        if not command.strip():
            raise ToolFailure("The command is empty.")
        if not 1 <= timeout <= _LONGEST:
            raise ToolFailure(f"timeout must be from 1 to {_LONGEST} seconds, not {timeout}.")
        capture, started = Capture(self._keep), call.clock.mono()
        try:
            ended = await process.run_until_left(
                shell_words(command, call.environ),
                Leaving(call.moved, _LOOK if background else math.inf),
                folder=call.workspace.folder,
                environ=call.environ,
                seconds=timeout,
                capture=capture,
                progress=call.progress,
                starter=self._starter,
            )
        except OSError as error:
            raise ToolFailure(_not_started(error, call.workspace)) from error
        if isinstance(ended, Left):
            job = self.jobs.take(self.session, command, capture, ended, started)
            return ToolOutput(_left(job))
        if capture.total <= _SMALL:
            return _output(capture, ended, timeout)
        return await anyio.to_thread.run_sync(_output, capture, ended, timeout)

    @tool(effect="session", summary="action,id", occasional=True)
    async def processes(
        self, call: CallContext, action: Literal["list", "logs", "stop"], id: str = ""
    ) -> str:
        """Look after commands in the background: list them, read the output of one, or stop one.

        Args:
            call: The running call.
            action: What to do.
            id: Which one, for logs and stop.
        """
        if action == "list":
            now = call.clock.mono()
            rows = [
                f"{j.job_id}  {j.words}  {now - j.started:.0f} s  {j.command}" for j in self.jobs
            ]
            return "\n".join(rows) or "Nothing runs in the background."
        job = self.jobs.find(id)
        if job is None:
            known = ", ".join(each.job_id for each in self.jobs) or "none"
            raise ToolFailure(f"There is no background command {id!r}. There are: {known}.")
        if action == "stop":
            await self.jobs.stop(job)
        shown = await anyio.to_thread.run_sync(job.capture.for_model, _LINES, _BYTES)
        return f"{job.job_id} {job.words}:\n{shown.rstrip() or '(no output)'}"

    def wanted(self) -> Collection[str]:
        """Looking after commands is of use where there is one."""
        return ("processes",) if self.jobs else ()

    async def preview_shell(
        self,
        workspace: Workspace,
        command: str,
        timeout: int = 300,  # noqa: ASYNC109 # the model's, not the caller's
        background: bool = False,
    ) -> Preview:
        """The command, verbatim."""
        return Preview("command", command)


def shell_words(command: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What to start so that a shell runs a command, without the person's own start-up files."""
    bash = shutil.which("bash", path=environ.get("PATH"))
    if bash:
        return (bash, "--noprofile", "--norc", "-c", command)
    return ("/bin/sh", "-c", command)


def _left(job: Job) -> str:
    shown = job.capture.for_model(_LINES, _BYTES).rstrip("\n")
    words = (
        f"[it runs on in the background as {job.job_id}, until the session ends at the latest; "
        f"processes reads its output and stops it]"
    )
    return f"{shown}\n{words}".lstrip("\n")


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
            "background]"
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
