"""Approvals with all that they can tell, between a real engine and a real screen.

The engine asks about the calls of a scripted model; on their way to the screen the questions are
told more fully, and what the screen says to the engine is kept as it passes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream

from goose_agent.clock import Clock
from goose_agent.codec import event_from, event_to
from goose_agent.commands import Command, Explain
from goose_agent.events import AnyData, Approval, Event, Mode, RequestAsked
from goose_agent.evolve import evolve
from goose_agent.providers.connect import ConnectedModel
from goose_agent.wire import Tell, event_line, frames, parse
from support.workbench import KEY_SILENCE, Workbench, script

__all__ = ["Asked", "asks_for"]


def asks_for(*commands: str) -> ConnectedModel:
    """A model that wants to run these in one answer."""
    wanted = [{"tool": "shell", "arguments": {"command": command}} for command in commands]
    return script(json.dumps([{"calls": wanted}, {"text": "So it is."}]))


class Asked(Workbench):
    """A workbench whose questions say more than the engine knows.

    Args:
        base: an empty folder.
        model: who wants to call.
        tell: what is said of a call in place of what the engine says.
        key_silence: seconds before an approval can be answered.
        clock: tells engine and screen the time.
        project: name of the project's folder.
        home: where the screen is told that the folder lies; empty for where it is.
        mode: the permission mode; as it is everything is asked about.
    """

    def __init__(
        self,
        base: Path,
        model: ConnectedModel,
        tell: Callable[[Approval], Approval] = lambda approval: approval,
        *,
        key_silence: float = KEY_SILENCE,
        clock: Clock | None = None,
        project: str = "work",
        home: str = "",
        mode: Mode = "approve",
    ) -> None:
        super().__init__(
            base,
            model,
            mode=mode,
            link=self._link,
            key_silence=key_silence,
            clock=clock,
            project=project,
        )
        self._tell_more = tell
        self._places = (str(base).encode(), (home or str(base)).encode())
        self._outbound: ObjectSendStream[bytes] | None = None
        self._last: Event | None = None
        self.told: list[Command] = []
        """What the screen asked of the session."""

    async def say(self, data: AnyData) -> None:
        """Let the screen hear an event as if the engine had told it."""
        assert self._outbound is not None and self._last is not None
        await self._outbound.send(event_line(event_to(evolve(self._last, data=data))))

    async def _link(
        self, inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        self._outbound = outbound
        asked, heard = anyio.create_memory_object_stream[bytes](64)
        said_on, said_here = anyio.create_memory_object_stream[bytes](64)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._listen, inbound, asked)
            tasks.start_soon(self._retell, said_here, outbound)
            async with heard, said_on:
                await self.engine(heard, said_on)

    async def _listen(
        self, inbound: ObjectReceiveStream[bytes], asked: ObjectSendStream[bytes]
    ) -> None:
        async with inbound, asked:
            async for chunk in inbound:
                words = [parse(line) for line in frames(chunk)]
                commands = [word.command for word in words if isinstance(word, Tell)]
                self.told += commands
                # A test says itself what a model explains.
                if not any(isinstance(command, Explain) for command in commands):
                    await asked.send(chunk)

    async def _retell(
        self, heard: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        async with heard:
            async for chunk in heard:
                lines = [self._fuller(line) + b"\n" for line in frames(chunk)]
                await outbound.send(b"".join(lines))

    def _fuller(self, line: bytes) -> bytes:
        line = line.replace(*self._places)
        if not line.startswith(b"event "):
            return line
        event = event_from(line.removeprefix(b"event "))
        self._last = event
        if isinstance(event.data, RequestAsked) and isinstance(event.data.subject, Approval):
            subject = self._tell_more(event.data.subject)
            event = evolve(event, data=evolve(event.data, subject=subject))
            return event_line(event_to(event)).rstrip(b"\n")
        return line
