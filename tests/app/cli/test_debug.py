"""`--debug`: all is told, and the last raw requests are kept where only their owner can read them."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from agent.faults.wires import KEY, WIRES, Call, Said, Wire
from agent.providers.loopback import Act, Reply, serving, whole
from app.cli.conftest import Shell

PATIENCE = 50
PROGRAM = Path(sys.executable).with_name("goose-tui")
MANY = "seq 1 30000"


@dataclass(frozen=True)
class Ran:
    """What a run with a server came to."""

    code: int
    out: str
    err: str


async def run(wire: Wire, home: Path, replies: Sequence[Reply], *argv: str) -> Ran:
    async with serving(*replies) as server:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GOOSE_TUI_HOME": str(home),
            "OLLAMA_HOST": "127.0.0.1:1",
            **wire.environ(server.url),
        }
        command = [str(PROGRAM), "run", "--model", wire.model, "--mode", "auto", *argv]
        with anyio.fail_after(PATIENCE):
            done = await anyio.run_process(command, env=environ, cwd=home, check=False)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def kept(home: Path) -> list[dict[str, Any]]:
    files = sorted((home / "data" / "requests").glob("*"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
async def test_raw_requests_are_kept_private_and_without_keys(wire: Wire, tmp_path: Path) -> None:
    hello = wire.says(Said("Hello."))
    ran = await run(wire, tmp_path, [hello], "--debug", "-t", f"what is {KEY}?")
    assert (ran.code, ran.out) == (0, "Hello.\n")
    assert f"raw requests are kept in {tmp_path / 'data' / 'requests'}" in ran.err
    (exchange,) = [each for each in kept(tmp_path) if each["method"] == "POST"]
    assert "what is [secret:key-1]?" in exchange["body"]
    assert exchange["answer"]["status"] == 200
    assert "Hello." in exchange["answer"]["body"]
    assert exchange["url"].startswith("http://127.0.0.1:")
    folder = tmp_path / "data" / "requests"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert KEY not in file.read_text(encoding="utf-8")


async def test_without_it_nothing_raw_is_kept(tmp_path: Path) -> None:
    ran = await run(WIRES[0], tmp_path, [WIRES[0].says(Said("Hello."))], "-t", "hi")
    assert ran.code == 0
    assert not (tmp_path / "data" / "requests").exists()


async def test_a_refusal_and_a_break_are_kept_too(tmp_path: Path) -> None:
    wire = WIRES[0]
    refusal = whole(500, b'{"error": {"message": "Nonsense."}}', Set_Cookie="token=1", Server="x")
    replies = [refusal, wire.begins(Said("Hel"), Act.RESET), wire.says(Said("Hello."))]
    ran = await run(wire, tmp_path, replies, "--debug", "-t", "hi")
    assert ran.code == 0
    first, second, third = kept(tmp_path)
    assert first["answer"]["status"] == 500
    assert "Nonsense." in first["answer"]["body"]
    headers = {name.lower(): value for name, value in first["answer"]["headers"].items()}
    assert (headers["set-cookie"], headers["server"]) == ("[hidden]", "x")
    assert [each["answer"]["ended"] for each in (first, second, third)] == [True, False, True]


async def test_all_that_models_and_tools_are_given_is_shown(tmp_path: Path) -> None:
    wire = WIRES[0]
    calls = Said("", (Call("shell", json.dumps({"command": MANY}), "call-1"),))
    ran = await run(
        wire, tmp_path, [wire.says(calls), wire.says(Said("ok"))], "--debug", "-t", "count on"
    )
    assert (ran.code, ran.out) == (0, "ok\n")
    lines = ran.err.splitlines()
    assert "    count on" in lines
    assert f'    {{"command": "{MANY}"}}' in lines
    assert {f"    {number}" for number in range(1, 30001)} <= set(lines)


def test_doctor_names_and_shows_what_is_kept(shell: Shell) -> None:
    assert "none: --debug keeps the last ones" in shell("doctor").out
    nothing = shell("doctor", "--requests")
    assert (nothing.code, nothing.out) == (0, "")
    assert "No requests are kept" in nothing.err
    wire = WIRES[2]
    folder = shell.home / "data" / "requests"
    for _ in range(2):
        anyio.run(run, wire, shell.home, [wire.says(Said("Hello."))], "--debug", "-t", "hi")
    assert f"2 in {folder}" in shell("doctor").out
    head, *rows = shell("doctor", "--requests").out.splitlines()
    assert head.split() == ["AT", "STATUS", "SENT", "CAME", "URL", "FILE"]
    assert [row.split()[1] for row in rows] == ["200", "200"]
    told = json.loads(shell("doctor", "--requests", "--output", "json").out)
    assert [json.loads(each["body"])["model"] for each in told] == ["one", "one"]
