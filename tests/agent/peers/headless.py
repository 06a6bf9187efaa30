"""`goose-tui run` in a process of its own, and what it did."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import anyio

import goose_agent
import goose_themes
import goose_tui

__all__ = ["Ran", "headless"]

MAIN = "import sys; from goose_tui.cli.commands import run_command; sys.exit(run_command(sys.argv[1:]))"
ROOTS = [Path(str(made.__file__)).parents[1] for made in (goose_agent, goose_themes, goose_tui)]


@dataclass
class Ran:
    """What `goose-tui run` did."""

    code: int
    out: bytes
    err: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        """What was said as `stream-json`."""
        return [json.loads(line) for line in self.out.splitlines()]

    def data(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a type."""
        return [event["data"] for event in self.events if event["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        """The types of events in order; how an answer was cut into deltas does not count.

        Nor does that the tokens of some models are counted beside the work on them.
        """
        kinds = (event["type"] for event in self.events if event["type"] != "context.counted")
        return [kind for kind, _ in groupby(kinds)]

    def told(self, kind: str) -> str:
        """The text of the last answer, or its thoughts."""
        last = self.data("model.requested")[-1]["request_id"]
        deltas = [delta for delta in self.data("model.delta") if delta["request_id"] == last]
        return "".join(delta["text"] for delta in deltas if delta["kind"] == kind)


async def headless(home: Path, environ: Mapping[str, str], *argv: str, patience: float = 60) -> Ran:
    """Run it.

    Args:
        home: made for it, and the folder it works in.
        environ: its variables, beside the few that any program needs.
        argv: what follows `run`.
        patience: seconds.
    """
    await anyio.Path(home).mkdir()
    needed = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOOSE_TUI_HOME": str(home),
        "PYTHONPATH": os.pathsep.join(map(str, ROOTS)),
    }
    with anyio.fail_after(patience):
        done = await anyio.run_process(
            [sys.executable, "-c", MAIN, "run", *argv],
            env={**needed, **environ},
            cwd=home,
            check=False,
        )
    return Ran(done.returncode, done.stdout, done.stderr)
