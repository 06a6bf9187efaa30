"""What an extension may see of the session it belongs to, and say in it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct

__all__ = ["SessionView", "Utterance"]


class Utterance(Struct, frozen=True):
    """One piece of the exchange between person, model and tools."""

    role: Literal["person", "model", "tool"]
    text: str
    """What was said; of a tool, what the model read of its result."""
    tool: str = ""
    """Which tool, where one spoke."""


class SessionView(Protocol):
    """A session, as one of its extensions sees it."""

    @property
    def session_id(self) -> str:
        """Names the session."""

    @property
    def exchange(self) -> Sequence[Utterance]:
        """What was said so far, to be read; made anew with each use."""

    @property
    def kept(self) -> Mapping[str, Any]:
        """What this extension kept in the record last, also before a resume; empty at first."""

    def keep(self, state: Mapping[str, Any]) -> None:
        """Put plain JSON data on record in the place of what was kept before."""

    def start(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let something go on beside the calls until the session ends, which cancels it."""

    def log(self, text: str) -> None:
        """Tell the person something that stays on record."""

    def status(self, text: str) -> None:
        """Tell the person what is going on right now; nothing of it is kept."""
