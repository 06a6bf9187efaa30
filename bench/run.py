"""How fast the workbench is: `make bench`.

    run.py [--runs N] [--only start|transcript]

Times of one machine say little, so nothing here is compared with a number of milliseconds: the start
is held against a small Textual program in the same minutes, the transcript against a loop of plain
Python and the ratios that were recorded when it was last found good.
"""

from __future__ import annotations

import argparse
import sys

from start import MEASURES, measure_start

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Measure, print the tables; the result is 1 where something is slower than it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each program (default: 5)")
    parser.add_argument("--only", choices=("start", "transcript"), default="")
    arguments = parser.parse_args(argv)
    good = True
    if arguments.only != "transcript":
        good &= _start(arguments.runs)
    if arguments.only != "start":
        from transcript import check_transcript

        good &= check_transcript()
    return 0 if good else 1


def _start(runs: int) -> bool:
    try:
        found = measure_start(runs, lambda words: print(f"\r{words} ", end="", file=sys.stderr))
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
