"""A window that is too small: told by the answer where the service itself says nothing."""

from __future__ import annotations

from typing import Protocol

from goose_agent.context.build import Built
from goose_agent.errors import ContextOverflow
from goose_agent.messages import Usage
from goose_agent.providers.model import Model, ModelInfo, StopReason
from goose_agent.sessions.log import SessionLog
from goose_agent.state.session_state import SessionState

__all__ = ["Compactor", "overflow_of"]

_FULL = 0.98
"""Share of the window from which on an answer that was cut off was cut off by it."""
_SURE = 1.3
_UNSURE = 1.8
"""How many windows a request must fill, by our count, before a service that counted less is taken
to have dropped a part: with what the model's own reports have taught, and without."""
_HINT = "Start a new session with what matters, or choose a model with a larger window."


class Compactor(Protocol):
    """Makes a conversation smaller when it has outgrown its model."""

    async def __call__(self, log: SessionLog, model: Model, overflow: ContextOverflow) -> bool:
        """Let the next request be smaller.

        Args:
            log: the session's record, where what is done becomes events.
            model: whose window it is.
            overflow: how it came to light.

        Returns:
            Whether the request is worth sending anew.
        """


def overflow_of(
    info: ModelInfo, built: Built, state: SessionState, stop: StopReason, usage: Usage | None
) -> ContextOverflow | None:
    """The overflow that an answer shows which is not called one; None for a sound answer.

    Args:
        info: what is known of the model.
        built: the request.
        state: the session after the request was built, before the answer is reduced.
        stop: why the answer ended.
        usage: what the service counted, if it did.
    """
    if info.window is None:
        return None
    if stop == "length" and _used(built, usage) >= _FULL * info.window:
        return ContextOverflow(
            f"The window of {info.name} ({info.window:,} tokens) is full: the answer was cut off.",
            _HINT,
        )
    if usage is not None and _was_cut(info, built, state, usage.input_tokens):
        return ContextOverflow(
            f"The conversation no longer fits into the window of {info.name} ({info.window:,} "
            "tokens): it read only a part.",
            _HINT,
        )
    return None


def _used(built: Built, usage: Usage | None) -> int:
    if usage is None or not usage.input_tokens:
        return built.event.tokens
    return usage.input_tokens + usage.output_tokens


def _was_cut(info: ModelInfo, built: Built, state: SessionState, counted: int) -> bool:
    """Whether the service read less than was sent: some drop the beginning without a word."""
    window = info.window
    if window is None or not 0 < counted <= window:
        return False
    learned = info.name in state.context.ratios
    if built.event.tokens <= window * (_SURE if learned else _UNSURE):
        return False
    # Nobody knows what a picture counts.
    return not built.images
