"""The gate for shell commands, held against known ones: dangerous, harmless, and to be asked about."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from goose_agent.permissions.shell.verdict import ShellVerdict, decide

CORPORA = Path(__file__).with_name("corpora")


def lines(name: str) -> list[str]:
    text = (CORPORA / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


DANGEROUS = [json.loads(line.split("\t")[2]) for line in lines("commands_dangerous.txt")]
READING = lines("commands_readonly.txt")
TO_ASK = lines("commands_ask.txt")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    subprocess.run(["git", "init", "-q", folder], check=True)
    for name in ("src", "tests"):
        (folder / name).mkdir()
    return folder


def smart(text: str, root: Path) -> ShellVerdict:
    return decide(text, "smart", root, root)


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_dangerous_command_never_runs_unasked(text: str, root: Path) -> None:
    assert smart(text, root).decision != "allow"


@pytest.mark.parametrize("text", TO_ASK)
def test_what_may_do_more_than_read_is_asked_about(text: str, root: Path) -> None:
    verdict = smart(text, root)
    assert verdict.decision == "ask"
    assert verdict.reasons


@pytest.mark.parametrize("text", READING)
def test_what_only_reads_runs_unasked(text: str, root: Path) -> None:
    verdict = smart(text, root)
    assert verdict.decision == "allow", verdict.reasons


@pytest.mark.parametrize("text", READING)
def test_plan_mode_reads_and_approve_mode_asks(text: str, root: Path) -> None:
    assert decide(text, "plan", root, root).decision == "allow"
    assert decide(text, "approve", root, root).decision == "ask"
    assert decide(text, "chat", root, root).decision == "deny"


@pytest.mark.parametrize("text", TO_ASK)
def test_plan_mode_denies_what_may_do_more_than_read(text: str, root: Path) -> None:
    assert decide(text, "plan", root, root).decision == "deny"
