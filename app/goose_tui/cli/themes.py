"""`goose-tui themes`: the themes there are."""

from __future__ import annotations

import argparse
import os

from goose_tui.cli.output import note, say
from goose_tui.theme_shelf import DEFAULT_THEME, shelf

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes: nothing."""


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    found = shelf(os.environ)
    for name, theme in found.themes.items():
        words = ["dark" if theme.dark else "light"]
        if name == DEFAULT_THEME:
            words.append("default")
        say(f"{name:14}{', '.join(words)}")
    for problem in found.problems:
        note(f"goose-tui: {problem}")
    return 0
