"""Numbers as short text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["byte_count", "duration", "money", "tokens"]


def duration(seconds: float) -> str:
    """A length of time: `12ms`, `1.2s`, `2m 05s`, `1h 02m`.

    Args:
        seconds: not negative.
    """
    if round(seconds * 1000) < 1000:
        return f"{round(seconds * 1000)}ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60}h {minutes % 60:02d}m"
    return f"{minutes // 1440}d {minutes // 60 % 24:02d}h"


def tokens(count: int) -> str:
    """A number of tokens: `950`, `4.2k`, `122k`, `1.2M`."""
    return _scaled(count, 1000, ("", "k", "M", "G"))


def byte_count(count: int) -> str:
    """A size: `950 B`, `4.2 kB`, `122 kB`, `1.2 MB`; powers of 1000."""
    return _scaled(count, 1000, (" B", " kB", " MB", " GB", " TB"))


def _scaled(count: int, step: int, units: Sequence[str]) -> str:
    if abs(count) < step:
        return f"{count}{units[0]}"
    value, scale = count / step, 1
    while abs(round(value)) >= step and scale < len(units) - 1:
        value, scale = value / step, scale + 1
    # One decimal below ten, none above: the text never has more than three digits.
    number = f"{value:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return f"{number.removesuffix('.0')}{units[scale]}"


def money(amount: float, currency: str = "$") -> str:
    """An amount: `$0.42`, `$12.50`, `$0.0031`; what is too small to show is `<$0.0001`.

    Args:
        amount: in units of the currency, not negative.
        currency: the sign before it.
    """
    if amount <= 0:
        return f"{currency}0.00"
    if amount < 0.0001:
        return f"<{currency}0.0001"
    return f"{currency}{amount:.4f}" if amount < 0.01 else f"{currency}{amount:,.2f}"
