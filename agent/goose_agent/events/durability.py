"""How safe an event must be before anything follows from it."""

from __future__ import annotations

from typing import Literal

__all__ = ["Durability"]

Durability = Literal["act", "shown", "transient"]
"""`act`: on disk (synced) before anything is done about it. `shown`: committed before it is painted.
`transient`: never stored."""
