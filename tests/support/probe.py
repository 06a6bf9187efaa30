"""Tools for tests that wait until they are let go."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio

from goose_agent.tools.tool import CallContext, Extension, tool

__all__ = ["Probe"]


@dataclass
class Probe(Extension):
    """Its calls can be held, and it knows which ran."""

    name = "probe"
    gate: anyio.Event = field(default_factory=anyio.Event)
    ran: list[str] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0

    @tool(effect="read", summary="word")
    async def look(self, call: CallContext, word: str) -> str:
        """Look at a word.

        Args:
            call: The running call.
            word: The word.
        """
        self.ran.append(word)
        return f"saw {word}"

    @tool(effect="read", summary="word")
    async def hold(self, call: CallContext, word: str) -> str:
        """Wait until let go.

        Args:
            call: The running call.
            word: The word.
        """
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        self.ran.append(word)
        try:
            await self.gate.wait()
        finally:
            self._now -= 1
        return f"held {word}"

    @tool(effect="run", summary="word")
    async def act(self, call: CallContext, word: str) -> str:
        """Do something that asks.

        Args:
            call: The running call.
            word: The word.
        """
        self.ran.append(word)
        return f"did {word}"
