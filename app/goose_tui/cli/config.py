"""`goose-tui config`: where the settings are, and which hold."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import msgspec

from goose_agent.config.places import Places
from goose_agent.config.settings import load_settings
from goose_tui.cli.output import note, say, say_json, table

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    commands = parser.add_subparsers(dest="action", metavar="path|show", required=True)
    commands.add_parser("path", help="the file with your settings")
    showing = commands.add_parser("show", help="the settings that hold in this folder")
    showing.add_argument("--output", choices=("text", "json"), default="text")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    places = Places.of(os.environ)
    if namespace.action == "path":
        say(str(places.settings))
        return 0
    loaded = load_settings(places.settings, Path.cwd(), os.environ, {})
    settings = msgspec.to_builtins(loaded.settings)
    if namespace.output == "json":
        say_json(settings)
    else:
        say(table([(name, _shown(value)) for name, value in settings.items()]))
    for warning in loaded.warnings:
        note(f"goose-tui: {warning}")
    return 0


def _shown(value: object) -> str:
    """A setting as it would be written in the file."""
    if value in ("", (), {}, None):
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
