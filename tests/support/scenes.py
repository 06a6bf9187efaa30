"""A piece of work on a small project, stopped wherever there is something worth a picture.

The engine, the tools and the project are real. What a machine would make different each time is told
by a list instead: how long calls took, where the project lies, how large the prompts are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import ObjectReceiveStream, ObjectSendStream

from goose_agent.clock import SteppingClock
from goose_agent.providers.connect import ConnectedModel
from goose_agent.wire import frames
from support.terminal import Terminal
from support.workbench import Workbench, script

__all__ = ["HOME", "PROMPT", "Scene", "picture_of"]

HOME = "/home/ada"
"""Where the pictures say that everything is."""
PROMPT = "Ten apples cost too much. Find out why and mend it."
_PAGES = 20
"""More pages than any transcript here has."""
STILL = 0.1
"""Seconds in which nothing changes where the screen stands still."""
QUEUED = "then write it into the changelog"

_PROJECT = Path(__file__).parents[2] / "app/goose_tui/tour/project"
_SECONDS = {"tree": 0.031, "read": 0.004, "grep": 0.018, "edit": 0.043, "shell": 0.212}
"""How long calls take, by tool."""
_ESTIMATE = 1900
"""Tokens of a request of which the model has not told them."""
_SIZES = {"system": 2300, "tools": 5600}
"""Bytes of what the program itself sends."""

_CHECK = '''\
"""Check what apples cost."""

import sys
from decimal import Decimal

from shoplist.parse import Item
from shoplist.total import price_of

CASES = {1: "0.50", 9: "4.50", 10: "4.50", 11: "4.95", 100: "45.00"}

failed = 0
for count, wanted in CASES.items():
    found = price_of(Item(count, "apples", Decimal("0.50")))
    failed += found != Decimal(wanted)
    print("ok  " if found == Decimal(wanted) else "FAIL", f"{count:>4}  {wanted:>6}  {found:>6}")
print(f"{len(CASES)} prices, {failed} wrong")
sys.exit(failed > 0)
'''
_LONG = '''\
"""Add up long lists; waits before the longest until there is a file `go`."""

import time
from decimal import Decimal
from pathlib import Path

from shoplist.parse import Item
from shoplist.total import total

for size in (10, 100, 1_000, 10_000):
    while size == 10_000 and not Path(".git/go").exists():
        time.sleep(0.01)
    print(f"{size:>7,} items", total([Item(1, "milk", Decimal("1.10"))] * size), flush=True)
'''
_PLAN = ("look at the project", "see the wrong price", "mend the cause", "check all prices")


def _plan(done: int) -> str:
    states = ["done"] * done + ["active"] + ["pending"] * len(_PLAN)
    items = [{"text": text, "state": state} for text, state in zip(_PLAN, states, strict=False)]
    return json.dumps({"tool": "update_plan", "arguments": {"items": items}})


_SCRIPT = f"""
window: 200000
input_price: 3.0
output_price: 15.0
answers:
- thinking: >-
    A price is wrong. I should see it with my own eyes before I touch anything, and look at how the
    project is laid out. A short plan will help to follow.
  text: I'll look around first, then see the wrong price for myself.
  usage: {{input_tokens: 2120, output_tokens: 190, cache_read_tokens: 0}}
  calls:
  - {_plan(0)}
  - {{tool: tree, arguments: {{path: "."}}}}
  - {{tool: read, arguments: {{path: README.md}}}}
- text: There is a script that checks prices.
  usage: {{input_tokens: 2730, output_tokens: 140}}
  calls:
  - {_plan(1)}
  - {{tool: shell, arguments: {{command: python3 check.py}}}}
- thinking: >-
    Ten apples at 0.50 should cost 4.50 but cost 5.00, eleven are right. Most likely a comparison is
    off by one.
  text: >-
    Ten apples cost `5.00` where `4.50` is right: the discount is missing at **exactly ten**.
    Let me see how the bound is written.
  usage: {{input_tokens: 3180, output_tokens: 210}}
  calls:
  - {{tool: grep, arguments: {{pattern: BULK, path: shoplist}}}}
  - {{tool: read, arguments: {{path: shoplist/total.py}}}}
- text: >-
    There it is. The README says *ten or more*, and `item.count > BULK` leaves ten itself out.
  usage: {{input_tokens: 4020, output_tokens: 260}}
  calls:
  - {_plan(2)}
  - tool: edit
    arguments:
      path: shoplist/total.py
      old: "    if item.count > BULK:\\n"
      new: "    if item.count >= BULK:  # ten or more\\n"
- text: Now all prices, and some long lists.
  usage: {{input_tokens: 4660, output_tokens: 170}}
  calls:
  - {_plan(3)}
  - {{tool: shell, arguments: {{command: python3 check.py}}}}
  - {{tool: shell, arguments: {{command: python3 long_lists.py}}}}
- usage: {{input_tokens: 5140, output_tokens: 320}}
  calls:
  - {_plan(4)}
- usage: {{input_tokens: 5350, output_tokens: 280}}
  text: |
    ## Mended

    The discount began at eleven of a kind; now it begins at **ten**, as the README says.

    ```python
    if item.count >= BULK:  # ten or more
        full -= full * DISCOUNT
    ```

    | of a kind | before | after |
    |----------:|-------:|------:|
    |         9 |   4.50 |  4.50 |
    |        10 |   5.00 |  4.50 |
    |        11 |   4.95 |  4.95 |

    - changed: `shoplist/total.py:18`
    - all 5 prices are right, and long lists add up
