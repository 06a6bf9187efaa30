"""From the start of the program to the first prompt, and what a key costs then.

Each measure is taken of the workbench and of `hello.py` in turns, and given as the ratio of their
medians: so a slow or a busy machine does not matter.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from long_session import LAST_WORDS, SESSION, write_session
from program import COMMAND, TOOK_KEYS, Program, environ_in

__all__ = ["LONG", "MEASURES", "Measure", "measure_long", "measure_start"]

_HERE = Path(__file__).parent
_PAINTED = 20
"""Cells that make a first paint."""
_KEYS = "дефгийклмн"
"""Keys whose echo is timed: letters that no program shows by itself."""


@dataclass(frozen=True)
class Measure:
    """What is measured, and how much of the other program's it may be."""

    name: str
    words: str
    target: float
    most: float = 0.0
    """Milliseconds it may take, whatever the other program takes; 0 for no such bound."""


MEASURES = (
    Measure("paint", "first frame, ms", 0.2, 60.0),
    Measure("key", "first key shown, ms", 0.3),
    Measure("textual", "Textual's first paint, ms", 1.3),
    Measure("composer", "key in the real composer, ms", 1.4),
    Measure("ready", "a prompt can be sent, ms", 2.3),
    Measure("echo", "echo of a key when idle, ms", 1.1),
    Measure("bytes", "bytes written for a key", 0.05),
    Measure("idle", "bytes written in an idle second", 0.01),
)

LONG = 10_000
"""Records of the long session that is opened."""


def measure_start(runs: int, tell: Callable[[str], None]) -> dict[str, tuple[float, float]]:
    """The medians of the workbench and of the other program, by the name of the measure.

    Args:
        runs: of each program.
        tell: says how far it is.
    """
    ours: list[dict[str, float]] = []
    other: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as home:
        environ = environ_in(home)
        # The first start of each fills the caches of files and themes.
        for at in range(runs + 1):
            tell(f"start {at + 1} of {runs + 1}")
            other.append(_run([sys.executable, str(_HERE / "hello.py")], environ, home, ""))
            ours.append(_run([COMMAND, "--model", "openai/gpt-5"], environ, home, "smart"))
    return {
        measure.name: (
            median(run[measure.name] for run in ours[1:]),
            median(run[measure.name] for run in other[1:]),
        )
        for measure in MEASURES
    }


def measure_long(runs: int, tell: Callable[[str], None]) -> tuple[float, float]:
    """Milliseconds from the start to the end of a long session on the screen, and to a new one.

    Args:
        runs: of each.
        tell: says how far it is.
    """
    opened: list[float] = []
    new: list[float] = []
    with tempfile.TemporaryDirectory() as home:
        environ = environ_in(home)
        path = Path(home, "goose", "data", "sessions", f"{SESSION}.db")
        write_session(Path(home), path, LONG)
        command = [COMMAND, "--model", "openai/gpt-5"]
        for at in range(runs + 1):
            tell(f"long session {at + 1} of {runs + 1}")
            new.append(_shown(command, environ, home, "smart"))
            opened.append(_shown([*command, "--resume", SESSION], environ, home, LAST_WORDS))
    return median(opened[1:]), median(new[1:])


def _shown(argv: list[str], environ: Mapping[str, str], folder: str, words: str) -> float:
    program = Program(argv, environ, folder)
    try:
        return program.wait(Program.shows(words))
    finally:
        program.leave()  # what was killed is looked through when it is opened again


def _run(argv: list[str], environ: Mapping[str, str], folder: str, ready: str) -> dict[str, float]:
    """One run; `ready` is what the program shows once a prompt can be sent."""
    program = Program(argv, environ, folder)
    try:
        found = {"paint": program.wait(lambda data: Program.ink(data) > _PAINTED)}
        found["key"] = _typed(program, "ж")
        # The first frame is not Textual's: that one comes with the modes that it sets.
        took = program.wait(lambda data: TOOK_KEYS.search(data) is not None)
        found["textual"] = took if ready else found["paint"]
        found["composer"] = _typed(program, "ю")
        found["ready"] = found["composer"]
        if ready:
            found["ready"] = program.wait(Program.shows(ready))
        program.settle()
        found |= _echoes(program)
    finally:
        program.end()
    return found


def _typed(program: Program, key: str) -> float:
    """When a key was shown, in milliseconds from the start."""
    since = len(program.written)
    program.type(key)
    return program.wait(Program.shows(key), since)


def _echoes(program: Program) -> dict[str, float]:
    times: list[float] = []
    before = len(program.written)
    for key in _KEYS:
        began = perf_counter()
        since = len(program.written)
        program.type(key)
        program.wait(Program.shows(key), since)
        times.append((perf_counter() - began) * 1000)
        program.settle(0.05)
    written = (len(program.written) - before) / len(_KEYS)
    idle = len(program.written)
    end = perf_counter() + 1
    while (left := end - perf_counter()) > 0:
        program.read(left)
    return {"echo": median(times), "bytes": written, "idle": float(len(program.written) - idle)}
