"""Lets the first process of a command adopt the orphans of all that it starts.

A daemon whose parent has ended, which has left the session and cleared its environment, leaves
nothing to know it by. Linux can give orphans to an ancestor instead of to `init`: then parents lead
to every process of a command for as long as its first one lives. That must be asked for from within
the process, and stays in force when another program takes its place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["adopting"]

_ASK = """\
import _signal, os, sys
try:
    import ctypes
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
except (ImportError, OSError, AttributeError):
    pass
for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
    _signal.signal(number, _signal.SIG_DFL)
if sys.argv[1] == "unset":
    os.environ.pop("LC_CTYPE", None)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""36 is PR_SET_CHILD_SUBREAPER. Python ignores two signals and may set LC_CTYPE where the locale is C:
the program is to find neither. A helper, for what runs between fork and exec in a process with
threads may wait for ever for a lock that nobody holds any more."""


def adopting(program: Sequence[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The command that runs `program` so that it adopts; `program` itself where that cannot be.

    Args:
        program: its path and its arguments.
        environ: what it runs with.
    """
    path = Path(program[0])
    # What cannot be started is to fail where it is started, not in the helper.
    runs = path.is_absolute() and path.is_file() and os.access(path, os.X_OK)
    if sys.platform != "linux" or not runs or not sys.executable or hasattr(sys, "frozen"):
        return tuple(program)
    locale = "kept" if "LC_CTYPE" in environ else "unset"
    return (sys.executable, "-I", "-S", "-c", _ASK, locale, *program)
