"""Tokens without a tokenizer: bytes over a ratio that each model's own reports teach."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FIRST_RATIO", "estimate_tokens", "ratio_of"]

FIRST_RATIO = 4.6
"""Bytes for a token before a model has reported: a mean over English and code in JSON."""


def ratio_of(ratios: Mapping[str, float], model: str) -> float:
    """Bytes for a token of this model, as far as it is known."""
    return ratios.get(model, FIRST_RATIO)


def estimate_tokens(size: int, ratio: float) -> int:
    """Tokens in `size` bytes, rounded up."""
    return -int(-size // ratio)