- usage: {{input_tokens: 5700, output_tokens: 60}}
  text: There is no changelog yet. Shall I begin one?
"""


async def picture_of(bench: Terminal[Any]) -> str:
    """The screen as SVG, once it stands still."""
    _measure(bench)
    before = ""
    with anyio.fail_after(5):
        while (now := bench.app.export_screenshot(title="goose-tui", simplify=True)) != before:
            before = now
            await anyio.sleep(STILL)
    return before


def _measure(bench: Terminal[Any]) -> None:
    """Look through all of the transcript: else its scrollbar stands where only guesses put it."""
    transcript = bench.shown.transcript
    if transcript is not None and transcript.following:
        for _ in range(_PAGES):
            transcript.scroll_pages(-1)
        transcript.scroll_to_end()


class Scene:
    """The piece of work, step by step.

    Args:
        base: an empty folder.
        clock: tells the time; None for one that stands still between the steps.
        model: another one, for other work than that of the steps.
    """

    def __init__(
        self,
        base: Path,
        *,
        clock: SteppingClock | None = None,
        model: ConnectedModel | None = None,
    ) -> None:
        self._base = base
        self._proposed: dict[str, tuple[str, str]] = {}
        """Tool and summary of each call, as the engine told them."""
        self._clock = clock or SteppingClock()
        self.bench = Workbench(
            base,
            model or script(_SCRIPT),
            clock=self._clock,
            link=self._link,
            project="shoplist",
        )
        self._furnish(self.bench.folder)

    @asynccontextmanager
    async def running(self, width: int = 120, height: int = 40) -> AsyncIterator[Workbench]:
        """Run until the block is left."""
        async with self.bench.running(width, height):
            yield self.bench

    # The steps, in their order

    async def ask(self) -> None:
        """Until the first command waits for an answer."""
        bench = self.bench
        await bench.send(PROMPT)
        await bench.sees("$ python3 check.py")
        await self.pass_time(4)

    async def see_it_fail(self) -> None:
        """Until the edit waits for an answer."""
        await self.bench.answer("y")
        await self.bench.sees("+     if item.count >= BULK")
        await self.pass_time(9)

    async def mend_it(self) -> None:
        """Until a command has run for some seconds, with a message that waits for its end."""
        bench = self.bench
        await bench.answer("y")
        await bench.sees("1 of 2 waiting", "$ python3 check.py")
        await bench.answer("y")
        await bench.sees("$ python3 long_lists.py")
        await self.pass_time(3)
        await bench.answer("y")
        await bench.sees("1,000 items", "✓ shell  python3 check.py")
        await bench.send(QUEUED)
        await bench.sees(f"queued: {QUEUED}")
        await self.pass_time(7)
        await bench.sees("▸ shell  python3 long_lists.py", "7s", "running shell 23.0s")

    async def finish(self) -> None:
        """Until all is done."""
        bench = self.bench
        last = bench.state.queue[0]
        await bench.press("alt+up")
        await bench.until(lambda: last not in bench.state.queue)
        bench.composer.draft("")
        (bench.folder / ".git/go").touch()
        await bench.sees("Mended", "all 5 prices are right")
        await bench.idle()

    # How they are made exact

    async def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self._clock.elapsed += seconds
        await self.bench.settle()

    def _furnish(self, folder: Path) -> None:
        ignored = shutil.ignore_patterns("__pycache__", "tests")
        shutil.copytree(_PROJECT, folder, ignore=ignored, dirs_exist_ok=True)
        (folder / "check.py").write_text(_CHECK, encoding="utf-8")
        (folder / "long_lists.py").write_text(_LONG, encoding="utf-8")
        for name in ("objects", "refs"):
            (folder / ".git" / name).mkdir(parents=True)
        (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")

    async def _link(
        self, inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        told, heard = anyio.create_memory_object_stream[bytes](64)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._retell, heard, outbound)
            async with told:
                await self.bench.engine(inbound, told)

    async def _retell(
        self, heard: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]
    ) -> None:
        async with heard:
            async for chunk in heard:
                lines = (self._exact(line) for line in frames(chunk))
                await outbound.send(b"".join(line + b"\n" for line in lines))

    def _exact(self, line: bytes) -> bytes:
        """A line without what differs from one machine to the next."""
        line = line.replace(str(self._base).encode(), HOME.encode())
        tag, _, body = line.partition(b" ")
        if tag != b"event":
            return line
        event: dict[str, Any] = json.loads(body)
        data = event["data"]
        match event["type"]:
            case "tool.proposed":
                self._proposed[data["call_id"]] = data["tool"], data["summary"]
                return line
            case "tool.finished" if proposed := self._proposed.get(data["call_id"]):
                tool, summary = proposed
                data["seconds"] = 8.4 if "long" in summary else _SECONDS.get(tool, 0.002)
            case "context.built":
                for segment in data["added"]:
                    segment["size"] = _SIZES.get(segment["kind"], segment["size"])
                data["tokens"] = _ESTIMATE
            case _:
                return line
        return b"event " + json.dumps(event, ensure_ascii=False).encode()
