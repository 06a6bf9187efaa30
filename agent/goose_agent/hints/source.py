"""The text of one file, as far as a hint may bring it: bounded, inside, no secret, no surprise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from goose_agent.characters import Kind, find_hidden
from goose_agent.permissions.paths import PathClass, Roots
from goose_agent.redaction import Redactor
from goose_agent.tools.output import human_size
from goose_agent.tools.text_file import decode, is_binary, kind_of, read_bytes
from goose_agent.tools.walk import is_left_out

__all__ = ["MOST", "NotTaken", "Source", "Sources"]

MOST = 64_000
"""Bytes of a hint file, with all that it imports, that a model reads."""
_UNSEEN = (Kind.TAG, Kind.BIDI, Kind.CONTROL)
"""Characters that say something to a model, or to a terminal, that a person does not see."""


class NotTaken(Exception):
    """A file is not taken; the message says why, as the end of a sentence."""


class Source(Struct, frozen=True):
    """What is taken of a file."""

    real: Path
    """Without links."""
    text: str
    size: int
    """Bytes of all of the file."""
    remarks: tuple[str, ...] = ()
    """What was not taken as it is, each the end of a sentence about the file."""


class Sources:
    """Reads files for hints.

    Args:
        boundaries: folders outside of which nothing is read, absolute.
        hides: whether an absolute path is kept from the agent.
        redactor: masks our own keys.
    """

    def __init__(
        self, boundaries: Sequence[Path], hides: Callable[[str], bool], redactor: Redactor
    ) -> None:
        self._roots = Roots(boundaries)
        self._hides = hides
        self._redactor = redactor

    def locate(self, path: Path) -> Path:
        """Where a path leads, if what is there may be read at all.

        Args:
            path: absolute.

        Raises:
            NotTaken: it may not.
        """
        found = self._roots.locate(str(path), "read")
        if found.kind is PathClass.OUTSIDE and found.real is not None:
            folder = next(iter(self._roots.folders))
            raise NotTaken(f"leads out of {folder}, to {found.real}")
        if found.kind is not PathClass.INSIDE or found.real is None:
            raise NotTaken(found.why)
        if ".git" in (self._roots.relative(found.real) or found.real).parts:
            raise NotTaken("belongs to git itself")
        if self._hides(str(path)) or self._hides(str(found.real)):
            raise NotTaken("is kept from the agent")
        return found.real

    def is_left_out(self, real: Path, *, is_folder: bool = False) -> bool:
        """Whether the folders' own `.gitignore` files leave a file or a folder out."""
        within = self._roots.relative(real)
        top = real if within is None else Path(*real.parts[: -len(within.parts) or None])
        return is_left_out(real, top, is_folder=is_folder)

    def read(self, real: Path) -> Source:
        """The text of a file.

        Args:
            real: absolute, without links.

        Raises:
            NotTaken: it has none that can be read.
        """
        try:
            data = read_bytes(real, MOST + 1)
            size = max(len(data), real.stat().st_size)
        except FileNotFoundError:
            raise NotTaken("is not there") from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise NotTaken(f"cannot be read: {reason}") from None
        if is_binary(data):
            raise NotTaken(f"is no text: {kind_of(data)}")
        remarks = []
        if len(data) > MOST:
            data = _cut(data)
            remarks.append(f"is {human_size(size)}: only its first {human_size(MOST)} are read")
        decoded = decode(data)
        if decoded.encoding == "latin-1":
            remarks.append("is not UTF-8: it is read as Latin-1")
        text, unseen = _visible(decoded.text.replace("\r\n", "\n"))
        if unseen:
            remarks.append("has characters that nobody sees: they are left out")
        return Source(real, self._redactor.text(text).strip(), size, tuple(remarks))


def _cut(data: bytes) -> bytes:
    """The first bytes, behind the end of a line where there is one not far, and of a character."""
    end = data.rfind(b"\n", MOST // 2, MOST)
    if end >= 0:
        return data[: end + 1]
    end = MOST
    while end > MOST - 4 and data[end] & 0xC0 == 0x80:
        end -= 1
    return data[:end]


def _visible(text: str) -> tuple[str, bool]:
    """A text without what nobody sees, and whether there was anything of it that speaks."""
    spans = [span for span in find_hidden(text) if span.kind in _UNSEEN]
    for span in reversed(spans):
        text = text[: span.start] + text[span.stop :]
    return text, any(span.kind is not Kind.CONTROL for span in spans)
