"""The official conformance suite against our client: prints a table, compares it with the baseline.

    python tests/conformance/run.py [SCENARIO …]

What is expected to fail stands in `baseline.yaml`, each with its reason; one that passes by now, or
that is not there any more, is an error like one that fails unexpectedly.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / name) for name in ("tests", "agent", "app")]

from support.npm import NODE, script_of  # noqa: E402 # found by the line above

VERSIONS = ("0.1.16", "0.2.0-alpha.12")
AT_ONCE = 2
PATIENCE = 90
"""Seconds for a scenario."""
_COUNTS = re.compile(r"Passed: (\d+)/(\d+), (\d+) failed")
_SCENARIO = re.compile(r"^  - (\S+) \[(.*)\]$", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """How a scenario went."""

    name: str
    passed: bool
    counts: str
    seconds: float


def scenarios(script: Path) -> list[str]:
    """All that are for clients."""
    told = subprocess.run(
        [str(NODE), str(script), "list", "--client"], capture_output=True, text=True, check=True
    )
    return [found[1] for found in _SCENARIO.finditer(told.stdout)]


def run(script: Path, name: str) -> Ran:
    """Run one; it passes where the suite says so."""
    command = f"{sys.executable} {HERE / 'client.py'}"
    path = os.pathsep.join(str(ROOT / folder) for folder in ("agent", "app"))
    started = time.monotonic()
    done = subprocess.run(
        [
            *(str(NODE), str(script), "client", "--command", command),
            *("--scenario", name, "--timeout", str(PATIENCE * 1000)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
        timeout=PATIENCE + 30,
    )
    found = _COUNTS.search(done.stdout + done.stderr)
    counts = f"{found[1]}/{found[2]}" if found else "none"
    return Ran(name, done.returncode == 0, counts, time.monotonic() - started)


def main(wanted: list[str]) -> int:
    """Run all of both versions; 0 where everything went as the baseline says."""
    baseline = yaml.safe_load((HERE / "baseline.yaml").read_text(encoding="utf-8"))
    problems = 0
    for version in VERSIONS:
        script = script_of("@modelcontextprotocol/conformance", version)
        expected = dict(baseline.get(version) or {})
        names = [name for name in scenarios(script) if not wanted or name in wanted]
        print(f"\n@modelcontextprotocol/conformance {version}: {len(names)} scenarios")
        with ThreadPoolExecutor(AT_ONCE) as workers:
            for ran in workers.map(partial(run, script), names):
                reason = expected.pop(ran.name, None)
                if ran.passed:
                    word = (
                        "passed" if reason is None else "PASSES BY NOW: take it out of the baseline"
                    )
                else:
                    word = f"expected: {reason}" if reason is not None else "FAILED"
                problems += word[0].isupper()
                print(f"  {ran.name:<44} {ran.counts:>7} {ran.seconds:5.1f} s  {word}", flush=True)
        for name in expected if not wanted else ():
            problems += 1
            print(f"  {name:<44} NOT THERE: take it out of the baseline")
    return min(problems, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
