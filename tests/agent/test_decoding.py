"""Values from JSON in several threads at once."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import threading

from goose_agent.events import KINDS
from goose_agent.codec import event_from

sys.setswitchinterval(1e-6)
LINES = [
    ('{"v":1,"seq":1,"id":"e","at":"2026-01-01T00:00:00Z","mono":1.0,"session_id":"s","actor":"user",'
     f'"type":"{kind}","data":{{}}}}').encode()
    for kind in KINDS
]
together = threading.Barrier(4)


def read():
    together.wait()
    for line in LINES:
        try:
            event_from(line)
        except Exception:
            pass  # most kinds need something in their data


threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
ROUNDS = 4
"""One is not enough for each fault to show."""


def test_threads_that_meet_a_kind_of_event_for_the_first_time_do_not_end_the_process() -> None:
    runs = [subprocess.Popen([sys.executable, "-c", PROGRAM]) for _ in range(ROUNDS)]
    assert [run.wait(60) for run in runs] == [0] * ROUNDS
