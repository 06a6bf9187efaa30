"""`goose-tui trust`: whether a folder's own rules count."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from goose_agent.config.places import Places
from goose_agent.errors import UsageError
from goose_agent.events import FolderTrust
from goose_agent.permissions.trust import TrustStore
from goose_tui.cli.output import note, say, table
from goose_tui.view.untrusted import clean_line

__all__ = ["add_arguments", "main"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add = parser.add_argument
    add(
        "what",
        metavar="DIR|list|revoke",
        nargs="?",
        default=".",
        help="a folder, by default this one; or what to do",
    )
    add("folder", metavar="DIR", nargs="?", default=".", help="for revoke: by default this one")
    add("--yes", action="store_true", help="trust it as it is now, without a question")


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status."""
    store = TrustStore(Places.of(os.environ).data / "trust.json")
    match namespace.what:
        case "list":
            _list(store)
            return 0
        case "revoke":
            return _revoke(store, _folder(namespace.folder))
        case name:
            return _trust(store, _folder(name), yes=namespace.yes)


def _folder(name: str) -> Path:
    folder = Path(name).absolute()
    if not folder.is_dir():
        raise UsageError(f"There is no folder {name}.", "Name another, or list, or revoke.")
    return folder


def _list(store: TrustStore) -> None:
    rows = [(clean_line(name), said, f"{at:%Y-%m-%d}") for name, said, at in store.all()]
    say(table([("FOLDER", "SAID", "ON"), *rows]) if rows else "Nothing was said of any folder yet.")


def _revoke(store: TrustStore, folder: Path) -> int:
    if store.revoke(folder):
        note(f"{folder} is not trusted any more.")
        return 0
    note(f"Nothing was said of {folder}.")
    return 1


def _trust(store: TrustStore, folder: Path, *, yes: bool) -> int:
    found = store.look(folder)
    if found.status == "nothing":
        note(f"Nothing in {folder} needs trust: no file there would loosen or run anything.")
        return 0
    say("\n".join(_shown(found)))
    if found.status == "trusted":
        note("It is trusted as it is.")
        return 0
    if not yes and not _agreed():
        note("Nothing was changed.")
        return 1
    store.answer(found, "trusted", datetime.now(UTC))
    note("Trusted, as long as these files stay as they are.")
    return 0


def _shown(found: FolderTrust) -> list[str]:
    lines = [clean_line(found.folder)]
    for file in found.files:
        lines.append(f"  {clean_line(file.name)}{'' if file.known else '  (new or changed)'}")
        lines += [f"    {clean_line(line)}" for line in file.lines]
    return lines


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("There is nobody to ask.", "Say --yes.")
    print("Let this count? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
