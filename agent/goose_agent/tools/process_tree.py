"""All processes that came out of one command, found and stopped.

A process group does not hold a child that called `setsid`, and parents do not lead to one whose
parent has ended; a variable of the environment, unique to the command, finds both. A child that has
cleared even that is found as long as the leader, which adopts orphans (`starter`), was seen with
it. Where there is no `/proc` (macOS), only the group is left.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio

__all__ = ["MARKER", "ProcessTree"]

MARKER = "GOOSE_CALL"
"""The variable whose value is unique to a command."""

_TERM_SECONDS = 1.0
_KILL_SECONDS = 0.8


@dataclass(frozen=True, slots=True)
class _Entry:
    parent: int
    group: int
    session: int
    started: str
    """Clock ticks since boot: with the number it names a process for good."""


@dataclass
class ProcessTree:
    """The processes of one command.

    Args:
        leader: number of the process that leads the group and the session.
        marker: the value of `MARKER` in its environment.
        proc: where the system shows its processes.
    """

    leader: int
    marker: str
    proc: Path = Path("/proc")
    _known: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note which process the leader's number means: a number is given away again."""
        entry = self._entry(str(self.leader))
        if entry:
            self._known[self.leader] = entry.started

    async def stop(self, reap: Callable[[], object]) -> None:
        """Ask all of them to end, then make them; done within two seconds, come what may.

        Args:
            reap: collects the leader's exit status, so that it does not stay as a zombie.
        """
        for number, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
            pause = 0.01
            with anyio.move_on_after(seconds):
                # Asked once; killed again and again, since they may be forking all the while.
                left = await anyio.to_thread.run_sync(self.send, number)
                while left:
                    await anyio.sleep(pause)
                    pause = min(pause * 2, 0.1)
                    reap()
                    again = signal.SIGKILL if number is signal.SIGKILL else None
                    left = await anyio.to_thread.run_sync(self.send, again)
                return

    def send(self, number: signal.Signals | None) -> int:
        """Send a signal to all of them, or none; how many there are."""
        if not (self.proc / "self").exists():
            return self._send_to_group(number)
        found = self.find()
        for process in found if number else ():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number or 0)
                if number is signal.SIGTERM:
                    # A stopped process hears it only when it goes on.
                    os.kill(process, signal.SIGCONT)
        return len(found)

    def find(self) -> set[int]:
        """Numbers of the processes that are alive now."""
        table = self._table()
        children: dict[int, list[int]] = {}
        for process, entry in table.items():
            children.setdefault(entry.parent, []).append(process)
        waiting = [process for process, entry in table.items() if self._ours(process, entry)]
        found: set[int] = set()
        while waiting:
            process = waiting.pop()
            if process not in found:
                found.add(process)
                waiting.extend(children.get(process, ()))
        self._known.update((process, table[process].started) for process in found)
        return found

    def _ours(self, process: int, entry: _Entry) -> bool:
        if process != self.leader and self.leader in (entry.group, entry.session):
            return True
        return self._known.get(process) == entry.started or self._marked(process)

    def _marked(self, process: int) -> bool:
        try:
            environ = (self.proc / str(process) / "environ").read_bytes()
        except OSError:  # ended meanwhile, or another user's
            return False
        return f"{MARKER}={self.marker}".encode() in environ.split(b"\0")

    def _table(self) -> dict[int, _Entry]:
        names = [path.name for path in self.proc.iterdir() if path.name.isdecimal()]
        entries = ((int(name), self._entry(name)) for name in names)
        return {process: entry for process, entry in entries if entry}

    def _entry(self, name: str) -> _Entry | None:
        """What the system tells of a process; None where it has ended."""
        try:
            stat = (self.proc / name / "stat").read_text("utf-8", "replace")
        except OSError:
            return None
        # The second field is the program's name in brackets and may hold anything.
        fields = stat.rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        parent, group, session = map(int, fields[1:4])
        return _Entry(parent, group, session, fields[19])

    def _send_to_group(self, number: signal.Signals | None) -> int:
        try:
            os.killpg(self.leader, number or 0)
        except (ProcessLookupError, PermissionError):
            return 0
        return 1
