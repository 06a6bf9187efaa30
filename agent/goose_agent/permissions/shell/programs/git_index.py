"""Whether git's index has submodules: git looks into them, with their own settings."""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["has_submodules"]

_GITLINK = b"\x00\x00\xe0\x00"
"""The mode of a submodule."""
_FIXED = 62
"""Bytes of an entry before its name, with hashes of 20 bytes."""
_LONG_NAME = 0xFFF
_EXTENDED = 0x4000


def has_submodules(index: bytes) -> bool:
    """Whether there is one; also where the index cannot be read to its end.

    Args:
        index: the file as a whole.
    """
    if _GITLINK not in index:
        return False
    try:
        return any(mode == _GITLINK for mode in _modes(index))
    except (struct.error, ValueError, IndexError):
        return True


def _modes(index: bytes) -> Iterator[bytes]:
    """The modes of all entries.

    Raises:
        ValueError: the index is not as it should be.
    """
    signature, version, count = struct.unpack_from(">4sII", index)
    if signature != b"DIRC" or version not in (2, 3, 4):
        raise ValueError("no index of a known version")
    at = 12
    for _ in range(count):
        yield index[at + 24 : at + 28]
        (flags,) = struct.unpack_from(">H", index, at + _FIXED - 2)
        name = at + _FIXED + (2 if flags & _EXTENDED else 0)
        if version == 4:
            while index[name] & 0x80:  # how much of the name before is kept: a number of any length
                name += 1
            at = index.index(b"\0", name + 1) + 1
            continue
        length = flags & _LONG_NAME
        end = name + length if length < _LONG_NAME else index.index(b"\0", name)
        if index[end : end + 1] != b"\0":
            raise ValueError("a name of another length")
        at += (end - at + 8) // 8 * 8
