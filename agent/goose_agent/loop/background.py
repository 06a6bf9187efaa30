"""What a person does about commands in the background: look, stop, and move one there."""

from __future__ import annotations

from anyio import to_thread

from goose_agent.commands import ListProcesses, MoveToBackground, StopProcess
from goose_agent.events import ListedProcess, Notice, ProcessesListed
from goose_agent.loop.bench import Bench
from goose_agent.sessions.log import SessionLog
from goose_agent.tools.jobs import Job
from goose_agent.tools.shell import ShellTools

__all__ = ["Background"]

_LINES, _BYTES = 12, 2000
"""Of an output that are shown."""


class Background:
    """The commands in the background of one session.

    Args:
        log: the session's record.
        bench: runs them.
    """

    def __init__(self, log: SessionLog, bench: Bench) -> None:
        self._log = log
        self._bench = bench

    async def handle(self, command: MoveToBackground | ListProcesses | StopProcess) -> None:
        """Do what a face asks for."""
        match command:
            case MoveToBackground():
                for moved in self._bench.moving.values():
                    moved.set()
            case ListProcesses():
                await self._list()
            case StopProcess(process_id):
                await self._stop(process_id)
                await self._list()

    async def _stop(self, process_id: str) -> None:
        for tools in self._tools():
            if (job := tools.jobs.find(process_id)) is not None:
                await tools.jobs.stop(job)
                return
        text = f"There is no command {process_id} in the background."
        self._log.record(Notice("info", text, "/processes lists them."), "system")

    def _tools(self) -> list[ShellTools]:
        found = self._bench.registry.extensions
        return [each for each in found if isinstance(each, ShellTools)]

    async def _list(self) -> None:
        jobs = [job for tools in self._tools() for job in tools.jobs]
        listed = await to_thread.run_sync(lambda: [self._listed(job) for job in jobs])
        self._log.record(ProcessesListed(tuple(listed)), "system")

    def _listed(self, job: Job) -> ListedProcess:
        mask = self._bench.redactor.text
        tail = mask(job.capture.for_model(_LINES, _BYTES))
        seconds = self._log.world.clock.mono() - job.started
        return ListedProcess(job.job_id, mask(job.command), job.words, round(seconds, 1), tail)
