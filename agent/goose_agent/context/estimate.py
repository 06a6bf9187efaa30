"""Tokens without a tokenizer: bytes over a ratio that each model's own reports teach."""

from __future__ import annotations

from goose_agent.state.context_reducer import FIRST_RATIO, ratio_of

__all__ = ["FIRST_RATIO", "estimate_tokens", "picture_tokens", "ratio_of"]

_SIDE = 1568
"""Pixels of the longer side above which services make a picture smaller."""
_AREA = 750
"""Pixels for a token."""
_LEAST = 85
"""Tokens of the smallest picture."""


def estimate_tokens(size: int, ratio: float) -> int:
    """Tokens in `size` bytes, rounded up."""
    return -int(-size // ratio)


def picture_tokens(width: int, height: int) -> int:
    """Tokens of a picture, about: every service counts them in its own way.

    Args:
        width: pixels; 0 where that is not known.
        height: pixels.
    """
    longest = max(width, height)
    if not longest:
        return _SIDE * _SIDE // _AREA
    scale = min(1.0, _SIDE / longest)
    return max(_LEAST, round(width * scale * height * scale / _AREA))
