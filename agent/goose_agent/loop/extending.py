"""Extensions and their session: attached as it begins, those of others loaded beside it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

import anyio
import msgspec
from anyio import from_thread, to_thread
from anyio.abc import TaskGroup
from anyio.lowlevel import current_token

from goose_agent.decoding import decoder_of
from goose_agent.errors import GooseError
from goose_agent.events import ExtensionKept, ExtensionSaid, Notice
from goose_agent.extensions.third_party import Loaded
from goose_agent.loop.bench import Bench
from goose_agent.redaction import Redactor
from goose_agent.sessions.log import SessionLog
from goose_agent.state.records import AnswerRecord, CallRecord, UserRecord
from goose_agent.tools.requires import resolve
from goose_agent.tools.session_view import Utterance

__all__ = ["Extending"]

_PATIENCE = 5.0
"""Seconds for which a turn waits for extensions that are being imported."""
Task = Callable[[], Coroutine[Any, Any, None]]
Start = Callable[[Task], None]


class Extending:
    """The extensions of one session.

    Args:
        log: the session's record.
        bench: has them, and knows how to import those of others.
        work: where that runs which they start.
    """

    def __init__(self, log: SessionLog, bench: Bench, work: TaskGroup) -> None:
        self._log = log
        self._bench = bench
        self._work = work
        self._ready = anyio.Event()
        self._attached: set[str] = set()
        self._running: set[anyio.CancelScope] = set()

    async def _load(self) -> None:
        """Import those of others, now that the prompt can be used, and attach all."""
        registry = self._bench.registry
        if self._bench.late is not None:
            names = [extension.name for extension in registry.extensions]
            loaded = await _left_behind(partial(self._bench.late, names))
            for extension in loaded.extensions:
                registry.add(extension)
            self._tell(loaded.problems)
        self.attach(whole=True)
        await self.prepare()
        self._ready.set()

    async def prepare(self) -> None:
        """Let them read what they need to know: at first, and when a folder is trusted."""
        prepare = self._bench.registry.prepare
        self._tell(await to_thread.run_sync(prepare, abandon_on_cancel=True))

    def attach(self, *, whole: bool = False) -> None:
        """Give those that can work what they require; the others go, once it is clear that they lack it.

        Args:
            whole: whether all extensions are there, so that what is missing stays missing.
        """
        registry = self._bench.registry
        resolved = resolve(registry.extensions, self._bench.roles)
        for extension in resolved.extensions:
            if extension.name in self._attached:
                continue
            self._attached.add(extension.name)
            view = _View(self._log, self._bench.redactor, extension.name, self.start)
            if problem := registry.attach(extension, view, resolved.filled[extension.name]):
                registry.remove(extension.name)
                self._tell((problem,))
        if not whole:
            return
        kept = {extension.name for extension in resolved.extensions}
        for extension in registry.extensions:
            if extension.name not in kept:
                registry.remove(extension.name)
        self._tell(resolved.problems)

    async def settled(self) -> None:
        """Wait until all are there, but not for long."""
        with anyio.move_on_after(_PATIENCE):
            await self._ready.wait()

    def begin(self) -> None:
        """Attach those that are there, and see to the others."""
        self.attach()
        self.start(self._load)

    def start(self, task: Task) -> None:
        """Let something go on until the session ends."""
        self._work.start_soon(self._run, task)

    async def _run(self, task: Task) -> None:
        with anyio.CancelScope() as scope:
            self._running.add(scope)
            try:
                await task()
            except GooseError:
                raise  # not the extension's: the record cannot be written, for one
            except Exception as error:
                text = f"What an extension did beside the work failed ({type(error).__name__}: {error})."
                self._tell((self._bench.redactor.text(text),))
            finally:
                self._running.discard(scope)

    def leave(self) -> None:
        """Stop what is at work: the session ends."""
        for scope in self._running:
            scope.cancel()

    def _tell(self, problems: Sequence[str]) -> None:
        for problem in problems:
            self._log.record(Notice("warning", problem), "system")


async def _left_behind(work: Callable[[], Loaded]) -> Loaded:
    """Work in a thread that nobody waits for at the end: what is imported may take for ever."""
    found: list[Loaded] = []
    done, token = anyio.Event(), current_token()

    def run() -> None:
        try:
            found.append(work())
        finally:
            with suppress(anyio.RunFinishedError):
                from_thread.run_sync(done.set, token=token)

    Thread(target=run, name="extensions", daemon=True).start()
    await done.wait()
    return found[0] if found else Loaded()


class _View:
    """A session, as one of its extensions sees it."""

    def __init__(self, log: SessionLog, redactor: Redactor, name: str, start: Start) -> None:
        self._log = log
        self._redactor = redactor
        self._start = start
        self._name = name

    @property
    def session_id(self) -> str:
        """Names the session."""
        return self._log.session_id

    @property
    def exchange(self) -> Sequence[Utterance]:
        """What was said so far."""
        return tuple(_utterances(self._log))

    @property
    def kept(self) -> Mapping[str, Any]:
        """What this extension kept in the record last."""
        return self._log.state.kept.get(self._name, {})

    def keep(self, state: Mapping[str, Any]) -> None:
        """Put plain JSON data on record in the place of what was kept before."""
        # What is no plain data fails here, with whoever gave it, and not where it is written.
        plain = decoder_of(dict[str, Any]).decode(msgspec.json.encode(state))
        self._log.record(ExtensionKept(self._name, plain), "tool")

    def start(self, task: Task) -> None:
        """Let something go on beside the calls until the session ends."""
        self._start(task)

    def log(self, text: str) -> None:
        """Tell the person something that stays on record."""
        self._log.record(Notice("info", f"{self._name}: {self._redactor.text(text)}"), "tool")

    def status(self, text: str) -> None:
        """Tell the person what is going on right now."""
        self._log.record(ExtensionSaid(self._name, self._redactor.text(text)), "tool")


def _utterances(log: SessionLog) -> Iterable[Utterance]:
    for record in log.state.records:
        match record:
            case UserRecord():
                yield Utterance("person", record.text)
            case AnswerRecord() if record.text:
                yield Utterance("model", record.text)
            case CallRecord() if record.settled:
                yield Utterance("tool", record.result, record.tool)
            case _:
                pass
