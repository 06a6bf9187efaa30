"""Where two contents begin to differ, with what stands around it."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Difference", "first_difference"]

_AROUND = 24
_SHOWN = 80
"""Characters before the first difference, and from there on, that are shown."""


class Difference(Struct, frozen=True):
    """The first difference."""

    offset: int
    """Bytes before it."""
    one: str
    """What one content has there."""
    other: str
    """What the other has."""


def first_difference(one: bytes, other: bytes) -> Difference:
    """Where two contents differ first: where the shorter ends, if they differ nowhere before."""
    shorter = min(len(one), len(other))
    offset = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    return Difference(offset, _around(one, offset), _around(other, offset))


def _around(content: bytes, offset: int) -> str:
    start = max(0, offset - _AROUND)
    text = content[start : offset + _SHOWN].decode("utf-8", "replace")
    return f"{'…' if start else ''}{text}{'…' if offset + _SHOWN < len(content) else ''}"
