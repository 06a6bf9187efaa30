"""How busy the machine is with other things: what it made a program wait for is not the program's."""

from __future__ import annotations

from time import perf_counter, process_time

__all__ = ["AS_BUSY", "busy"]

AS_BUSY = "on this machine, as busy as it is"


def busy() -> float:
    """How much longer than its own CPU time a loop takes: 1.0 on an idle machine."""
    began, worked = perf_counter(), process_time()
    while process_time() - worked < 0.05:
        pass
    return max(1.0, (perf_counter() - began) / (process_time() - worked))
