"""`goose-tui policy`: what the gate says about a command, and why, and the rules it goes by."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from goose_agent.errors import UsageError
from goose_agent.events import Mode
from goose_agent.permissions.gate import FLOOR
from goose_tui.cli.output import say
from goose_tui.cli.policy_rules import VERBS, add_verbs, run_verb
from goose_tui.view.untrusted import clean_line

if TYPE_CHECKING:
    from goose_agent.permissions.shell.judgement import Part
    from goose_tui.cli.command_gate import GateWord

__all__ = ["add_arguments", "main"]

_EXIT = "Exit status: 0 it was judged, whatever the verdict; 2 usage."
_MARKS = {True: "✓", False: "?"}
_ASCII_MARKS = {True: "+", False: "?"}


class _Check(argparse.Namespace):
    command: str | None
    jsonl: bool
    mode: Mode
    cwd: str
    root: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    verbs = "|".join(("check", *VERBS))
    commands = parser.add_subparsers(dest="action", metavar=verbs, required=True)
    checking = commands.add_parser(
        "check", help="may this command run, and why", epilog=_EXIT, allow_abbrev=False
    )
    add = checking.add_argument
    add("command", metavar="COMMAND", nargs="?", help="one argument, as the shell would get it")
    add(
        "--jsonl", action="store_true", help="read a JSON string a line, write a JSON object a line"
    )
    add("--mode", choices=get_args(Mode), default="smart")
    add("--cwd", metavar="DIR", default=".", help="where it would run; by default here")
    add("--root", metavar="DIR", default="", help="the workspace; by default where it would run")
    add_verbs(commands)


def main(namespace: argparse.Namespace) -> int:
    """Do it; the result is the exit status.

    Raises:
        UsageError: there is nothing to check, or it cannot be read.
    """
    if namespace.action in VERBS:
        return run_verb(namespace)
    check = _Check(**vars(namespace))
    if check.jsonl == (check.command is not None):
        raise UsageError("Give either a command or --jsonl.", "goose-tui policy check 'ls -l'")
    cwd = _folder(check.cwd)
    root = _folder(check.root) if check.root else cwd
    # Imported here: the tables of programs are read only where a command is judged.
    from goose_tui.cli.command_gate import CommandGate

    gate = CommandGate(check.mode, cwd, root)
    if check.command is not None:
        say("\n".join(_explained(gate.judge(check.command))))
        return 0
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            text = _text_of(line, number)
            word = gate.judge(text)
            reasons = [reason.text for reason in word.verdict.reasons]
            say(json.dumps({"command": text, "effect": word.verdict.decision, "reasons": reasons}))
    return 0


def _text_of(line: str, number: int) -> str:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise UsageError(f"Line {number} of standard input is no JSON string.")
    return value


def _folder(name: str) -> Path:
    folder = Path(name).absolute()
    if not folder.is_dir():
        raise UsageError(f"{name} is no folder.")
    return folder


def _explained(word: GateWord) -> list[str]:
    """The verdict, its reasons, and each part with what speaks against it."""
    verdict = word.verdict
    floor = any(reason.stage == FLOOR for reason in verdict.reasons)
    lines = [verdict.decision + (", in every mode" if floor else "")]
    for reason in verdict.reasons:
        source = f"  ({clean_line(reason.source)})" if reason.source else ""
        lines.append(f"  {clean_line(reason.text)}{source}")
    parts = word.judgement.parts
    if parts:
        lines.append("")
    for number, part in enumerate(parts, 1):
        lines += _part_lines(number, part)
    return lines


def _part_lines(number: int, part: Part) -> list[str]:
    encoding = (sys.stdout.encoding or "").lower()
    marks = _MARKS if "utf" in encoding else _ASCII_MARKS
    first = f"  {number:2} {marks[part.only_reads]} {clean_line(part.text)}"
    if part.only_reads:
        return [f"{first}: only reads"]
    return [first, *(f"       {clean_line(finding.text)}" for finding in part.findings)]
