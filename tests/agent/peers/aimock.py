"""A mock of all services that others wrote, from npm: https://github.com/CopilotKit/aimock."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.npm import NODE, script_of

__all__ = ["installed", "running"]

VERSION = "1.43.0"


def installed() -> Path:
    """The server's script, fetched once into a cache of this checkout."""
    return script_of("@copilotkit/aimock", VERSION, "llmock")


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
