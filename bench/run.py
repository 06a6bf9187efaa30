"""How fast the workbench is: `make bench`.

    run.py [--runs N] [--only PART] [--seconds N]

Times of one machine say little: the start is held against a small Textual program in the same minutes,
the transcript against a loop of plain Python and the ratios that were recorded when it was last found
good. Where people wait, milliseconds are bounded all the same; there the time that other programs took
is left out, as a loop between the runs tells it. `docs/performance.md` says what is measured how.
"""

from __future__ import annotations

import argparse
import sys

from start import LONG, MEASURES, measure_long, measure_start
from table import show, tell

__all__ = ["main"]

_BEYOND = 300.0
"""Milliseconds by which a long session may be on the screen later than a new one."""


def main(argv: list[str]) -> int:
    """Measure, print the tables; the result is 1 where something is slower than it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each program (default: 5)")
    parser.add_argument("--only", choices=_PARTS, default="", help="one part alone")
    parser.add_argument(
        "--seconds", type=int, default=5, help="that `yes` floods the screen (default: 5)"
    )
    arguments = parser.parse_args(argv)
    good = True
    for name, part in _PARTS.items():
        if arguments.only in ("", name):
            try:
                good &= part(arguments)
            except TimeoutError as error:
                print(f"\n{name}: {error}")
                good = False
    return 0 if good else 1


def _start(arguments: argparse.Namespace) -> bool:
    found = measure_start(arguments.runs, tell)
    print(file=sys.stderr)
    print(f"{'start and keys':34}{'goose-tui':>10}{'hello':>9}{'ratio':>8}{'target':>8}")
    good = True
    for measure in MEASURES:
        ours, other = found[measure.name]
        ratio = ours / other if other else float(ours > 0)
        fine = ratio <= measure.target and not 0 < measure.most < ours
        good &= fine
        word = "ok" if fine else "over"
        print(
            f"  {measure.words:32}{ours:10.1f}{other:9.1f}{ratio:8.2f}{measure.target:8.2f}  {word}"
        )
    return good


def _long(arguments: argparse.Namespace) -> bool:
    opened, new = measure_long(arguments.runs, tell)
    print(file=sys.stderr)
    beyond = opened - new
    word = "ok" if beyond <= _BEYOND else "over"
    print(f"a session of {LONG:,} records{'':11}{'opened':>10}{'new':>9}{'more':>8}{'target':>8}")
    print(f"  {'on the screen, ms':32}{opened:10.1f}{new:9.1f}{beyond:8.1f}{_BEYOND:8.1f}  {word}")
    return beyond <= _BEYOND


def _rounds(_: argparse.Namespace) -> bool:
    from rounds import ROUNDS, measure_engine

    return show(f"the engine's own cost of a tool round, {ROUNDS} of them", measure_engine())


def _context(arguments: argparse.Namespace) -> bool:
    from context import measure_context

    return show("what the model sees", measure_context())


def _opening(_: argparse.Namespace) -> bool:
    from opening import measure_opening

    return show("what opens every request: system prompt, tools", measure_opening())


def _servers(_: argparse.Namespace) -> bool:
    from servers import SERVERS, measure_servers

    return show(f"{SERVERS} servers beside a session", measure_servers())


def _screen(arguments: argparse.Namespace) -> bool:
    from screen import measure_screen

    return show("what a person waits for", measure_screen(arguments.runs))


def _flood(arguments: argparse.Namespace) -> bool:
    from flood import measure_flood

    return show("a command that does not stop writing", measure_flood(arguments.seconds))


def _transcript(_: argparse.Namespace) -> bool:
    from transcript import check_transcript

    return check_transcript()


_PARTS = {
    "start": _start,
    "long": _long,
    "rounds": _rounds,
    "context": _context,
    "opening": _opening,
    "servers": _servers,
    "screen": _screen,
    "flood": _flood,
    "transcript": _transcript,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
