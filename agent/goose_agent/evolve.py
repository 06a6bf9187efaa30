"""The same value with other values in some of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The type checker knows this one, and so checks the fields' names and types.
    from dataclasses import replace as evolve
else:
    from msgspec.structs import replace as evolve

__all__ = ["evolve"]
