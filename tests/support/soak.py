"""Kills a working engine at random points, and looks whether anything is lost by it.

Sessions with streaming, parallel calls, approvals and compactions are run by a real process, which
is killed with SIGKILL, resumed, killed again, until all is done; then another begins. What the face
had received before a kill is what was shown. `python -m support.soak --kills 200 --seed 7` prints a
table; the seed decides how many events of each process are let pass, and how long after the last.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

import anyio
from anyio.abc import Process

import goose_agent
from goose_agent.codec import event_from
from goose_agent.commands import AnswerRequest, Command, Compact, Retry, Submit
from goose_agent.errors import StoreError
from goose_agent.events import (
    Answer,
    Approval,
    ApprovalAnswer,
    CompactionAnswer,
    CompactionReview,
    Event,
    Question,
    QuestionAnswer,
    RequestAnswered,
    RequestWithdrawn,
    Subject,
    ToolFinished,
    ToolOutcomeUnknown,
    ToolStarted,
)
from goose_agent.sessions.store import SessionStore
from goose_agent.sessions.verify import find_flaws
from goose_agent.state.records import CallRecord, UserRecord
from goose_agent.state.session_state import SessionState
from goose_agent.wire import Open, write
from support.engine import Face
from support.soak_engine import LEDGER, PARTS

__all__ = ["Found", "soak"]

_RESUMED_WITHIN = 1.0
"""Seconds from asking for a session of the past until it can be used, at most: with a processor for
each program that wants one."""
_NEWS = 60
"""Most new events of a process that are let pass before it is killed."""
_LATER = 0.2
"""Seconds after the last of them, at most: calls run without a word."""
_AT_ONCE = 0.15
"""Share of the processes that are killed while they open the session, or soon after."""
_OPENING = 0.6
"""Seconds from the start of such a process, at most."""
_ENDS = (ToolFinished, ToolOutcomeUnknown)
_THINKS = 0.1
"""Seconds that the person thinks, at most."""
_PATIENCE = 60.0
"""Seconds that a process may live."""


@dataclass
class Kill:
    """What came of one kill."""

    number: int
    while_: str
    """What the session was at."""
    resumed: float = 0.0
    """Seconds that its resumption took."""
    allowed: float = 0.0
    """Seconds that it may take, with the machine as busy as it was."""
    lost: int = 0
    """Events that were shown and are not on record as they were."""
    unreadable: tuple[str, ...] = ()
    """What of the record cannot be read, in sentences."""
    questions: int = 0
    """Questions that waited, and do not wait any more."""


@dataclass
class Found:
    """What came of all of them."""

    seed: int
    kills: list[Kill] = field(default_factory=list)
    sessions: int = 0
    again: list[str] = field(default_factory=list)
    """Calls that ran twice."""
    unexplained: list[str] = field(default_factory=list)
    """Calls of which no end is on record when all is done."""

    @property
    def problems(self) -> list[str]:
        """What is not as it should be, in sentences."""
        said = [
            f"kill {kill.number} ({kill.while_}): {words}"
            for kill in self.kills
            for words in (
                *(f"{kill.lost} shown events lost" for _ in range(kill.lost > 0)),
                *kill.unreadable,
                *(f"{kill.questions} questions lost" for _ in range(kill.questions > 0)),
                *(
                    f"resumed after {kill.resumed:.2f} s"
                    for _ in range(kill.resumed > kill.allowed)
                ),
            )
        ]
        said += [f"{call} ran twice" for call in self.again]
        return said + [f"{call} has no end on record" for call in self.unexplained]

    def table(self) -> str:
        """All of it for people."""
        by: dict[str, list[Kill]] = {}
        for kill in self.kills:
            by.setdefault(kill.while_, []).append(kill)
        head = f"{'killed while':24}{'kills':>6}{'lost':>6}{'unreadable':>12}{'questions lost':>16}"
        rows = [f"{head}{'resumed p50':>13}{'max':>8}"]
        for name, kills in [*sorted(by.items()), ("all", self.kills)]:
            times = [kill.resumed for kill in kills]
            rows.append(
                f"{name:24}{len(kills):6}{sum(kill.lost for kill in kills):6}"
                f"{sum(bool(kill.unreadable) for kill in kills):12}"
                f"{sum(kill.questions for kill in kills):16}"
                f"{median(times) * 1000:10.0f} ms{max(times) * 1000:5.0f} ms"
            )
        rows.append(
            f"seed {self.seed}, {self.sessions} sessions; calls that ran twice: {len(self.again)}, "
            f"without an end on record: {len(self.unexplained)}"
        )
        return "\n".join(rows)


async def soak(kills: int, seed: int, base: Path) -> Found:
    """Kill so many processes.

    Args:
        kills: how many.
        seed: decides when.
        base: an empty folder for the sessions.
    """
    dice, found = random.Random(seed), Found(seed)
    while len(found.kills) < kills:
        found.sessions += 1
        home = base / f"session {found.sessions}"
        home.mkdir()
        await _Session(home, dice, found).run(kills)
    return found


class _Session:
    """One session, through all its processes."""

    def __init__(self, home: Path, dice: random.Random, found: Found) -> None:
        self._home = home
        self._dice = dice
        self._found = found
        self._last: Face | None = None
        """What the face had received when the process before was killed."""

    async def run(self, kills: int) -> None:
        """Work through it, a life after another, until all is done."""
        done = False
        while not done:
            # Half of them end with the very word: what is shown too early is lost then.
            later = self._dice.choice((0.0, self._dice.uniform(0, _LATER)))
            news = self._dice.randint(1, _NEWS)
            if self._dice.random() < _AT_ONCE:
                news, later = 0, self._dice.uniform(0, _OPENING)
            if len(self._found.kills) == kills:
                news = sys.maxsize
            done = await self._live(news, later)
        self._look_at_calls()

    async def _live(self, news: int, later: float) -> bool:
        """One process; tells whether it came to the end of the session.

        Args:
            news: events of it, not known before, after which it is killed.
            later: how many seconds after the last of them.
        """
        done = anyio.Event()
        known = self._last.state.seq if self._last is not None else 0
        async with _engine(self._home, known, news, later) as life:
            with anyio.fail_after(_PATIENCE):
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._work, life, done)
                    async with anyio.create_task_group() as race:
                        race.start_soon(_first, done, race.cancel_scope)
                        race.start_soon(_first, life.due, race.cancel_scope)
                    if not done.is_set():
                        with anyio.move_on_after(later):
                            await done.wait()
                    tasks.cancel_scope.cancel()
            life.kill()
            await life.ended.wait()
        if not done.is_set():
            self._look_at_kill(life.face)
        return done.is_set()

    # What the person does

    async def _work(self, life: _Life, done: anyio.Event) -> None:
        face = life.face
        began = perf_counter()
        past = self._last is not None and self._last.opened
        await face.say(
            write(Open(str(self._home), continue_last=past, model="soak/model", mode="smart"))
        )
        await face.until(lambda: face.opened or face.refused)
        assert face.refused is None, face.refused
        if past and self._found.kills:
            last = self._found.kills[-1]
            last.resumed = perf_counter() - began
            last.allowed = _RESUMED_WITHIN * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
            await face.until(lambda: face.data("session.resumed"))
            self._look_at_questions(face.state)
        await face.until(lambda: face.state.pending or not face.state.working)
        while (command := self._next(face.state)) is not None:
            await anyio.sleep(self._dice.uniform(0, _THINKS))
            before = len(face.events)
            await face.tell(command)
            try:
                await face.until(lambda: _has_acted(face, command, before))  # noqa: B023 (used here)
            except TimeoutError:
                raise AssertionError(_stuck(face, command)) from None
        done.set()

    def _next(self, state: SessionState) -> Command | None:
        """What the person says next; None where all is done."""
        if state.pending:
            item = state.pending[0]
            return AnswerRequest(item.request_id, _answer(item.subject))
        said = sum(isinstance(record, UserRecord) for record in state.records)
        if state.turn is not None and state.turn.reason != "done":
            return Retry()
        if len(state.folding.applied) < said:
            return Compact()
        return Submit(f"part {said + 1}") if said < PARTS else None

    # What became of it

    def _look_at_kill(self, face: Face) -> None:
        """Compare what was shown with what is on record."""
        kill = Kill(len(self._found.kills) + 1, _doing(face))
        self._found.kills.append(kill)
        kept: dict[str, Event] = {}
        for path in self._records():
            kill.unreadable += tuple(flaw.what for flaw in find_flaws(path))
            kept |= {event.id: event for event in _on_record(path)}
        shown = [event for event in face.events if not event.transient]
        kill.lost = sum(kept.get(event.id) != event for event in shown)
        if face.opened:
            self._last = face

    def _look_at_questions(self, state: SessionState) -> None:
        """What was pending is pending again, unless an answer is on record."""
        assert self._last is not None
        asked = {item.request_id for item in self._last.state.pending}
        answered = {
            event.data.request_id
            for path in self._records()
            for event in _on_record(path)
            if isinstance(event.data, RequestAnswered | RequestWithdrawn)
        }
        waiting = {item.request_id for item in state.pending}
        self._found.kills[-1].questions = len(asked - answered - waiting)

    def _look_at_calls(self) -> None:
        """Each command ran once at most, and each call that started has its end."""
        ledger = self._home / LEDGER
        noted = (
            Counter(ledger.read_text(encoding="ascii").split()) if ledger.exists() else Counter()
        )
        self._found.again += [name for name, count in noted.items() if count > 1]
        for path in self._records():
            data = [event.data for event in _on_record(path)]
            ended = {each.call_id for each in data if isinstance(each, _ENDS)}
            started = [each.call_id for each in data if isinstance(each, ToolStarted)]
            self._found.unexplained += [call for call in started if call not in ended]

    def _records(self) -> list[Path]:
        """The files of the session; there are two where the first process was killed very early."""
        return list((self._home / "data" / "sessions").glob("s-*.db"))


def _stuck(face: Face, command: Command) -> str:
    state = face.state
    pending = [(item.request_id, item.subject.kind) for item in state.pending]
    calls = [(call.key, call.tool, call.state) for call in state.open_calls()]
    return (
        f"nothing came of {command}: {face.kinds()[-12:]}, pending {pending}, open {calls}, "
        f"{state.phase}, turn {state.turn}"
    )


def _has_acted(face: Face, command: Command, before: int) -> bool:
    """Whether the session has done what it was told, as far as it goes without another word."""
    new = {event.type for event in face.events[before:]}
    pending = [item.request_id for item in face.state.pending]
    match command:
        case AnswerRequest(request_id):
            acted = request_id not in pending
        case Compact():
            return bool(pending or new & {"compaction.applied", "compaction.failed"})
        case _:
            acted = "turn.started" in new
    return acted and (bool(pending) or not face.state.working)


def _answer(subject: Subject) -> Answer:
    match subject:
        case Approval():
            return ApprovalAnswer("once")
        case CompactionReview():
            return CompactionAnswer("accept")
        case Question(otherwise=skip) if skip:
            return QuestionAnswer(skip)
        case _:
            return QuestionAnswer("go on")


def _doing(face: Face) -> str:
    """What a session is at, in a few words."""
    state = face.state
    if not face.opened:
        return "opening"
    if state.pending:
        subject = state.pending[0].subject
        about = getattr(subject, "about", "") or subject.kind
        return f"waiting ({about})"
    if state.summarising:
        return "compacting"
    calls = [record for record in state.records if isinstance(record, CallRecord)]
    if any(call.state == "running" for call in calls):
        return "running a tool"
    return "streaming" if state.phase == "answering" else "between"


def _on_record(path: Path) -> list[Event]:
    try:
        with closing(SessionStore(path, write=False)) as store:
            return [*map(event_from, store.events())]
    except StoreError:
        return []


# The process


@dataclass
class _Life:
    face: Face
    process: Process
    due: anyio.Event
    """Set when so many new events have come that it is to be killed."""
    ended: anyio.Event
    """Set when all that it wrote was read."""
    killed: bool = False

    def kill(self) -> None:
        """Kill it, once: a second signal might take its status from whoever waits for it."""
        if not self.killed:
            self.killed = True
            os.kill(self.process.pid, signal.SIGKILL)


@asynccontextmanager
async def _engine(home: Path, known: int, news: int, later: float) -> AsyncIterator[_Life]:
    package = Path(str(goose_agent.__file__)).parents[1]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOOSE_TUI_HOME": str(home),
        "PYTHONPATH": os.pathsep.join((str(package), str(Path(__file__).parents[1]))),
    }
    send, receive = anyio.create_memory_object_stream[bytes](16)
    command = [sys.executable, "-m", "support.soak_engine"]
    async with (
        await anyio.open_process(command, env=environ, cwd=home, stderr=None) as process,
        send,
        receive,
        anyio.create_task_group() as tasks,
    ):
        life = _Life(Face(send), process, anyio.Event(), anyio.Event())

        async def feed() -> None:
            assert process.stdin is not None
            async for line in receive:
                try:
                    await process.stdin.send(line)
                except anyio.BrokenResourceError:
                    return

        async def listen() -> None:
            assert process.stdout is not None
            rest = b""
            async for chunk in process.stdout:
                whole, end, rest = (rest + chunk).rpartition(b"\n")
                life.face.hear(whole + end)
                if sum(event.seq > known for event in life.face.events) >= news:
                    if not later:
                        life.kill()
                    life.due.set()
            life.ended.set()

        if not news:
            life.due.set()

        tasks.start_soon(feed)
        tasks.start_soon(listen)
        yield life
        tasks.cancel_scope.cancel()


async def _first(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


def main() -> int:
    """Do it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-") as base:
        found = anyio.run(soak, given.kills, given.seed, Path(base))
    print(found.table())
    for problem in found.problems:
        print(f"  {problem}")
    return bool(found.problems)


if __name__ == "__main__":
    sys.exit(main())
