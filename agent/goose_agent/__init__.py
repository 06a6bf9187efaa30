"""An agent that does the work, without any user interface: embed it, or put a face on it."""

from __future__ import annotations

__all__: list[str] = []
