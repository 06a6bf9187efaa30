"""Twenty servers beside a session: when a prompt can be sent, when all are there, what memory they take.

servers.py COUNT    measures in this process, and prints JSON
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import anyio

from busy import AS_BUSY, busy
from goose_agent.clock import World
from goose_agent.codec import event_from
from goose_agent.config.places import Places
from goose_agent.engine import Engine, Options
from goose_agent.providers.scripted import ScriptedModel
from goose_agent.wire import Open, Opened, frames, parse, write
from table import Found

__all__ = ["SERVERS", "measure_servers"]

SERVERS = 20
_TICK = 0.005
_PATIENCE = 120


def measure_servers() -> list[Found]:
    """A session with twenty servers, held against one with none."""
    without, with_all = _measured(0), _measured(SERVERS)
    more = with_all["opened"] - without["opened"]
    return [
        Found("a prompt can be sent later by", 1000 * max(0.0, more), "ms", 100.0),
        Found(f"{SERVERS} servers are there after", with_all["ready"], "s", None),
        Found("the longest pause meanwhile", 1000 * with_all["pause"], "ms", None),
        Found(
            "memory of our own that they take", with_all["memory"] - without["memory"], "MB", 160.0
        ),
        Found(f"a pause {AS_BUSY}", busy(), "x", None),
    ]


def _measured(count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, str(count)], capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def _session(base: Path, count: int) -> dict[str, float]:
    """What a session with so many servers takes."""
    import yaml

    environ = {"PATH": os.environ["PATH"], "HOME": str(base), "GOOSE_TUI_HOME": str(base)}
    places = Places.of(environ)
    script = str(Path(__file__).with_name("tool_server.py"))
    server = {"type": "stdio", "cmd": sys.executable, "args": ["-I", script]}
    places.config.mkdir()
    servers = {"extensions": {f"server-{at}": server for at in range(count)}}
    places.settings.write_text(yaml.safe_dump(servers), encoding="utf-8")
    to_engine, inbound = anyio.create_memory_object_stream[bytes](64)
    outbound, from_engine = anyio.create_memory_object_stream[bytes](64)
    model = ScriptedModel.load("[]", name="scripted/model", speed=0)
    engine = Engine(Options("bench", places, lambda *_: model), World(environ=environ), outbound)
    found = {"opened": 0.0, "ready": 0.0, "pause": 0.0}
    began = perf_counter()

    async def tick() -> None:
        while True:
            before = perf_counter()
            await anyio.sleep(_TICK)
            found["pause"] = max(found["pause"], perf_counter() - before - _TICK)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run, inbound)
        await to_engine.send(write(Open(str(base), model="scripted/model")))
        ready = 0
        with anyio.fail_after(_PATIENCE):
            async for chunk in from_engine:
                for line in frames(chunk):
                    word = parse(line)
                    if isinstance(word, Opened):
                        found["opened"] = perf_counter() - began
                        tasks.start_soon(tick)
                    elif isinstance(word, bytes):
                        ready += event_from(word).type == "extension.ready"
                if found["opened"] and ready == count:
                    break
        found["ready"] = perf_counter() - began
        found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        tasks.cancel_scope.cancel()
    return found


def _main(count: int) -> None:
    with tempfile.TemporaryDirectory() as base:
        found: dict[str, Any] = anyio.run(_session, Path(base), count)
    print(json.dumps(found))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
