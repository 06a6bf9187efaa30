"""`goose-tui doctor`: what this machine and this terminal offer, and what is missing."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import anyio
from msgspec import Struct, structs

from goose_agent.config.places import Places
from goose_agent.errors import ConfigError
from goose_agent.model_access import ModelAccess
from goose_tui import __version__
from goose_tui.cli.output import say, say_json
from goose_tui.cli.raw_requests import tell_requests

__all__ = ["add_arguments", "main"]


class _Finding(Struct, frozen=True):
    """One thing that was looked at."""

    topic: str
    name: str
    good: bool | None
    """None for what is neither good nor bad."""
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "--requests", action="store_true", help="the raw requests that --debug kept, and no more"
    )
    parser.add_argument("--output", choices=("text", "json"), default="text")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status: 1 where something is wrong that must be mended."""
    environ = dict(os.environ)
    places = Places.of(environ)
    if namespace.requests:
        tell_requests(places.requests, as_json=namespace.output == "json")
        return 0
    findings = [
        *_program(),
        *_terminal(environ),
        *_folders(places),
        *_record(places),
        *_requests(places),
        *_models(places, environ),
        *_programs(),
        *_telemetry(environ),
        *_themes(environ),
    ]
    if namespace.output == "json":
        say_json([structs.asdict(finding) for finding in findings])
    else:
        _tell(findings)
    return 1 if any(f.good is False and f.topic in ("places", "record") for f in findings) else 0


def _tell(findings: list[_Finding]) -> None:
    topic = ""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            say(topic)
        mark = {True: "ok", False: "--", None: "  "}[finding.good]
        say(f"  {mark}  {finding.name:{width}}  {finding.text}".rstrip())


def _program() -> Iterator[_Finding]:
    yield _Finding("program", "goose-tui", None, __version__)
    yield _Finding("program", "python", None, f"{platform.python_version()} ({sys.executable})")
    yield _Finding("program", "system", None, platform.platform(terse=True))


def _terminal(environ: Mapping[str, str]) -> Iterator[_Finding]:
    from goose_tui import terminal

    size = shutil.get_terminal_size()
    screen = sys.stdin.isatty() and sys.stdout.isatty()
    words = f"{environ.get('TERM', '(TERM is not set)')}, {size.columns}×{size.lines}"
    yield _Finding("terminal", "terminal", screen, words if screen else "this is not one")
    depth = terminal.colour_depth(environ)
    yield _Finding("terminal", "colours", depth in ("truecolor", "256"), depth)
    unicode = terminal.has_unicode(environ)
    yield _Finding("terminal", "unicode", unicode, "yes" if unicode else "no: ASCII marks are used")
    between = terminal.multiplexer(environ) or "none"
    yield _Finding("terminal", "multiplexer", None, between)
    remote = terminal.is_remote(environ)
    yield _Finding("terminal", "connection", None, "ssh" if remote else "local")


def _folders(places: Places) -> Iterator[_Finding]:
    for name, folder in (
        ("settings", places.config),
        ("data", places.data),
        ("cache", places.cache),
    ):
        problem = _problem_with(folder)
        yield _Finding("places", name, not problem, f"{folder}{problem}")
    sessions = places.sessions
    if sessions.is_dir():
        private = not sessions.stat().st_mode & 0o077
        note = "" if private else f": others can look inside (chmod 700 {sessions})"
        yield _Finding("places", "sessions", private, f"{len(list(sessions.glob('s-*.db')))}{note}")


def _problem_with(folder: Path) -> str:
    """Why a folder cannot be written; empty where it can."""
    nearest = _nearest(folder)
    if not nearest.is_dir():
        return f": {nearest} is no folder"
    return "" if os.access(nearest, os.W_OK | os.X_OK) else f": {nearest} cannot be written"


def _nearest(folder: Path) -> Path:
    """The folder itself, or the first above it that exists."""
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)


def _record(places: Places) -> Iterator[_Finding]:
    yield _Finding("record", "sqlite", None, sqlite3.sqlite_version)
    try:
        with (
            tempfile.TemporaryDirectory(dir=_nearest(places.data), prefix=".doctor-") as folder,
            closing(sqlite3.connect(Path(folder) / "try.db")) as db,
        ):
            mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            db.execute("CREATE TABLE tried (it)")
    except (OSError, sqlite3.Error) as error:
        yield _Finding("record", "write-ahead log", False, str(error))
        return
    words = "works" if mode == "wal" else f"not on this file system (journal: {mode})"
    yield _Finding("record", "write-ahead log", mode == "wal", words)


def _requests(places: Places) -> Iterator[_Finding]:
    from goose_agent.providers.request_files import kept_requests

    count = len(kept_requests(places.requests))
    words = f"{count} in {places.requests}" if count else "none: --debug keeps the last ones"
    yield _Finding("record", "raw requests", None, words)


def _models(places: Places, environ: Mapping[str, str]) -> Iterator[_Finding]:
    from goose_agent.providers.connect import detect

    access = ModelAccess(places, environ)
    yield from _keys(access)
    try:
        found = anyio.run(detect, access.environ_for(), access.shelf)
    except ConfigError as error:
        yield _Finding("models", "settings", False, str(error))
        return
    for seen in found.sightings:
        yield _Finding("models", seen.source, seen.found, seen.detail)
    hint = "none found: set the key of OpenAI, Anthropic or Gemini, or start Ollama"
    yield _Finding("models", "used", found.model is not None, found.model or hint)


def _keys(access: ModelAccess) -> Iterator[_Finding]:
    """Where keys are looked for, and definitions that are wrong."""
    file = access.secrets.file
    if file.is_open_to_others:
        yield _Finding(
            "models", "secrets.yaml", False, f"others can read it: chmod 600 {file.path}"
        )
    else:
        there = file.path.exists()
        yield _Finding("models", "secrets.yaml", there or None, str(file.path) if there else "none")
    keyring = access.secrets.keyring
    good = True if keyring.usable() else None
    yield _Finding("models", "keyring", good, keyring.state())
    yield _Finding("models", "providers", None, f"{len(access.shelf.definitions)} known")
    for problem in access.shelf.problems:
        yield _Finding("models", "definition", False, str(problem))


def _programs() -> Iterator[_Finding]:
    for name, use in (
        ("git", "branches, and what git ignores"),
        ("rg", "searching is faster with it"),
        ("bash", "commands run in it"),
    ):
        path = shutil.which(name)
        yield _Finding("programs", name, path is not None, path or f"not found: {use}")


def _telemetry(environ: Mapping[str, str]) -> Iterator[_Finding]:
    from goose_agent.telemetry.target import target_of

    target = target_of(environ)
    if target is None:
        yield _Finding(
            "telemetry", "traces", None, "none are sent: nobody set OTEL_EXPORTER_OTLP_ENDPOINT"
        )
    elif target.problem:
        yield _Finding("telemetry", "traces", False, f"not sent: {target.problem}")
    else:
        with_content = ", with what was said" if target.content else ""
        yield _Finding("telemetry", "traces", True, f"sent to {target.place}{with_content}")


def _themes(environ: Mapping[str, str]) -> Iterator[_Finding]:
    from goose_tui.theme_shelf import shelf

    found = shelf(environ)
    yield _Finding("themes", "themes", bool(found.themes), ", ".join(found.themes))
    for problem in found.problems:
        yield _Finding("themes", "problem", False, problem)
