"""The console command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from goose_agent.errors import UsageError
from goose_tui import __version__
from goose_tui.arguments import parse_workbench
from goose_tui.cli.commands import COMMANDS
from goose_tui.command_line import FLAGS, VALUES, command_first
from goose_tui.launch import HELP, foreign_folders_last, main

ROOTS = [path for path in sys.path if path]


def run(*argv: str, cwd: Path, pythonpath: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, started in a folder."""
    boot = (
        f"import sys; sys.path += {ROOTS!r}; from goose_tui.launch import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", boot, *argv],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": pythonpath, "GOOSE_TUI_HOME": str(cwd / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A project with folders and files named as what we import."""
    for name in ("textual", "rich", "mcp", "app", "agent", "themes", "msgspec", "pydantic"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('shadowed')")
    for name in ("argparse", "yaml", "anyio", "httpx", "termios", "select", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')")
    return tmp_path


@pytest.mark.parametrize("pythonpath", ["", "."])
def test_a_project_with_names_like_ours_shadows_nothing(hostile: Path, pythonpath: str) -> None:
    done = run("--version", cwd=hostile, pythonpath=pythonpath)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"goose-tui {__version__}\n", "")


@pytest.mark.parametrize("pythonpath", ["", "."])
def test_the_workbench_is_imported_from_the_right_place(hostile: Path, pythonpath: str) -> None:
    boot = (
        f"import os, sys; sys.path += {ROOTS!r}\n"
        "from goose_tui.launch import foreign_folders_last\n"
        "foreign_folders_last(sys.path, os.environ)\n"
        "import argparse, json, goose_tui.start, goose_tui.app, goose_tui.theming\n"
        "print(os.environ.get('PYTHONPATH'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", boot],
        cwd=hostile,
        env={**os.environ, "PYTHONPATH": pythonpath},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", f"{pythonpath}\n")


def test_foreign_folders_go_last_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lib, one, two = (str(tmp_path / name) for name in ("lib", "one", "two"))
    path = ["", one, str(tmp_path), lib, two]
    foreign_folders_last(path, {"PYTHONPATH": os.pathsep.join([one, "two"])})
    assert path == [lib, "", one, str(tmp_path), two]


def test_a_deleted_folder_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    path = ["", "/lib"]
    foreign_folders_last(path, {})
    assert path == ["/lib", ""]


def test_help_is_answered_without_importing_anything(tmp_path: Path) -> None:
    boot = (
        f"import sys; sys.path += {ROOTS!r}; before = set(sys.modules)\n"
        "from goose_tui.launch import main\n"
        "status = main(['--help'])\n"
        "print(sorted(set(sys.modules) - before), status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", boot], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(HELP)
    assert (
        done.stdout.splitlines()[-1]
        == "['__future__', 'goose_tui', 'goose_tui.command_line', 'goose_tui.launch'] 0"
    )


def test_help_names_every_command() -> None:
    commands = HELP.partition("commands:\n")[2].partition("\n\n")[0]
    assert {line.split()[0] for line in commands.splitlines()} == set(COMMANDS)


def test_help_fits_a_terminal_of_eighty_columns() -> None:
    assert max(len(line) for line in HELP.splitlines()) < 80


@pytest.mark.parametrize("argv", [["--version"], ["demo", "--version"], ["--step", "--version"]])
def test_the_version_is_answered(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    assert capsys.readouterr().out == f"goose-tui {__version__}\n"


@pytest.mark.parametrize("argv", [["--version", "run"], ["--model", "x/y", "--version", "run"]])
def test_the_version_is_answered_before_any_command(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 0
    assert capsys.readouterr().out == f"goose-tui {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "ordered"),
    [
        ("--model a/b run -t hi", "run --model a/b -t hi"),
        ("-C x --effort=low -c --debug run -t hi", "run -C x --effort=low -c --debug -t hi"),
        ("run --model a/b", "run --model a/b"),
        ("--mode auto demo", "demo --mode auto"),
        ("--model a/b", "--model a/b"),
        ("--system x run", "--system x run"),
        ("--help", "--help"),
    ],
)
def test_options_of_every_session_may_stand_before_the_command(argv: str, ordered: str) -> None:
    assert command_first(argv.split()) == ordered.split()


def test_without_a_terminal_the_workbench_says_so_in_one_line(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "no terminal" in done.stderr


def test_the_options_known_before_parsing_are_those_of_the_workbench() -> None:
    for option in FLAGS:
        parse_workbench([option])
    for option, value in zip(
        VALUES,
        (".", ".", "s-1", "s-1@20", "work", "a/b", "plan", "high", "3", "2.5", "9", "1h"),
        strict=True,
    ):
        parse_workbench([option, value])
        with pytest.raises(UsageError):
            parse_workbench([option])
