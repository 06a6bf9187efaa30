"""What a person waits for besides the model: a whole tool round on the screen, and a headless run."""

from __future__ import annotations

import subprocess
import tempfile
from statistics import mean, median
from time import perf_counter

from msgspec import Struct

from busy import AS_BUSY, busy
from model_server import LAST, ModelServer
from program import COMMAND, Program, environ_in
from table import Found, tell

__all__ = ["measure_screen"]

_ROUNDS = 40
_WARM = 3
_MODEL = ("--model", "openai/gpt-4o")


class _Times(Struct):
    """What a thing took, and what it would have on a machine that does nothing else."""

    raw: list[float] = []
    alone: list[float] = []

    def add(self, values: list[float], load: float) -> None:
        self.raw += values
        self.alone += [value / load for value in values]

    def found(self, words: str, unit: str, target: float) -> Found:
        beside = f"{median(self.raw):.1f} {unit} {AS_BUSY}"
        return Found(words, median(self.alone), unit, target, beside)


def measure_screen(runs: int) -> list[Found]:
    """Measure both so many times.

    Args:
        runs: of each.
    """
    rounds, headless = _Times(), _Times()
    with ModelServer() as server, tempfile.TemporaryDirectory() as home:
        environ = environ_in(home) | {"OPENAI_BASE_URL": server.url}
        for at in range(runs + 1):
            tell(f"rounds on the screen, and headless runs {at + 1} of {runs + 1}")
            before = busy()
            took = _headless(environ, home) - server.requests(1)[0]["answering"] / 1000
            between = busy()
            gaps = _rounds(server, environ, home)
            if at:  # the first one fills the caches of files
                headless.add([took], mean((before, between)))
                rounds.add(gaps, mean((between, busy())))
    return [
        rounds.found("a round of `echo` on the screen, p50", "ms", 20.0),
        headless.found("run, beyond the model's own time, p50", "s", 0.4),
    ]


def _headless(environ: dict[str, str], home: str) -> float:
    began = perf_counter()
    argv = [COMMAND, "run", *_MODEL, "-t", "hello"]
    subprocess.run(argv, env=environ, cwd=home, check=True, capture_output=True)
    return perf_counter() - began


def _rounds(server: ModelServer, environ: dict[str, str], home: str) -> list[float]:
    """Milliseconds from the end of a call's answer to the next request."""
    program = Program([COMMAND, *_MODEL, "--mode", "auto"], environ, home)
    try:
        program.wait(Program.shows("auto"))
        program.type(f"{_ROUNDS} times: echo call {{n}}\r")
        program.wait_for_words(LAST, seconds=60)
        requests = server.requests(_ROUNDS + 1)
    finally:
        program.leave()
    return [request["gap"] for request in requests[1 + _WARM :]]
