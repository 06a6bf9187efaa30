"""Pictures as they are in files: what they are and how large, told by their bytes and never by a name.

Only headers and the chain of blocks are read, never a pixel. A picture that is cut off is refused
here: a service would refuse it, and with it every further request of the conversation.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from goose_agent.tools.output import human_size

__all__ = ["LARGEST_PICTURE", "BrokenPicture", "PictureFile", "begins_a_picture", "picture_of"]

LARGEST_PICTURE = 20 * 10**6
"""Bytes of the largest picture that is taken."""
_BLOCKS = 200_000
"""Blocks of a file that are looked at, at most: more than the largest sound one has."""
_SIDE = 2**20
"""Pixels of a side that are believed, at most."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_GIF = (b"GIF87a", b"GIF89a")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of a frame, whose header holds the size."""
_SCAN, _END = 0xDA, 0xD9

_CUT = "is cut off: its end is missing"
_ODD = "is damaged: its header makes no sense"


class BrokenPicture(ValueError):
    """The bytes begin as a picture does and are none; the message says why, its subject left out."""


class PictureFile(Struct, frozen=True):
    """A picture and what its header says."""

    media_type: str
    """`image/png`, `image/jpeg`, `image/webp` or `image/gif`."""
    width: int
    """Pixels."""
    height: int
    data: bytes
    name: str = ""
    """For people: its path, or what it is; may be empty."""

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        size = human_size(len(self.data))
        return f"{self.media_type.removeprefix('image/').upper()} picture, {self.width}×{self.height}, {size}"


def picture_of(data: bytes, name: str = "") -> PictureFile | None:
    """The picture that these bytes are; None where they are no picture.

    Args:
        data: all of a file.
        name: for people.

    Raises:
        BrokenPicture: they begin as one, but it is damaged, cut off or too large.
    """
    media_type, read = _kind(data)
    if read is None:
        return None
    if len(data) > LARGEST_PICTURE:
        raise BrokenPicture(f"is larger than {human_size(LARGEST_PICTURE)}")
    try:
        width, height = read(data)
    except IndexError:
        raise BrokenPicture(_CUT) from None
    if not (0 < width <= _SIDE and 0 < height <= _SIDE):
        raise BrokenPicture(_ODD)
    return PictureFile(media_type, width, height, data, name)


def begins_a_picture(head: bytes) -> bool:
    """Whether these are the first bytes of a picture.

    Args:
        head: at least 12 bytes of a file.
    """
    return _kind(head)[1] is not None


_Reader = Callable[[bytes], tuple[int, int]]


def _kind(data: bytes) -> tuple[str, _Reader | None]:
    if data.startswith(_PNG):
        return "image/png", _png
    if data.startswith(_JPEG):
        return "image/jpeg", _jpeg
    if data.startswith(_GIF):
        return "image/gif", _gif
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp", _webp
    return "", None


def _number(data: bytes, start: int, size: int, *, big: bool = False) -> int:
    """An unsigned number of `size` bytes.

    Raises:
        IndexError: the data ends before it does.
    """
    piece = data[start : start + size]
    if len(piece) < size:
        raise IndexError
    return int.from_bytes(piece, "big" if big else "little")


def _png(data: bytes) -> tuple[int, int]:
    if data[12:16] != b"IHDR":
        raise BrokenPicture(_ODD if len(data) > 16 else _CUT)
    at = len(_PNG)
    for _ in range(_BLOCKS):
        end = at + 12 + _number(data, at, 4, big=True)
        if end > len(data):
            raise BrokenPicture(_CUT)
        if data[at + 4 : at + 8] == b"IEND":
            return _number(data, 16, 4, big=True), _number(data, 20, 4, big=True)
        at = end
    raise BrokenPicture(_ODD)


def _jpeg(data: bytes) -> tuple[int, int]:
    at, size = 2, (0, 0)
    for _ in range(_BLOCKS):
        if _number(data, at, 1) != 0xFF:
            raise BrokenPicture(_ODD)
        marker = _number(data, at + 1, 1)
        if marker == 0xFF:  # bytes of filling
            at += 1
            continue
        if marker == _SCAN:
            if data.rfind(b"\xff\xd9", at) < 0:
                raise BrokenPicture(_CUT)
            return size
        if marker == _END:
            break
        if marker in _FRAMES:
            size = _number(data, at + 7, 2, big=True), _number(data, at + 5, 2, big=True)
        at += 2 + max(2, _number(data, at + 2, 2, big=True))
    raise BrokenPicture(_ODD)


def _gif(data: bytes) -> tuple[int, int]:
    at, in_chain = 13 + _table(_number(data, 10, 1)), False
    for _ in range(_BLOCKS):
        first = _number(data, at, 1)
        if in_chain:
            at, in_chain = at + 1 + first, first > 0
        elif first == 0x3B:
            return _number(data, 6, 2), _number(data, 8, 2)
        elif first == 0x21:  # an extension
            at, in_chain = at + 2, True
        elif first == 0x2C:  # a frame, perhaps with colours of its own
            at, in_chain = at + 11 + _table(_number(data, at + 9, 1)), True
        else:
            break
    raise BrokenPicture(_ODD)


def _table(flags: int) -> int:
    """Bytes of the table of colours that these flags tell of."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> tuple[int, int]:
    if _number(data, 4, 4) + 8 > len(data):
        raise BrokenPicture(_CUT)
    match data[12:16]:
        case b"VP8X":
            return _number(data, 24, 3) + 1, _number(data, 27, 3) + 1
        case b"VP8L":
            bits = _number(data, 21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _number(data, 26, 2) & 0x3FFF, _number(data, 28, 2) & 0x3FFF
        case _:
            raise BrokenPicture(_ODD)
