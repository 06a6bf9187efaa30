"""Commands that never stop writing, in the full screen: memory, keys, and the count of bytes."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import mean
from time import perf_counter

from msgspec import Struct

from busy import AS_BUSY, busy
from goose_agent.codec import event_from
from goose_agent.events import ToolFinished
from model_server import LAST, ModelServer
from program import COMMAND, Program, environ_in
from table import Found, tell

__all__ = ["measure_flood"]

_LINE = 2**30
_KEYS = "дефгийклмн"
_ROOM = 64.0
"""MB by which memory may grow."""
_ECHO = 100.0
"""Milliseconds in which a key is to be shown."""


class _Flood(Struct, frozen=True):
    """A command, and what its true count of bytes is written to."""

    words: str
    command: str


def measure_flood(seconds: int) -> list[Found]:
    """Measure while `yes` runs for so long, and while a very long line and no text at all come.

    Args:
        seconds: that `yes` runs.
    """
    counted = "| tee >(wc -c >count)"
    floods = (
        _Flood(f"`yes` for {seconds} s", f"timeout {seconds} yes {counted}; true"),
        _Flood("1 GB on one line", f"head -c {_LINE} /dev/zero | tr '\\0' x {counted}"),
        _Flood("500 MB that are no text", f"head -c 500000000 /dev/urandom {counted}"),
    )
    found: list[Found] = []
    with ModelServer() as server:
        for flood in floods:
            tell(f"{flood.words} in the full screen")
            found += _measure(server, flood, seconds + 120)
    return found


def _measure(server: ModelServer, flood: _Flood, patience: float) -> Sequence[Found]:
    with tempfile.TemporaryDirectory() as home:
        environ = environ_in(home) | {"OPENAI_BASE_URL": server.url}
        argv = [COMMAND, "--model", "openai/gpt-4o", "--mode", "auto"]
        program = Program(argv, environ, home)
        try:
            program.wait(Program.shows("auto"))
            program.settle()
            program.type("1 times: echo warm\r")
            program.wait_for_words(LAST, seconds=20)
            program.settle()
            before = program.memory(peak=False)
            program.forget_peak()
            program.type(f"1 times: {flood.command}\r")
            load = busy()
            echo = _echo_until_done(program, patience)
            load = mean((load, busy()))
            grown = program.memory(peak=True) - before
        finally:
            program.leave()
        reported = _reported(Path(home))
        true = int(Path(home, "count").read_text(encoding="ascii"))
    return (
        Found(f"{flood.words}: memory", grown / 2**20, "MB", _ROOM, f"{true:,} bytes came"),
        Found(f"{flood.words}: slowest key", echo / load, "ms", _ECHO, f"{echo:.1f} ms {AS_BUSY}"),
        Found(f"{flood.words}: bytes counted wrong", abs(true - reported), "", 0.0),
    )


def _echo_until_done(program: Program, patience: float) -> float:
    """The slowest echo of a key, in milliseconds, until the model has the last word."""
    slowest, at = 0.0, 0
    began, done = len(program.written), Program.shows(LAST)
    end = perf_counter() + patience
    while perf_counter() < end:
        program.settle(quiet=0.2, seconds=0.2)
        if done(bytes(program.written[began:])):
            return slowest
        key = _KEYS[at % len(_KEYS)]
        at += 1
        pressed, since = perf_counter(), len(program.written)
        program.type(key)
        program.wait(Program.shows(key), since)
        slowest = max(slowest, (perf_counter() - pressed) * 1000)
        program.type("\x7f")
    raise TimeoutError("the command did not come to its end")


def _reported(home: Path) -> int:
    """The bytes of the last call's output, as the record has them."""
    (path,) = (home / "goose" / "data" / "sessions").glob("s-*.db")
    with closing(sqlite3.connect(path)) as db:
        query = "SELECT body FROM events WHERE type = 'tool.finished' ORDER BY seq DESC LIMIT 1"
        (body,) = db.execute(query).fetchone()
    data = event_from(body).data
    assert isinstance(data, ToolFinished)
    return data.total
