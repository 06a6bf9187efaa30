"""What the gate takes for reading really only reads: the programs run, and nothing has changed.

Set GOOSE_TEST_OPTIONS to a number of commands to try more than a few.
"""

from __future__ import annotations

import os
import random
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from goose_agent.permissions.shell.programs import READERS
from goose_agent.permissions.shell.programs.program import Program
from goose_agent.permissions.shell.verdict import decide
from support.jail import Jail

_COMMANDS = int(os.environ.get("GOOSE_TEST_OPTIONS", "60"))
_TOGETHER = 20
_READING = [
    line
    for line in (Path(__file__).with_name("corpora") / "commands_readonly.txt")
    .read_text(encoding="utf-8")
    .splitlines()
    if line and not line.startswith("#")
]
_VALUES = (
    "1",
    "2",
    "x",
    "out",
    "a.txt",
    "src",
    "names.txt",
    "/",
    ",",
    "foo",
    "HEAD",
    "main",
    "%h",
    "'*.py'",
)
_OPERANDS = (
    "a.txt",
    "b.txt",
    "names.txt",
    "src",
    ".",
    "out",
    "out2",
    "foo",
    "1",
    "HEAD",
    "'.a'",
    "p",
    "-",
)
_OWN_WAYS = ("ps",)
"""Programs for which an option without its value is an older one of the same letter."""
_GIT = (
    "status log show diff branch tag config remote stash reflog worktree rev-parse ls-files ls-tree "
    "cat-file grep blame describe merge-base shortlog for-each-ref show-ref symbolic-ref rev-list "
    "count-objects check-ignore diff-tree diff-index diff-files name-rev range-diff cherry show-branch"
)


@pytest.fixture
def jail(tmp_path: Path) -> Jail:
    return Jail(tmp_path / "work")


def allowed(command: str, jail: Jail) -> bool:
    return decide(command, "smart", jail.folder, jail.folder).decision == "allow"


def unchanged_by(commands: list[str], jail: Jail) -> None:
    before = jail.content()
    for command in commands:
        jail.run(command)
    if jail.content() != before:
        for command in commands:
            was = jail.content()
            jail.run(command)
            assert jail.content() == was, f"writes: {command!r}"
        raise AssertionError(f"one of these writes: {commands!r}")


@pytest.mark.parametrize("command", ["touch new", "touch a.txt", "rm a.txt", "chmod +x a.txt"])
def test_a_change_is_noticed(command: str, jail: Jail) -> None:
    with pytest.raises(AssertionError):
        unchanged_by([command], jail)


def test_known_reading_commands_change_nothing(jail: Jail) -> None:
    commands = [command for command in _READING if allowed(command, jail)]
    assert len(commands) == len(_READING)
    for at in range(0, len(commands), _TOGETHER):
        unchanged_by(commands[at : at + _TOGETHER], jail)


def test_no_option_that_a_table_allows_writes(jail: Jail) -> None:
    seed = random.randrange(2**32) if "GOOSE_TEST_OPTIONS" in os.environ else 7
    dice = random.Random(seed)
    programs = sorted(name for name in READERS if shutil.which(name))
    options = {name: _options(name, jail) for name in dice.sample(programs, min(12, len(programs)))}
    if "GOOSE_TEST_OPTIONS" in os.environ:
        options = {name: _options(name, jail) for name in programs}
    commands = _allowed_commands(dice, options, jail)
    for at in range(0, _COMMANDS, _TOGETHER):
        batch = [next(commands) for _ in range(min(_TOGETHER, _COMMANDS - at))]
        unchanged_by(batch, jail)


def test_an_option_takes_a_value_where_its_table_says_so(jail: Jail) -> None:
    """Otherwise the next word would be a file, and nobody would have looked where it lies."""
    programs = {id(reader): (name, reader) for name, reader in READERS.items()}
    tried = 0
    for name, reader in programs.values():
        if not isinstance(reader, Program) or shutil.which(name) is None or name in _OWN_WAYS:
            continue
        for option in reader.valued:
            ran = subprocess.run(
                [name, option], capture_output=True, cwd=jail.folder, env=jail.environ,
                stdin=subprocess.DEVNULL, timeout=30, check=False,
            )  # fmt: skip
            assert ran.returncode != 0, f"{name} {option} does not miss its value"
            tried += 1
    assert tried > 50


def _options(program: str, jail: Jail) -> list[str]:
    """Every option that the program itself tells of, those that write included."""
    texts = [f"{program} --help"]
    if program == "git":
        texts = [f"git {name} -h" for name in _GIT.split()]
    found: set[str] = set()
    for text in texts:
        ran = subprocess.run(
            shlex.split(text),
            capture_output=True,
            cwd=jail.folder,
            env=jail.environ,
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
        shown = (ran.stdout + ran.stderr).decode("utf-8", "replace")
        found |= {*re.findall(r"(?<![\w-])--?[A-Za-z0-9][\w-]*=?", shown)}
    return sorted(found) or ["-a"]


def _allowed_commands(
    dice: random.Random, options: dict[str, list[str]], jail: Jail
) -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    while True:
        name = dice.choice(sorted(options))
        words = [name]
        if name == "git":
            words.append(dice.choice(_GIT.split()))
        for _ in range(dice.randint(0, 3)):
            option = dice.choice(options[name])
            if dice.random() < 0.3:
                option = "-" + "".join(dice.choices(letters, k=dice.randint(1, 3)))
            if option.endswith("="):
                option += dice.choice(_VALUES)
            words.append(option)
            if dice.random() < 0.3:
                words.append(dice.choice(_VALUES))
        words += dice.choices(_OPERANDS, k=dice.randint(0, 3))
        command = " ".join(words)
        if allowed(command, jail):
            yield command
