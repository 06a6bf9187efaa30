"""What the tools of servers were when they were first seen, or allowed since: kept over sessions."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from goose_agent.decoding import decoder_of
from goose_agent.permissions.inspectors.pins import PinState, ToolPin, pin_of, pin_state
from goose_agent.private_file import locked, read_small, write_whole

__all__ = ["Definition", "PinStore"]

_LARGEST = 32 * 2**20
_KEPT = 20_000
"""Characters of a definition that are kept, to show what is different."""
_SHOWN = 60
"""Lines of a difference that are shown."""


class Definition(Struct, frozen=True):
    """A tool as a server describes it."""

    server: str
    tool: str
    description: str
    schema: Mapping[str, Any]
    origin: str
    """What is behind the server's name, by which another one is known."""
    shown: str = ""
    """The same for people."""

    @property
    def pin(self) -> ToolPin:
        """What it is known again by."""
        return pin_of(self.server, self.tool, self.description, self.schema, self.origin)

    @property
    def text(self) -> str:
        """All of it, in lines."""
        schema = json.dumps(self.schema, indent=1, sort_keys=True, ensure_ascii=False)
        return f"server: {self.shown}\n{self.description}\n{schema}"[:_KEPT]


class _Kept(Struct, frozen=True):
    digest: str
    text: str


_Pins = dict[str, dict[str, _Kept]]


class PinStore:
    """The pins of one user. Blocks: call it in a thread.

    Args:
        path: of the file; need not exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = decoder_of(_Pins)

    def compare(self, definitions: list[Definition]) -> list[tuple[PinState, str]]:
        """Whether each tool is the one that is pinned, and else what is different, in lines.

        What was never seen is pinned as it is.

        Raises:
            OSError: what is new cannot be kept.
        """
        with locked(self._path):
            pins = self._read()
            found = [self._compared(pins, definition) for definition in definitions]
            new = [
                one for one, (state, _) in zip(definitions, found, strict=True) if state == "new"
            ]
            if new:
                self._write(pins, new)
        return found

    def keep(self, definition: Definition) -> None:
        """A person has allowed a tool as it is.

        Raises:
            OSError: that cannot be kept.
        """
        with locked(self._path):
            self._write(self._read(), [definition])

    def _compared(self, pins: _Pins, definition: Definition) -> tuple[PinState, str]:
        kept = pins.get(definition.server, {}).get(definition.tool)
        now = definition.pin
        known = {(now.server, now.tool): ToolPin(now.server, now.tool, kept.digest)} if kept else {}
        state = pin_state(known, now)
        if state != "changed" or kept is None:
            return state, ""
        lines = difflib.unified_diff(
            kept.text.split("\n"), definition.text.split("\n"), "before", "now", lineterm="", n=1
        )
        return state, "\n".join(list(lines)[2 : _SHOWN + 2])

    def _read(self) -> _Pins:
        with suppress(OSError, ValueError, RecursionError):
            return self._decoder.decode(read_small(self._path, _LARGEST))
        return {}

    def _write(self, pins: _Pins, definitions: list[Definition]) -> None:
        for one in definitions:
            kept = _Kept(one.pin.digest, one.text)
            pins[one.server] = {**pins.get(one.server, {}), one.tool: kept}
        write_whole(self._path, msgspec.json.encode(pins))
