"""Where paths lead: links, other names of the same place, secrets, and what is no plain file."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goose_agent.permissions.paths import Operation, classify, real_path

CASES = [
    json.loads(line)
    for line in (Path(__file__).with_name("corpora") / "containment.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
MEANT = {
    "inside": {"inside"},
    "outside": {"outside"},
    "outside (resolve links before ..)": {"outside"},
    "outside: would create the target": {"outside"},
    "literal name or refused": {"inside", "refused"},
    "literal on POSIX": {"inside"},
    "clear error": {"refused"},
    "refused": {"refused"},
    "refused, no hang": {"refused"},
    "asked, shown escaped": {"refused"},
    "asked: link count > 1": {"protected"},
    "asked even when edits are auto-accepted": {"protected"},
    "protected on case-insensitive file systems": {"protected"},
    "normal edit, flagged as run-later": {"runs_later"},
    "asked (id_*.pub may be allowed)": {"secret"},
    "same file as the NFC form where the file system says so": {"inside"},
}
"""What the words of the cases allow for."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "other" / "deep").mkdir(parents=True)
    (tmp_path / "other" / "f").write_text("f", encoding="utf-8")
    return folder


def there(root: Path, path: str) -> str:
    return path.replace("/w/", f"{root.parent}/")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(path.parent)  # the name of a socket has a short limit
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def prepare(root: Path, setup: list[dict[str, Any]]) -> None:
    make: dict[str, Callable[[Any], None]] = {
        "symlink": lambda pair: (root / pair[1]).symlink_to(there(root, pair[0])),
        "hardlink": lambda pair: (root / pair[1]).hardlink_to(there(root, pair[0])),
        "fifo": lambda name: os.mkfifo(root / name),
        "socket": lambda name: make_socket(root / name),
    }
    for step in setup:
        for kind, what in step.items():
            make[kind](what)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_path_is_what_it_leads_to(root: Path, case: dict[str, Any]) -> None:
    prepare(root, case["setup"])
    assert classify(root, case["path"], case["op"]) in MEANT[case["expect"]]


@pytest.mark.parametrize(
    ("path", "operation", "meant"),
    [
        (".", "read", "inside"),
        ("..", "read", "outside"),
        ("new/deep/file", "write", "inside"),
        ("new/../../x", "write", "outside"),
        ("", "read", "refused"),
        ("a\0b", "read", "refused"),
        ("a\u202eb", "read", "refused"),
        ("~/x", "read", "outside"),
        ("/dev/null", "read", "refused"),
        ("/dev/fd/0", "read", "outside"),
        ("/dev/stdin", "read", "outside"),
        ("/proc/self/cwd/a", "read", "outside"),
        (".git/config", "read", "inside"),
        (".Git/config", "write", "protected"),
        (".git /config", "write", "protected"),
        (".g\u00adit/config", "write", "refused"),
        ("sub/.goose-tui/config.yaml", "write", "protected"),
        (".gitignore", "write", "inside"),
        (".github/README.md", "write", "inside"),
        (".github/workflows/deep/x.yml", "write", "runs_later"),
        ("Makefile", "read", "inside"),
        (".env", "read", "secret"),
        (".env", "write", "secret"),
        (".env.local", "read", "secret"),
        (".env.example", "read", "inside"),
        ("config/credentials.json", "read", "secret"),
        ("src/secrets.py", "read", "inside"),
        ("id_ed25519", "read", "secret"),
        ("id_ed25519.pub", "read", "inside"),
        (".ssh/anything", "read", "secret"),
        ("src/environment.py", "read", "inside"),
    ],
)
def test_names_and_ways_are_known(root: Path, path: str, operation: Operation, meant: str) -> None:
    assert classify(root, path, operation) == meant


def test_a_folder_with_the_name_of_a_secret_is_none(root: Path) -> None:
    (root / ".env").mkdir()
    assert classify(root, ".env", "read") == "inside"


def test_a_ring_of_links_is_refused(root: Path) -> None:
    (root / "ring").symlink_to("ring")
    assert classify(root, "ring/x", "read") == "refused"


def test_a_workspace_has_several_folders(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert classify(root, str(other / "f"), "read") == "outside"
    assert classify(root, str(other / "f"), "read", others=(other,)) == "inside"


def test_a_neighbour_with_the_same_beginning_is_outside(root: Path) -> None:
    assert classify(root, str(root) + "-evil/x", "read") == "outside"


def test_letter_case_counts_where_the_file_system_says_so(root: Path) -> None:
    other = str(root.with_name("WORK")) + "/x"
    same = root.with_name("WORK").exists()
    assert classify(root, other, "read") == ("inside" if same else "outside")


def test_what_cannot_be_looked_up_stands_for_itself() -> None:
    assert real_path("/a/../b\0c") == "/b\0c"
