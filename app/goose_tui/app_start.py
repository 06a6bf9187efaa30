"""What the workbench starts with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from goose_tui.keys import KEY_SILENCE

if TYPE_CHECKING:
    from goose_agent.config.settings import Settings
    from goose_agent.wire import Open
    from goose_tui.model_setup import ModelSetup
    from goose_tui.theming import Look

__all__ = ["Start"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nothing() -> None:
    """Do it."""


class Start(Struct, frozen=True):
    """What the workbench starts with.

    Args:
        version: of the program.
        open_word: which session to open; made once the engine's types are loaded.
        prompts: messages to send as soon as the session is open; read at that moment.
        look: colours; the bridge's settings may bring others.
        low_bandwidth: draw less often.
        tour: prepares the tour and says which session to open and what to say first.
        setup: brings a person without a model to one; None to offer only the tour.
        settings: reads what the user set for the screen.
        mono: monotonic seconds, as the engine's clock tells them.
        now: the wall clock, in UTC.
        key_silence: seconds without a key that pass before one answers an approval.
        settled: called when the workbench is painted, and when the first session is on it.
    """

    version: str
    open_word: Callable[[], Open]
    look: Look
    prompts: Sequence[str] = ()
    low_bandwidth: bool = False
    tour: Callable[[], tuple[Open, str]] | None = None
    setup: Callable[[], ModelSetup] | None = None
    settings: Callable[[], Settings] | None = None
    mono: Callable[[], float] = monotonic
    now: Callable[[], datetime] = _utc_now
    key_silence: float = KEY_SILENCE
    settled: Callable[[], None] = _nothing
