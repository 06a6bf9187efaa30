"""Mode auto without a sandbox: everyday work does not ask, and what cannot be read does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from goose_agent.events import Mode
from goose_agent.permissions.shell.inline_code import only_looks
from goose_agent.permissions.shell.verdict import ShellVerdict, decide

CORPORA = Path(__file__).with_name("corpora")


def commands(name: str) -> list[str]:
    return [*map(json.loads, (CORPORA / name).read_text(encoding="utf-8").splitlines())]


EVERYDAY = commands("commands_everyday.jsonl")
HOSTILE = commands("commands_hostile.jsonl")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name in ("src", "tests", "web", "build", "scripts", "vendor", ".husky"):
        (folder / name).mkdir()
    (folder / ".husky" / "pre-commit").touch()
    return folder


def judged(text: str, root: Path, mode: Mode = "auto") -> ShellVerdict:
    return decide(text, mode, root, root)


def test_everyday_commands_hardly_ever_ask(root: Path) -> None:
    assert len(EVERYDAY) >= 150
    asking = [text for text in EVERYDAY if judged(text, root).decision != "allow"]
    assert len(asking) <= 0.03 * len(EVERYDAY), asking


@pytest.mark.parametrize("text", HOSTILE)
def test_what_hides_what_it_does_or_reaches_out_asks(text: str, root: Path) -> None:
    verdict = judged(text, root)
    assert verdict.decision != "allow"
    assert verdict.reasons


@pytest.mark.parametrize(
    "text", ["kill {pid}", "kill -9 {ppid}", "kill -s TERM {pid}", "kill -- -{pgid}"]
)
def test_nothing_ends_this_program_unasked(text: str, root: Path) -> None:
    ours = {"pid": os.getpid(), "ppid": os.getppid(), "pgid": os.getpgrp()}
    assert judged(text.format(**ours), root).decision == "ask"


def test_what_a_pattern_stands_for_is_looked_up(root: Path) -> None:
    assert judged("echo x | tee build/*.txt", root).decision == "allow"
    (root / "build" / "link.txt").symlink_to(root / ".git" / "config")
    verdict = judged("echo x | tee build/*.txt", root)
    assert (verdict.decision, verdict.is_floor) == ("ask", True)
    (root / "build" / "link.txt").unlink()


def test_scratch_folders_are_free_but_for_what_lies_beside_the_workspace(root: Path) -> None:
    assert judged("make > /tmp/make-log.txt", root).decision == "allow"
    assert judged(f"touch {root.parent}/x", root).decision == "ask"
    assert judged("rm -rf /tmp/*", root).decision == "ask"


@pytest.mark.parametrize("mode", ["smart", "edits"])
def test_in_other_modes_all_of_it_asks_as_before(root: Path, mode: Mode) -> None:
    assert all(judged(text, root, mode).decision != "allow" for text in HOSTILE)


@pytest.mark.parametrize(
    "code",
    [
        "print(1)",
        "import os; print([d for d in os.listdir('.') if d != '.git'])",
        "import json, sys; print(json.load(sys.stdin)['x'])",
        "import json; print(sorted(json.load(open('a.json'))))",
        "import numpy as np; print(np.__version__)",
        "from collections import Counter\nprint(Counter(open('x', encoding='utf-8').read()))",
        "x = [1]; x.append(2); x.remove(1); print(*x, sep=',')",
        "print('rm -rf /'.replace('r', 'x'))",
    ],
)
def test_python_that_only_looks_is_known(code: str) -> None:
    assert only_looks("python", code)


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.remove('x')",
        "import os as o; o.replace('x', 'y')",
        "import os; f = os; f.remove('x')",
        "import os; (os if 1 else 0).remove('x')",
        "from os import remove; remove('x')",
        "from os import *",
        "import shutil",
        "import subprocess",
        "import os.path as p; p.os.remove('x')",
        "import json; json.codecs.open('x', 'w')",
        "import re; re.enum.sys.modules",
        "import numpy; numpy.os.system('x')",
        "import anything; anything.run()",
        "from anything import run",
        "open('x', 'w')",
        "open('x', mode='a')",
        "open(*['x', 'w'])",
        "open('x', **{'mode': 'w'})",
        "f = open; f('x', 'w')",
        "[*map(open, ['x'], ['w'])]",
        "import functools; functools.partial(open, mode='w')('x')",
        "__import__('os').system('x')",
        "getattr(1, 'x')",
        "eval('1')",
        "exec('1')",
        "().__class__.__base__.__subclasses__()",
        "type('X', (), {})",
        "class A: pass",
        "def print(x): pass",
        "import sys; sys.path = []",
        "print(",
        "\0",
        "(" * 5000,
    ],
)
def test_python_that_may_do_more_is_not_vouched_for(code: str) -> None:
    assert not only_looks("python", code)


@pytest.mark.parametrize(
    ("language", "code", "looks"),
    [
        ("node", "console.log(process.version)", True),
        ("node", "const p = require('./package.json'); console.log(p.version)", True),
        ("node", "require('fs').rmSync('x')", False),
        ("node", "require('fs')['rmSync']('x')", False),
        ("node", "require('child_process').execSync('x')", False),
        ("node", "const r = require; r('fs')", False),
        ("node", "`${process.exit()}`", False),
        ("node", "fs.unlinkSync('x')", False),
        ("perl", "s/a/b/g; s|x|y|", True),
        ("perl", "s/a/unlink 'x'/e", False),
        ("perl", "s/(?{unlink 'x'})//", False),
        ("perl", "s/a/@{[unlink 'x']}/", False),
        ("perl", "s/a/`id`/", False),
        ("perl", "s/a/b/w x", False),
        ("perl", "unlink 'x'", False),
        ("ruby", "puts 1", False),
    ],
)
def test_of_other_languages_little_is_known(language: str, code: str, looks: bool) -> None:
    assert only_looks(language, code) is looks
