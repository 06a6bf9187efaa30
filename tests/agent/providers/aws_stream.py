"""What Amazon Bedrock sends: messages of an event stream, framed by hand."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Literal

__all__ = ["STREAM", "WHO", "Kind", "altered", "message", "messages", "opening", "prelude"]

STREAM = "application/vnd.amazon.eventstream"
WHO = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-that-nobody-may-see",
}


Kind = Literal["event", "exception", "error"]


def message(name: str, value: object, kind: Kind = "event") -> bytes:
    """One message; `value` may be bytes to be sent as they are."""
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {":message-type": kind, ":content-type": "application/json"}
    if kind == "error":
        headers |= {":error-code": name, ":error-message": payload.decode()}
        payload = b""
    else:
        headers[f":{kind}-type"] = name
    packed = b"".join(_header(*pair) for pair in headers.items())
    return _sealed(prelude(len(packed) + len(payload) + 16, len(packed)) + packed + payload)


def prelude(length: int, headers: int) -> bytes:
    """The beginning of a message: its length, and that of its headers, in bytes."""
    sizes = struct.pack("!II", length, headers)
    return _sealed(sizes)


def opening(size: int) -> bytes:
    """The beginning of a message of so many bytes without headers."""
    return prelude(size, 0)


def altered(messages: bytes, old: bytes, new: bytes) -> bytes:
    """Messages with some bytes for others, as long, and sound all the same."""
    found = []
    while messages:
        length = int.from_bytes(messages[:4], "big")
        found.append(_sealed(messages[: length - 4].replace(old, new)))
        messages = messages[length:]
    return b"".join(found)


def messages(*events: tuple[str, object]) -> bytes:
    """Events one behind the other."""
    return b"".join(message(name, value) for name, value in events)


def _sealed(start: bytes) -> bytes:
    return start + struct.pack("!I", zlib.crc32(start))


def _header(name: str, value: str) -> bytes:
    said = value.encode()
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(said)) + said
