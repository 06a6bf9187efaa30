"""The file: JSON, a line each, so that a recording that is cut off can be used as far as it goes.

First comes a head, then models with what is known of them, texts that requests are made of, each
once, and requests that name these texts with their answers. There are no addresses, no headers and
no keys in it.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from goose_agent.decoding import converted, decoder_of
from goose_agent.errors import ConfigError, ProviderError, UsageError
from goose_agent.private_file import read_small
from goose_agent.providers.cassette.canonical import Piece, key_of
from goose_agent.providers.cassette.exchange import Batch, Exchange, Failure, edited
from goose_agent.providers.encoder import Encoder
from goose_agent.providers.encoding import as_body
from goose_agent.providers.model import ModelInfo

__all__ = ["Tape", "TapeModel", "TapeWriter", "read_tape"]

_VERSION = 1
_LARGEST = 512 * 2**20
"""Bytes that a file may have."""
_HEAD = "goose_cassette"


class TapeModel(Struct, frozen=True, omit_defaults=True):
    """A model that answered."""

    info: ModelInfo
    encoder: Encoder | None = None
    """How it encodes requests; None where that is not known."""


class Tape(Struct, frozen=True):
    """What is on file."""

    path: Path
    models: Mapping[str, TapeModel]
    """By `provider/model`, in the order in which they were first asked."""
    exchanges: tuple[Exchange, ...]


class TapeWriter:
    """Writes a new file, from the first exchange on; each is there as soon as it has ended.

    Args:
        path: the file, which must not be there.
        program: name and version of what writes it.
        edit: what is done to each text before it is written, such as to mask secrets.

    Raises:
        UsageError: the file is there, or its folder is not.
    """

    def __init__(self, path: Path, program: str, edit: Callable[[str], str]) -> None:
        self._path = path
        self._edit = edit
        self._models: set[str] = set()
        self._texts: set[str] = set()
        self._one_at_a_time = threading.Lock()
        self._head: dict[str, object] | None = {_HEAD: _VERSION, "program": program}
        """The first line, as long as there is no file."""
        if path.is_symlink() or path.exists():
            raise UsageError(f"{path} is there already.", "Remove it, or record into another file.")
        if not path.parent.is_dir():
            raise UsageError(f"There is no folder {path.parent}.", "Make it first.")

    def add(
        self,
        model: TapeModel,
        request: Sequence[Piece],
        answer: Sequence[Batch],
        failure: Failure | None,
    ) -> None:
        """Write down an exchange. Blocks.

        Args:
            model: who answered.
            request: what was asked.
            answer: what came of it.
            failure: with what that ended; None for a whole answer.

        Raises:
            ProviderError: it cannot be written; the turn is to end with that.
        """
        name, edit = model.info.name, self._edit
        request = [Piece(piece.name, edit(piece.text)) for piece in request]
        if failure is not None:
            failure = msgspec.structs.replace(
                failure, message=edit(failure.message), hint=edit(failure.hint)
            )
        lines: list[dict[str, object]] = []
        with self._one_at_a_time:
            if name not in self._models:
                self._models.add(name)
                lines.append({"model": name, **msgspec.to_builtins(model)})
            named = []
            for piece in request:
                sha = hashlib.sha256(piece.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
                named.append((piece.name, sha))
                if sha not in self._texts:
                    self._texts.add(sha)
                    lines.append({"text": sha, "is": piece.text})
            lines.append(
                {
                    "key": key_of(request),
                    "by": name,
                    "request": named,
                    "answer": msgspec.to_builtins(edited(answer, edit)),
                    **({"failure": msgspec.to_builtins(failure)} if failure else {}),
                }
            )
            self._write(lines)

    def _write(self, lines: Sequence[Mapping[str, object]]) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        if self._head is not None:
            lines = [self._head, *lines]
            flags |= os.O_CREAT | os.O_EXCL
        written = b"".join(as_body(line) + b"\n" for line in lines)
        try:
            with os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
                file.write(written)
        except OSError as error:
            raise ProviderError(
                f"{self._path} cannot be written: {error.strerror}.",
                "Make room, or run without --record.",
            ) from error
        self._head = None


def read_tape(path: Path) -> Tape:
    """Read a file; a last line that was cut off is left out. Blocks.

    Raises:
        ConfigError: it is none of ours, or damaged; the message names the line.
    """
    try:
        content = read_small(path, _LARGEST)
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError(f"{path} cannot be read: {why}.", "Check --replay.") from error
    whole, _, _ = content.rpartition(b"\n")
    reader = _Reader(path)
    for number, line in enumerate(whole.split(b"\n"), 1):
        try:
            reader.take(number, decoder_of(dict[str, Any]).decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"{path}:{number} is no line of a recording: {error}.", "Record it anew."
            ) from error
    return Tape(path, reader.models, tuple(reader.exchanges))


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: dict[str, str] = {}
        self.models: dict[str, TapeModel] = {}
        self.exchanges: list[Exchange] = []

    def take(self, number: int, line: dict[str, Any]) -> None:
        if number == 1:
            if line[_HEAD] != _VERSION:
                raise ConfigError(
                    f"Another version of goose-tui wrote {self._path}.", "Record it anew."
                )
        elif "model" in line:
            self.models[line.pop("model")] = converted(line, TapeModel)
        elif "text" in line:
            self._texts[line["text"]] = line["is"]
        else:
            request = tuple(Piece(name, self._texts[sha]) for name, sha in line["request"])
            answer = converted(line["answer"], tuple[Batch, ...])
            failure = converted(line.get("failure"), Failure | None)
            self.models[line["by"]]
            self.exchanges.append(Exchange(line["key"], line["by"], request, answer, failure))
