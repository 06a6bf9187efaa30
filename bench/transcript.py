"""What the transcript costs: opened, appended to, scrolled and resized with 10,000 records, and streamed.

    transcript.py             measure, and compare with baseline.json
    transcript.py --record    measure, and write baseline.json

A number is CPU time, in units of a loop of plain Python that is timed between the measures: about
the same on any machine. What is half as much again as in the baseline is a regression.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from goose_agent.state.records import AnswerRecord, CallRecord, UserRecord
from goose_agent.state.vector import Vector
from goose_tui.theme_shelf import DEFAULT_THEME, shelf
from goose_tui.theming import make_palette
from goose_tui.transcript.conversation import ConversationDrawer, Shown
from goose_tui.widgets.record_view import RecordView

__all__ = ["check_transcript", "main"]

_BASELINE = Path(__file__).with_name("baseline.json")
_REGRESSION = 1.5
_RECORDS = 10_000
_SIZE = (120, 40)
_PER_FRAME = 20
"""Tokens that come between two frames."""
_TOKENS = (
    "The ",
    "parser ",
    "drops ",
    "a ",
    "trailing ",
    "comma; ",
    "see `parse_list`, ",
    "line.\n\n",
)
_FRAMES = 30

Step = Callable[[], Awaitable[None]]


class _Host(App[None]):
    """Shows one transcript."""

    def __init__(self, view: RecordView[Shown]) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        """The transcript."""
        yield self.view


def check_transcript() -> bool:
    """Measure, print, compare; tells whether nothing became slower."""
    found = asyncio.run(_measure())
    baseline = json.loads(_BASELINE.read_text(encoding="utf-8")) if _BASELINE.exists() else {}
    print(f"{'transcript, in units of a plain loop':44}{'now':>9}{'before':>9}{'ratio':>8}")
    good = True
    for name, value in found.items():
        before = baseline.get(name, 0.0)
        ratio = value / before if before else 1.0
        fine = ratio <= _REGRESSION
        good &= fine
        print(f"  {name:42}{value:9.3f}{before:9.3f}{ratio:8.2f}  {'ok' if fine else 'slower'}")
    return good


def main(argv: Sequence[str]) -> int:
    """Measure; the result is 1 where something became slower."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help="write the baseline anew")
    if not parser.parse_args(argv).record:
        return 0 if check_transcript() else 1
    found = {name: round(value, 4) for name, value in asyncio.run(_measure()).items()}
    _BASELINE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {_BASELINE.name}")
    return 0


async def _measure() -> dict[str, float]:
    records = Vector(_conversation(_RECORDS))
    view = RecordView(_drawer(), frame_seconds=0.0)
    app = _Host(view)
    found: dict[str, float] = {}
    async with app.run_test(size=_SIZE) as pilot:
        await pilot.pause()

        async def open_all() -> None:
            view.show([])
            await pilot.pause()
            view.show(records)
            await pilot.pause()

        async def append_one() -> None:
            nonlocal records
            before = len(records)
            records = records.append(_user(before))
            view.show(records, before)
            await pilot.pause()

        async def page_up() -> None:
            view.action_page_up()
            await pilot.pause()

        async def resize() -> None:
            await pilot.resize_terminal(app.size.width ^ 1, _SIZE[1])
            await pilot.pause()

        found["open 10,000 records"] = await _cost(open_all, 5)
        found["append a record to 10,000"] = await _cost(append_one, 40)
        found["scroll a page of 10,000"] = await _cost(page_up, 40)
        found["resize 10,000"] = await _cost(resize, 10)
        found["a token at 1,000"] = await _stream(pilot, view, 1_000)
        found["a token at 20,000"] = await _stream(pilot, view, 20_000)
    return found


async def _stream(pilot: Pilot[None], view: RecordView[Shown], tokens: int) -> float:
    """What a token costs in an answer that has so many already."""
    done = tokens
    before = _conversation(20)

    async def next_frame() -> None:
        nonlocal done
        done += _PER_FRAME
        answer = AnswerRecord("live", 1, 1, "main", "r", _text(done))
        view.show([*before, answer], len(before))
        await pilot.pause()

    await next_frame()
    return await _cost(next_frame, _FRAMES) / _PER_FRAME


async def _cost(step: Step, times: int) -> float:
    """The median CPU time of a step, in units of the plain loop."""
    await step()
    costs = []
    for _ in range(times):
        unit = _unit()
        began = process_time()
        await step()
        costs.append((process_time() - began) / unit)
    return median(costs)


def _unit() -> float:
    """CPU seconds of a loop that does what drawing does: strings, lists and dictionaries."""
    began = process_time()
    words: dict[str, int] = {}
    for number in range(4000):
        word = f"{number % 97:>4}".strip()
        words[word] = words.get(word, 0) + len(word)
    "".join(sorted(words))
    return process_time() - began


def _drawer() -> ConversationDrawer:
    return ConversationDrawer(make_palette(shelf().take(DEFAULT_THEME)))


def _text(tokens: int) -> str:
    rounds, rest = divmod(tokens, len(_TOKENS))
    return "".join(_TOKENS) * rounds + "".join(_TOKENS[:rest])


def _user(number: int) -> UserRecord:
    return UserRecord(
        f"u{number}", number, number, f"Message {number}: fix the parser and test it."
    )


def _conversation(size: int) -> list[Shown]:
    """Messages, answers and calls in turns."""
    records: list[Shown] = []
    for number in range(size):
        match number % 4:
            case 0:
                records.append(_user(number))
            case 1:
                text = _text(120 + number % 7 * 40)
                key = f"a{number}"
                records.append(AnswerRecord(key, number, 1, "main", "r", text, open=False))
            case _:
                key = f"c{number}"
                records.append(
                    CallRecord(
                        key,
                        number,
                        1,
                        "main",
                        "r",
                        "shell",
                        summary="pytest -q",
                        state="ok",
                        seconds=1.2,
                        result="ok\n" * 20,
                    )
                )
    return records


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
