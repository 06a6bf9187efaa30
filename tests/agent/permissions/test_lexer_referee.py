"""The strict lexer against bash: what it accepts, bash reads in the same way.

Set GOOSE_TEST_REFEREE to a number of accepted texts to try more than a few.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

from goose_agent.permissions.shell.lexer import lex
from goose_agent.permissions.shell.script import Command, Script
from support.referee import Referee, that_run
from support.shell_texts import texts

_ACCEPTED = int(os.environ.get("GOOSE_TEST_REFEREE", "400"))
_BATCH = 2000


def accepted(dice: random.Random, count: int) -> Iterator[tuple[str, Script]]:
    """Texts that the lexer reads, but for those that only the referee's ways would change."""
    found = 0
    for text in texts(dice):
        script = lex(text)
        if isinstance(script, Script) and not any(map(_needs_files, script.commands)):
            yield text, script
            found += 1
            if found == count:
                return


def _needs_files(command: Command) -> bool:
    return "/" in command.argv[0] or any(
        word.has_glob and "/" in word.text for word in command.words
    )


def listed(script: Script) -> list[tuple[str, ...]]:
    """The commands that the shell should run, without words that stand for file names."""
    globs = _globs(script)
    return sorted(without(globs, command.argv) for command in that_run(script.commands))


def without(globs: set[str], argv: tuple[str, ...]) -> tuple[str, ...]:
    return (argv[0], *(word for word in argv[1:] if word not in globs))


def _globs(script: Script) -> set[str]:
    return {word.text for command in script.commands for word in command.words if word.has_glob}


def test_bash_runs_exactly_the_commands_that_the_lexer_lists(tmp_path: Path) -> None:
    seed = random.randrange(2**32) if "GOOSE_TEST_REFEREE" in os.environ else 20
    dice = random.Random(seed)
    referee = Referee(tmp_path)
    left = _ACCEPTED
    while left > 0:
        batch = [*accepted(dice, min(left, _BATCH))]
        ran = referee.ran([text for text, _ in batch])
        for (text, script), commands in zip(batch, ran, strict=True):
            really = sorted(without(_globs(script), argv) for argv in commands)
            assert really == listed(script), f"seed {seed}: {text!r}"
        assert referee.written() == [], f"seed {seed}"
        left -= len(batch)
