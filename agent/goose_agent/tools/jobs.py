"""Commands that run on in the background: which there are, what they put out, and their end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Literal

import anyio
from msgspec import Struct

from goose_agent.tools.output import Capture
from goose_agent.tools.process import Ended, Left
from goose_agent.tools.session_view import SessionView

__all__ = ["Job", "JobState", "Jobs"]

JobState = Literal["running", "ended", "stopped"]
_KEPT = 20
"""Commands that have ended and are still known."""
_SHOWN = 60
"""Characters of a command that are named."""


class Job(Struct):
    """One of them."""

    job_id: str
    command: str
    capture: Capture
    started: float
    """Monotonic seconds."""
    scope: anyio.CancelScope
    over: anyio.Event
    ended: Ended | None = None

    @property
    def state(self) -> JobState:
        """How it stands."""
        if not self.over.is_set():
            return "running"
        return "ended" if self.ended is not None else "stopped"

    @property
    def words(self) -> str:
        """How it stands, in words."""
        if self.ended is not None and self.ended.exit_code is not None:
            return f"ended with exit code {self.ended.exit_code}"
        return self.state


class Jobs:
    """Those of one session."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._count = 0

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def find(self, job_id: str) -> Job | None:
        """The one of this id."""
        return self._jobs.get(job_id.strip())

    def take(
        self, session: SessionView, command: str, capture: Capture, left: Left, started: float
    ) -> Job:
        """See a command to its end that nobody waits for any more; the session's end stops it.

        Args:
            session: it belongs to.
            command: as it was given.
            capture: has its output.
            left: the program.
            started: monotonic seconds.
        """
        self._count += 1
        job_id = f"bg-{self._count}"
        job = Job(job_id, command, capture, started, anyio.CancelScope(), anyio.Event())
        over = [each for each in self._jobs.values() if each.over.is_set()]
        for old in over[: max(0, len(over) - _KEPT + 1)]:
            del self._jobs[old.job_id]
        self._jobs[job_id] = job
        session.start(partial(self._see_out, session, job, left))
        return job

    async def _see_out(self, session: SessionView, job: Job, left: Left) -> None:
        try:
            with job.scope:
                job.ended = await left.see_out()
        finally:
            job.over.set()
        line = " ".join(job.command.split())
        named = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
        session.log(f"{job.job_id} ({named}) {job.words}")

    async def stop(self, job: Job) -> None:
        """Stop one and all that it started."""
        job.scope.cancel()
        await job.over.wait()
