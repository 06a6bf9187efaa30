"""The start and the end of a blob that is too large to be shown whole."""

from __future__ import annotations

__all__ = ["excerpt"]

_NEAR = 4096
"""Bytes that are given up, at most, to cut at the end of a line."""


def excerpt(content: bytes, limit: int) -> str:
    """The content as text; of a larger one its start, how much is left out, and its end.

    Args:
        content: UTF-8 for the most part; what is not is replaced.
        limit: bytes of the content that are kept, at most; a negative one is taken as 0.
    """
    if len(content) <= limit:
        return content.decode("utf-8", "replace")
    half = max(0, limit) // 2
    stop, start = half, len(content) - half
    if (end := content.rfind(b"\n", max(0, stop - _NEAR), stop)) >= 0:
        stop = end + 1
    if (end := content.find(b"\n", start - 1, start + _NEAR)) >= 0:
        start = end + 1
    first = content[:stop].decode("utf-8", "replace")
    last = content[start:].decode("utf-8", "replace")
    line_end = "" if not first or first.endswith("\n") else "\n"
    return f"{first}{line_end}[… {start - stop:,} bytes are left out here …]\n{last}"
