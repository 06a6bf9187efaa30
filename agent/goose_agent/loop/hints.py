"""Keeps the record true to the hint files: what they say reaches the model as it was read, once.

What is there before the first request stands with the system prompt and stays there. What is found or
changes later is said in the conversation, where it was noticed: so a request begins as the one
before it did, and a session that is resumed rebuilds the same ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread

from goose_agent.commands import ListHints, SwitchHints
from goose_agent.context.estimate import estimate_tokens, ratio_of
from goose_agent.events import (
    HintChange,
    HintsListed,
    HintsRead,
    ListedHint,
    Notice,
    SegmentChange,
    SegmentEdited,
)
from goose_agent.evolve import evolve
from goose_agent.hints.places import HintPlace, HintPlaces
from goose_agent.hints.reading import HintReader
from goose_agent.hints.touched import touched_by
from goose_agent.loop.bench import Bench
from goose_agent.loop.rulings import action_of
from goose_agent.sessions.log import SessionLog
from goose_agent.state.hints import hint_key, hints_are_on, hints_of
from goose_agent.state.records import CallRecord
from goose_agent.state.session_state import SessionState
from goose_agent.tools.output import human_size

__all__ = ["Hints"]

_PATIENCE = 5.0
"""Seconds in which the files must be read: a dead network folder would never answer."""
_MUCH = 0.25
"""Share of the window from which on that is said."""
_ALL = 256_000
"""Bytes of all hint files of a session that the model reads."""


class Hints:
    """The hint files of one session.

    Args:
        log: the session's record.
        places: where they may be.
        bench: knows what is kept from the agent, and what calls touch.
    """

    def __init__(self, log: SessionLog, places: HintPlaces, bench: Bench) -> None:
        self._log = log
        self._places = places
        self._bench = bench
        self._reader = HintReader(
            places, bench.workspace.hides, bench.redactor, bench.workspace.shown
        )
        self._one_at_a_time = anyio.Lock()
        self._reached: set[Path] = set()
        """What calls have touched, as far as it was looked at."""

    async def look(self) -> None:
        """Take in what they say now: at the start of a turn."""
        await self._take(self._all_places)

    async def look_where(self, calls: Sequence[CallRecord]) -> None:
        """Take in those of folders that calls have touched for the first time.

        Args:
            calls: with their results.
        """
        ran = (call for call in calls if self._log.state.call(call.key).started is not None)
        touched = {place for call in ran for place in self._touched(call)} - self._reached
        if touched:  # mostly not: then no thread need look
            self._reached |= touched
            await self._take(partial(self._places_towards, sorted(touched)))

    async def handle(self, command: ListHints | SwitchHints) -> None:
        """Do what a face asks for."""
        if not self._log.state.context.built:
            await self.look()
        if isinstance(command, SwitchHints):
            self._switch(command.hint, command.on)
        self._log.record(HintsListed(tuple(_listed(self._log.state))), "system")

    def _switch(self, hint: str, on: bool) -> None:
        """Let the model read a file or not: all that was ever read of it."""
        state = self._log.state
        path = _named(state, hint)
        if not path:
            text = f"There is no hint file {hint}."
            self._log.record(Notice("warning", text, "/hints lists them."), "system")
        if not path or hints_are_on(state, path) == on:
            return
        change: SegmentChange = "restore" if on else "drop"
        for record in hints_of(state, path):
            self._log.record(SegmentEdited(hint_key(record), change), "user")

    async def _take(self, find: Callable[[SessionState], Iterable[HintPlace]]) -> None:
        """Read what is new or another, and put it on record."""
        async with self._one_at_a_time:
            read = partial(self._read, self._log.state, find)
            try:
                with anyio.fail_after(_PATIENCE):
                    found = await to_thread.run_sync(read, abandon_on_cancel=True)
            except TimeoutError:
                text = f"The hint files could not be read in {_PATIENCE:.0f} seconds."
                self._log.record(Notice("warning", text, "They are tried again next."), "system")
                return
            for data in found:
                self._log.record(evolve(data, opens=self._opens(data)), "system")
                for problem in data.problems:
                    self._log.record(Notice("warning", problem), "system")
            if any(data.text for data in found) and (text := _much(self._log.state)):
                self._log.record(Notice("warning", text, "/hints switches them off."), "system")

    def _opens(self, data: HintsRead) -> bool:
        """Whether a file is there early enough to stand with the system prompt."""
        state = self._log.state
        first = not state.context.built and data.path not in state.hints
        return first and data.scope != "nested"

    # In a thread

    def _all_places(self, state: SessionState) -> Iterable[HintPlace]:
        yield from self._places.opening()
        # Those that were read before a restart, and where more may have come.
        yield from (
            HintPlace(Path(path), hints_of(state, path)[-1].data.scope) for path in state.hints
        )
        for touched in sorted(self._reached):
            yield from self._places.towards(touched)

    def _places_towards(self, touched: Sequence[Path], _: SessionState) -> Iterable[HintPlace]:
        for place in touched:
            yield from self._places.towards(place)

    def _touched(self, call: CallRecord) -> Iterable[Path]:
        tool = self._bench.registry.find(call.tool)
        if tool is None or not (tool.mark.paths or tool.mark.command):
            return ()
        arguments = call.edited or call.arguments or {}
        return touched_by(action_of(tool, arguments, self._bench))

    def _read(
        self, state: SessionState, find: Callable[[SessionState], Iterable[HintPlace]]
    ) -> list[HintsRead]:
        self._bench.guard.ignore.refresh()
        known = {path: hints_of(state, path)[-1].data for path in state.hints}
        sizes = {path: _size(data) for path, data in known.items() if hints_are_on(state, path)}
        files = {os.path.realpath(path): path for path, data in known.items() if data.text}
        found: list[HintsRead] = []
        for place in {place.path: place for place in find(state)}.values():
            path = str(place.path)
            # One file may have both names, by a link.
            if files.setdefault(os.path.realpath(path), path) != path:
                continue
            if not hints_are_on(state, path):
                continue
            before = known.get(path)
            now = _since(before, self._reader.read(place))
            if now is None:
                continue
            rest = sum(size for other, size in sizes.items() if other != path)
            if rest + _size(now) > _ALL:
                now = _without_room(now)
                if before is not None and before.problems == now.problems:
                    continue
            sizes[path] = _size(now)
            found.append(now)
        return found


def _since(before: HintsRead | None, now: HintsRead | None) -> HintsRead | None:
    """What is to be told of a file; None where there is no news.

    Args:
        before: what was told last; None where it was never met.
        now: as it is; None where there is none.
    """
    if before is None:
        return now
    if now is None:
        if before.change == "gone":
            return None
        return evolve(before, text="", size=0, imports=(), problems=(), change="gone", opens=False)
    if (before.text, before.problems) == (now.text, now.problems) and before.change != "gone":
        return None
    change: HintChange = "changed" if before.text else "new"
    if before.text and not now.text:
        change = "gone"
    return evolve(now, change=change)


def _without_room(data: HintsRead) -> HintsRead:
    problem = f"{data.name} is not read: the hint files have more than {human_size(_ALL)} together."
    change: HintChange = "new" if data.change == "new" else "gone"
    return evolve(data, text="", imports=(), problems=(problem,), change=change)


def _size(data: HintsRead) -> int:
    return len(data.text.encode())


def _much(state: SessionState) -> str:
    """Says so where the hint files leave the model little room."""
    window = state.answering_window
    size = sum(hint.size for hint in _listed(state) if hint.on)
    tokens = estimate_tokens(size, ratio_of(state.context.ratios, state.answering))
    if not window or tokens <= window * _MUCH:
        return ""
    return f"The hint files take about {tokens:,} of the {window:,} tokens that {state.answering} reads."


def _named(state: SessionState, hint: str) -> str:
    """The path of the hint file that is meant; empty for none."""
    for number, path in enumerate(state.hints, 1):
        if hint in (path, str(number), hints_of(state, path)[-1].data.name):
            return path
    return ""


def _listed(state: SessionState) -> Iterable[ListedHint]:
    for path in state.hints:
        data = hints_of(state, path)[-1].data
        yield ListedHint(
            path,
            data.name,
            data.scope,
            _size(data),
            hints_are_on(state, path),
            data.imports,
            data.problems,
        )
