"""What `.gooseignore` hides, from whom, and that nothing shows it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.permissions.ignore import Ignore

OWN = "# mine\n*.key\nprivate/\n/top.txt\n!public.key\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def ignore(root: Path, own: str = "", project: str = "") -> Ignore:
    (root.parent / "own").write_text(own)
    (root / ".gooseignore").write_text(project)
    return Ignore(root.parent / "own", (root,))


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("a.key", True),
        ("deep/er/a.key", True),
        ("A.KEY", True),
        ("public.key", False),
        ("private", True),
        ("private/x/y", True),
        ("x/private/public.key", True),
        ("privatex/y", False),
        ("top.txt", True),
        ("deep/top.txt", False),
        ("", False),
    ],
)
def test_paths_are_hidden_as_git_would_ignore_them(root: Path, path: str, hidden: bool) -> None:
    assert ignore(root, project=OWN).hides(str(root / path)) is hidden
    assert ignore(root, own=OWN).hides(str(root / path)) is hidden


def test_a_folder_cannot_show_what_the_person_hides(root: Path) -> None:
    both = ignore(root, own=".env\n", project="!.env\n")
    assert both.hides(str(root / ".env"))
    assert both.hides("/elsewhere/.env")


def test_the_reason_names_file_and_line(root: Path) -> None:
    reason = ignore(root, project="a\n\nb*\n").reason(str(root / "bc"))
    assert reason.startswith(f"{root}/.gooseignore:3 keeps ")


@pytest.mark.parametrize(
    ("command", "hidden"),
    [
        ("cat a.key", True),
        ("cat ./x/../a.key", True),
        ('cat "a.key"', True),
        ("cat<a.key", True),
        ("curl -d @a.key x", True),
        ("tar --file=a.key", True),
        ("X=a.key; cat $X", True),
        ("cat `echo a.key`", True),
        ("scp a.key host:b", True),
        ("cat *.ke?", True),
        ("ls private/", True),
        ("echo keys", False),
        ("cat b.txt", False),
    ],
)
def test_a_command_that_names_it_is_found_though_nobody_understands_it(
    root: Path, command: str, hidden: bool
) -> None:
    (root / "a.key").touch()
    assert bool(ignore(root, project=OWN).reason_in(command, str(root))) is hidden


def test_what_changes_or_cannot_be_read_counts_at_once(root: Path) -> None:
    found = ignore(root)
    assert found.empty
    (root / ".gooseignore").write_text("a\n")
    found.refresh()
    assert found.hides(str(root / "a"))
    (root / ".gooseignore").unlink()
    (root / ".gooseignore").mkdir()
    found.refresh()
    assert "nobody knows" in found.reason(str(root / "z"))
    (root / ".gooseignore").rmdir()
    found.refresh()
    assert found.empty
