"""Make a throw-away project for the tour, and the model that mends it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from msgspec import Struct

from goose_agent.clock import World
from goose_agent.config.places import Places
from goose_agent.errors import ConfigError
from goose_agent.model_access import ModelAccess
from goose_agent.providers.connect import ConnectedModel

__all__ = ["PROMPT", "TOUR_MODEL", "Tour", "connect_any", "prepare_tour"]

TOUR_MODEL = "scripted/tour"
"""Name of the tour's model: it stands for the script that ships with the program."""

PROMPT = "A test of this project fails. Find out why and fix it."

_KEPT = 7 * 86_400
"""Seconds after which an old tour's folder is thrown away."""


class Tour(Struct, frozen=True):
    """What the tour starts with."""

    folder: Path
    prompt: str
    model: str


def prepare_tour(places: Places) -> Tour:
    """Copy the tour's project to a fresh folder.

    It lies with the data and not in a temporary folder, so that a tour that was cut off can go on.

    Args:
        places: where files are kept.
    """
    tours = places.data / "tours"
    tours.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clean_up(tours)
    number = 1
    while (folder := tours / f"shoplist-{number}").exists():
        number += 1
    with as_file(files("goose_tui.tour") / "project") as project:
        shutil.copytree(project, folder, ignore=shutil.ignore_patterns("__pycache__"))
    _begin_history(folder)
    return Tour(folder.resolve(), PROMPT, TOUR_MODEL)


def connect_any(name: str, world: World) -> ConnectedModel:
    """A model by its name, the tour's own among them.

    Args:
        name: `provider/model`.
        world: for `GOOSE_TOUR_SPEED`, a factor on the tour's pauses: 0 makes none.

    Raises:
        ConfigError: the model cannot be had; says why.
    """
    if name != TOUR_MODEL:
        return ModelAccess(Places.of(world.environ), world.environ).connect(name)
    from goose_agent.providers.scripted import ScriptedModel

    script = (files("goose_tui.tour") / "tour.yaml").read_text(encoding="utf-8")
    return ScriptedModel.load(script, name=TOUR_MODEL, speed=_speed(world.environ))


def _speed(environ: Mapping[str, str]) -> float:
    text = environ.get("GOOSE_TOUR_SPEED", "1")
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if speed < 0:
        raise ConfigError(f"GOOSE_TOUR_SPEED is {text!r}.", "Give a number: 0 makes no pauses.")
    return speed


def _clean_up(tours: Path) -> None:
    now = time.time()
    for folder in tours.iterdir():
        if folder.is_dir() and now - folder.stat().st_mtime > _KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _begin_history(folder: Path) -> None:
    """Make it a git repository where git is at hand: so is what people work on."""
    if shutil.which("git") is None:
        return
    who = ["-c", "user.name=tour", "-c", "user.email=tour@localhost", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
        done = subprocess.run(
            ["git", *who, "-C", str(folder), *words], capture_output=True, check=False
        )
        if done.returncode:
            return
