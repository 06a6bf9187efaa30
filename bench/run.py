"""How fast the workbench is: `make bench`.

    run.py [--runs N] [--only start|long|transcript]

Times of one machine say little, so hardly anything is compared with a number of milliseconds: the start
is held against a small Textual program in the same minutes, the transcript against a loop of plain
Python and the ratios that were recorded when it was last found good.
"""

from __future__ import annotations

import argparse
import sys

from start import LONG, MEASURES, measure_long, measure_start

__all__ = ["main"]

_BEYOND = 300.0
"""Milliseconds by which a long session may be on the screen later than a new one."""


def main(argv: list[str]) -> int:
    """Measure, print the tables; the result is 1 where something is slower than it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each program (default: 5)")
    parser.add_argument("--only", choices=("start", "long", "transcript"), default="")
    arguments = parser.parse_args(argv)
    good = True
    if arguments.only in ("", "start"):
        good &= _start(arguments.runs)
    if arguments.only in ("", "long"):
        good &= _long(arguments.runs)
    if arguments.only in ("", "transcript"):
        from transcript import check_transcript

        good &= check_transcript()
    return 0 if good else 1


def _start(runs: int) -> bool:
    try:
        found = measure_start(runs, _tell)
    except TimeoutError as error:
        print(f"\nstart and keys: {error}")
        return False
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


def _long(runs: int) -> bool:
    try:
        opened, new = measure_long(runs, _tell)
    except TimeoutError as error:
        print(f"\na long session: {error}")
        return False
    print(file=sys.stderr)
    beyond = opened - new
    word = "ok" if beyond <= _BEYOND else "over"
    print(f"a session of {LONG:,} records{'':11}{'opened':>10}{'new':>9}{'more':>8}{'target':>8}")
    print(f"  {'on the screen, ms':32}{opened:10.1f}{new:9.1f}{beyond:8.1f}{_BEYOND:8.1f}  {word}")
    return beyond <= _BEYOND


def _tell(words: str) -> None:
    print(f"\r{words} ", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
