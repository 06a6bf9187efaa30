"""What was measured, what it should be, and whether it is."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from msgspec import Struct

__all__ = ["Found", "show", "tell"]


class Found(Struct, frozen=True):
    """One thing that was measured."""

    words: str
    value: float
    unit: str
    target: float | None = None
    """It may be at most this; None where it is told for what it is."""
    beside: str = ""
    """What else is worth knowing."""

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        return self.target is None or self.value <= self.target


def show(title: str, found: Iterable[Found]) -> bool:
    """Print a table; tells whether all is as it should be."""
    tell("")
    print(f"\n{title:44}{'measured':>14}{'target':>14}")
    good = True
    for item in found:
        target = "" if item.target is None else _amount(item.target, item.unit)
        word = "" if item.target is None else "ok" if item.good else "over"
        line = f"  {item.words:42}{_amount(item.value, item.unit):>14}{target:>14}  {word:5}"
        print(f"{line}{item.beside}".rstrip())
        good &= item.good
    return good


def tell(words: str) -> None:
    """Say how far it is, on a line that the next one replaces."""
    print(f"\r\x1b[K{words} ", end="", file=sys.stderr, flush=True)


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 1000 or value == int(value) else 2 if unit in ("", "s") else 1
    return f"{value:,.{digits}f} {unit}".rstrip()
