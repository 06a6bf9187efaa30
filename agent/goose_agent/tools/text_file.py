"""Text files as they are on disk, and writing them without ever leaving half of one.

Encoding, byte order mark and line ends belong to the file: a change to a line keeps them.
"""

from __future__ import annotations

import codecs
import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct

from goose_agent.tools.real_file import folder_of, open_real

__all__ = [
    "BinaryFile",
    "TextFile",
    "decode",
    "is_binary",
    "kind_of",
    "read_bytes",
    "remove",
    "replace",
]

_MARKS = (
    # UTF-32 first: its little-endian mark starts with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 8192
"""Bytes in which a NUL makes a file binary, as git has it."""
_SIGNATURES = (
    (b"\x89PNG\r\n", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"%PDF-", "PDF document"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"\x7fELF", "ELF program"),
    (b"SQLite format 3", "SQLite database"),
    (b"\xca\xfe\xba\xbe", "Java class or Mach-O program"),
    (b"\xcf\xfa\xed\xfe", "Mach-O program"),
    (b"MZ", "Windows program"),
    (b"\0asm", "WebAssembly module"),
)


class BinaryFile(ValueError):
    """The bytes are not text."""


class TextFile(Struct, frozen=True):
    """Text, and how it is written in its file."""

    text: str
    """Line ends as they are in the file."""
    encoding: str = "utf-8"
    mark: bytes = b""
    """The byte order mark; empty where there is none."""

    @property
    def line_end(self) -> Literal["\n", "\r\n"]:
        """How most lines end."""
        windows = self.text.count("\r\n")
        return "\r\n" if windows * 2 > self.text.count("\n") else "\n"

    def with_text(self, text: str) -> TextFile:
        """The same file with another content."""
        return TextFile(text, self.encoding, self.mark)

    def encode(self) -> bytes:
        """The bytes of the file.

        Raises:
            UnicodeEncodeError: the encoding has no such character.
        """
        return self.mark + self.text.encode(self.encoding)


def is_binary(data: bytes) -> bool:
    """Whether these bytes are no text: there is a NUL near the start, and no mark explains it."""
    marked = any(data.startswith(mark) for mark, _ in _MARKS)
    return not marked and b"\0" in data[:_LOOKED_AT]


def decode(data: bytes) -> TextFile:
    """Read bytes as text; every text it returns encodes to the same bytes again.

    Raises:
        BinaryFile: they are not text.
    """
    if is_binary(data):
        raise BinaryFile
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            with suppress(UnicodeDecodeError):
                return TextFile(data[len(mark) :].decode(encoding), encoding, mark)
    with suppress(UnicodeDecodeError):
        return TextFile(data.decode("utf-8"))
    # Every byte is a character in it, so whatever the true encoding is, nothing gets lost.
    return TextFile(data.decode("latin-1"), "latin-1")


def kind_of(data: bytes) -> str:
    """What a binary file is, in a few words."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP image"
    return "binary file"


def read_bytes(path: Path, limit: int) -> bytes:
    """The first bytes of a regular file, `limit` of them at most.

    Args:
        path: absolute, without links.
        limit: bytes.

    Raises:
        OSError: it cannot be read, is something that could block or never end, or is a link by now.
    """
    # Not to wait for a writer, should it be a pipe.
    descriptor = open_real(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "Not a regular file")
        return file.read(limit)


def replace(path: Path, data: bytes) -> None:
    """Put these bytes in the place of the file, in one step, or create it, with its folders.

    A reader sees the old content or the new one. The mode is kept.

    Args:
        path: absolute, without links.
        data: all of its new content.

    Raises:
        OSError: it cannot be written, or is a link by now; the file is as it was.
    """
    with folder_of(path, make=True) as (folder, name):
        before = _status(name, folder)
        if before is not None and stat.S_ISLNK(before.st_mode):
            raise OSError(errno.ELOOP, "A link is where none was", str(path))
        fresh = f".{name[:200]}.{secrets.token_hex(4)}.tmp"
        # What was private must not be readable while it is being written.
        mode = 0o600 if before else 0o666
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(fresh, flags, mode, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if before:
                    _take_after(descriptor, before)
                os.fsync(descriptor)
            os.replace(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)  # by descriptor
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=folder)  # by descriptor
            raise


def remove(path: Path) -> None:
    """Take a file away, if it is there; of a link, the link.

    Args:
        path: absolute, its folder without links.

    Raises:
        OSError: it cannot be taken away, or its folder is a link by now.
    """
    with suppress(FileNotFoundError), folder_of(path) as (folder, name):
        os.unlink(name, dir_fd=folder)  # by descriptor


def _status(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)  # by descriptor
    except FileNotFoundError:
        return None


def _take_after(descriptor: int, before: os.stat_result) -> None:
    """Give a new file the owner and the mode of the one it replaces."""
    if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(OSError):  # only a privileged process may
            os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
