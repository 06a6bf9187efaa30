"""Small pictures of all kinds, sound to the last byte."""

from __future__ import annotations

import random
import zlib

__all__ = ["gif", "jpeg", "png", "webp"]


def png(width: int = 4, height: int = 3, *, size: int = 0) -> bytes:
    """A black PNG.

    Args:
        width: pixels.
        height: pixels.
        size: bytes it is to have at least; what is added cannot be compressed.
    """
    rows = b"".join(b"\0" + bytes((width + 7) // 8) for _ in range(height))
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([1, 0, 0, 0, 0])
    chunks = [_chunk(b"IHDR", header)]
    if size:
        chunks.append(_chunk(b"teSt", random.Random(7).randbytes(size)))
    chunks += [_chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + name + data + check


def jpeg(width: int = 4, height: int = 3) -> bytes:
    """The blocks of a JPEG with a preview of another size within."""
    preview = b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xd9"
    frame = b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    scan = b"\x01\x01\x00\x00\x3f\x00"
    blocks = [_block(0xE1, b"Exif\0\0" + preview), _block(0xC2, frame), _block(0xDA, scan)]
    return b"\xff\xd8" + b"".join(blocks) + b"\x12\x34\x56\xff\xd9"


def _block(marker: int, data: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def gif(width: int = 4, height: int = 3) -> bytes:
    """A GIF with a comment and one frame."""
    screen = width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\x80\0\0" + bytes(6)
    comment = b"\x21\xfe\x05hello\x00"
    frame = b"\x2c" + bytes(4) + b"\x01\0\x01\0\0" + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + comment + frame + b"\x3b"


def webp(width: int = 4, height: int = 3, *, kind: str = "VP8X") -> bytes:
    """The header of a WebP of one of its three kinds."""
    if kind == "VP8X":
        data = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == "VP8L":
        data = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + b"\0"
    else:
        size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
        data = b"\x30\x01\x00\x9d\x01\x2a" + size
    chunk = kind.encode().ljust(4) + len(data).to_bytes(4, "little") + data
    return b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk
