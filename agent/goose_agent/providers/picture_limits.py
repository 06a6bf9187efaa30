"""Which pictures a service takes: what it refuses would spoil every further request."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["PICTURES", "PictureLimits"]

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""The media types that pictures come in."""


class PictureLimits(Struct, frozen=True):
    """The bounds of one service; 0 where none is known."""

    media_types: tuple[str, ...] = PICTURES
    size: int = 0
    """Bytes of one picture, before it is encoded."""
    side: int = 0
    """Pixels of its longer side."""
    crowd: int = 0
    """Pictures of one request above which `crowd_side` holds."""
    crowd_side: int = 0
    total: int = 20_000_000
    """Bytes of all pictures of one request."""
