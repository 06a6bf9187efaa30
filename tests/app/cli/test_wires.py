"""One task over each wire format, by the real command: what a person gets is the same to the byte."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import anyio
import pytest

from agent.faults.wires import WIRES, Call, Said, Wire
from agent.providers.loopback import serving
from goose_agent.codec import event_from
from goose_agent.config.places import Places
from goose_agent.events import Event, ModelRequested, ToolFinished
from goose_agent.sessions.library import Library
from goose_agent.sessions.store import SessionStore

PATIENCE = 50
PROGRAM = Path(sys.executable).with_name("goose-tui")
PRINTED = "naïve 日本語 🦆"
ANSWER = "Fertig: naïve ✓ 日本語 — e\u0301 🦆\n\n| a | b |\n|---|---|\n| ½ | “x” |"
SCENARIO = (
    Said("Let me look.", (Call("shell", f'{{"command": "printf \'{PRINTED}\'"}}', "call-1"),)),
    Said(ANSWER, usage=(150, 20)),
)


@dataclass(frozen=True)
class Came:
    """What a run came to."""

    out: bytes
    events: tuple[Event, ...]
    requests: tuple[str, ...]

    @property
    def bodies(self) -> list[str]:
        """The sha256 of each request, as it is on record."""
        data = (event.data for event in self.events)
        return [each.body_sha for each in data if isinstance(each, ModelRequested)]

    @property
    def kinds(self) -> list[str]:
        """The types of its events; in how many pieces a text came is the network's affair."""
        types = [event.type for event in self.events]
        return [
            kind for kind, run in groupby(types) for _ in (run if kind != "model.delta" else "1")
        ]


async def came_of(
    wire: Wire, home: Path, *options: str, scenario: Sequence[Said] = SCENARIO
) -> Came:
    async with serving(*(wire.says(said) for said in scenario)) as server:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GOOSE_TUI_HOME": str(home),
            "OLLAMA_HOST": "127.0.0.1:1",
            **wire.environ(server.url),
        }
        argv = ["run", "--model", wire.model, "--mode", "auto", "--system", "Say Fertig."]
        with anyio.fail_after(PATIENCE):
            done = await anyio.run_process(
                [str(PROGRAM), *argv, *options, "-"],
                input=b"Los!",
                env=environ,
                cwd=home,
                check=False,
            )
        requests = tuple(
            request.body.decode() for request in server.received if request.method == "POST"
        )
    assert done.returncode == 0, done.stderr
    library = Library(Places.of(environ).sessions)
    entry = library.entries()[0]
    store = SessionStore(library.path(entry.session_id), write=False)
    try:
        return Came(done.stdout, tuple(map(event_from, store.events(0))), requests)
    finally:
        store.close()


async def test_every_wire_format_leads_to_the_same_answer_and_the_same_events(
    tmp_path: Path,
) -> None:
    runs = {}
    for wire in WIRES:
        home = tmp_path / wire.name
        home.mkdir()
        runs[wire.name] = await came_of(wire, home)
    assert len(runs) == 6
    first = runs["chat"]
    assert first.out == f"{ANSWER}\n".encode()
    assert first.kinds.count("tool.finished") == 1
    assert {name: run.out for name, run in runs.items()} == dict.fromkeys(runs, first.out)
    assert {name: run.kinds for name, run in runs.items()} == dict.fromkeys(runs, first.kinds)
    for run in runs.values():
        results = [event.data for event in run.events if isinstance(event.data, ToolFinished)]
        assert [(result.outcome, result.text) for result in results] == [("ok", PRINTED)]
        asked, told = run.requests
        assert "Los!" in asked
        assert "Say Fertig." in asked
        assert PRINTED in told


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
async def test_what_any_of_them_answered_comes_from_a_file_as_well(
    wire: Wire, tmp_path: Path
) -> None:
    tape, home = tmp_path / "tape.jsonl", tmp_path / "home"
    home.mkdir()
    first = await came_of(wire, home, "--record", str(tape))
    again = await came_of(wire, home, "--replay", str(tape), scenario=())
    assert first.out == again.out == f"{ANSWER}\n".encode()
    assert again.kinds == first.kinds
    assert again.requests == ()
    assert again.bodies == first.bodies
    assert again.events[0].session_id != first.events[0].session_id
    secrets = [
        value for name, value in wire.environ("").items() if "KEY" in name or "TOKEN" in name
    ]
    assert not [secret for secret in secrets if secret in tape.read_text(encoding="utf-8")]
