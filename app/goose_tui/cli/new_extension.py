"""`goose-tui extensions new`: a small working one and its test."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.errors import ConfigError, UsageError
from goose_agent.extensions.starter_files import starter_files
from goose_agent.extensions.third_party import NAME, own_folder
from goose_tui.cli.output import note, say

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("name", metavar="NAME", help="what it is called, such as word_count")
    parser.add_argument(
        "--dir", default="", help="where to; by default where extensions are loaded from"
    )


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    name = namespace.name.replace("-", "_")
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{namespace.name!r} is no name for an extension.",
            "Use lower case letters, digits and _, a letter first.",
        )
    loaded = own_folder(Places.of(os.environ).config)
    folder = Path(namespace.dir).absolute() if namespace.dir else loaded
    paths = _written(folder, name)
    say("\n".join(map(str, paths)))
    note(f"Try it: python -m pytest {paths[-1]}")
    if folder == loaded:
        note(f"Sessions that begin from now on have {name}.")
    else:
        note(f"Copy {paths[0].name} to {loaded}, and sessions have it.")
    return 0


def _written(folder: Path, name: str) -> list[Path]:
    files = {folder / file: text for file, text in starter_files(name).items()}
    for path in files:
        if path.exists():
            raise UsageError(f"{path} is there already.", "Choose another name.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return [*files]
