"""Git only reads where the repository's own settings cannot run a program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from goose_agent.permissions.shell.verdict import decide


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    git(tmp_path, "init", "-q", "-b", "main", "work")
    return folder


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@y.invalid", *words], cwd=folder, check=True
    )


def decision(root: Path, text: str, cwd: Path | None = None) -> str:
    return decide(text, "smart", cwd or root, root).decision


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("core.fsmonitor", "./evil"),
        ("core.hooksPath", "."),
        ("core.pager", "./evil"),
        ("core.sshCommand", "./evil"),
        ("core.worktree", "/etc"),
        ("diff.external", "./evil"),
        ("diff.x.textconv", "./evil"),
        ("diff.x.command", "./evil"),
        ("filter.x.clean", "./evil"),
        ("filter.x.process", "./evil"),
        ("gpg.program", "./evil"),
        ("pager.log", "./evil"),
        ("alias.st", "!./evil"),
        ("include.path", "../evil"),
        ("remote.o.promisor", "true"),
        ("remote.o.uploadpack", "./evil"),
        ("log.showSignature", "true"),
        ("lfs.extension.x.clean", "./evil"),
        ("whatever.comes.next", "x"),
    ],
)
def test_a_setting_that_may_run_a_program_asks(root: Path, name: str, value: str) -> None:
    assert decision(root, "git status") == "allow"
    git(root, "config", name, value)
    assert decision(root, "git status") == "ask"
    assert decision(root, "git log -p") == "ask"
    assert decision(root, "git --version") == "allow"
    assert decision(root, "ls") == "allow"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user.name", "x"),
        ("remote.origin.url", "https://example.invalid/x.git"),
        ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
        ("branch.main.remote", "origin"),
        ("branch.main.merge", "refs/heads/main"),
        ("branch.a.b/c.vscode-merge-base", "origin/main"),
        ("core.autocrlf", "input"),
        ("pull.rebase", "true"),
        ("diff.algorithm", "histogram"),
        ("lfs.repositoryformatversion", "0"),
    ],
)
def test_usual_settings_ask_nothing(root: Path, name: str, value: str) -> None:
    git(root, "config", name, value)
    assert decision(root, "git status") == "allow"


@pytest.mark.parametrize(
    "text",
    [
        "[core] fsmonitor = x\n",
        "[core]\n\tfilemode = true ; \\\n fsmonitor = x\n",
        '[diff "a]b"] textconv = x\n',
        "[core\n]fsmonitor = x\n",
        "[CORE]\nFsMonitor=x\n",
        "\ufeff[core]\nfsmonitor = x\n",
        "[core]\r\nfsmonitor = x\r\n",
        "fsmonitor = x\n",
        "[core]\nfilemode = true\n[x.y]\nz\n",
        "[core]\n\x0bfsmonitor = x\n",
    ],
)
def test_settings_are_read_as_git_does_or_not_at_all(root: Path, text: str) -> None:
    (root / ".git" / "config").write_text(text, encoding="utf-8", newline="")
    assert decision(root, "git status") == "ask"


def test_settings_are_found_from_a_folder_below_and_in_linked_folders(root: Path) -> None:
    (root / "sub").mkdir()
    git(root, "commit", "-q", "--allow-empty", "-m", "first")
    git(root, "worktree", "add", "-q", "linked")
    git(root, "config", "core.fsmonitor", "./evil")
    assert decision(root, "git status", root / "sub") == "ask"
    assert decision(root, "cd sub && git status") == "ask"
    assert decision(root, "git status", root / "linked") == "ask"


def test_a_broken_repository_does_not_hide_the_one_above(root: Path) -> None:
    git(root, "config", "core.fsmonitor", "./evil")
    (root / "sub" / ".git").mkdir(parents=True)
    assert decision(root, "cd sub && git status") == "ask"


def test_a_repository_below_is_judged_by_its_own_settings(root: Path) -> None:
    git(root, "init", "-q", "sub")
    assert decision(root, "cd sub && git status") == "allow"
    git(root / "sub", "config", "core.fsmonitor", "./evil")
    assert decision(root, "git status") == "allow"
    assert decision(root, "cd sub && git status") == "ask"


def test_a_repository_in_the_open_asks(root: Path) -> None:
    git(root, "init", "-q", "--bare", "bare")
    assert decision(root, "cd bare && git status") == "ask"


def test_a_hook_that_reading_runs_asks(root: Path) -> None:
    (root / ".git" / "hooks").mkdir(exist_ok=True)
    (root / ".git" / "hooks" / "post-index-change").write_text("#!/bin/sh\n", encoding="utf-8")
    assert decision(root, "git status") == "ask"


def test_submodules_ask_where_git_would_look_into_them(root: Path) -> None:
    git(root, "init", "-q", "sub")
    git(root / "sub", "commit", "-q", "--allow-empty", "-m", "first")
    git(root, "-c", "advice.addEmbeddedRepo=false", "add", "sub")
    assert decision(root, "git status") == "ask"
    assert decision(root, "git diff") == "ask"
    assert decision(root, "git log") == "allow"


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_file_of_an_unlucky_size_is_no_submodule(root: Path, version: int) -> None:
    git(root, "config", "index.version", str(version))
    for name in ("a", "b" * 60, "c/d", "e.sqlite", "f" * 200, "g"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\0" * 0xE000)
    git(root, "add", "-N", "g")
    git(root, "add", "a", "b" * 60, "c", "e.sqlite", "f" * 200)
    assert b"\0\0\xe0\0" in (root / ".git" / "index").read_bytes()
    assert decision(root, "git status") == "allow"


def test_nothing_is_checked_where_there_is_no_repository(tmp_path: Path) -> None:
    assert decision(tmp_path, "git status") == "allow"
