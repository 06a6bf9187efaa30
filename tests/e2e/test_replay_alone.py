"""A replay opens no connection and starts no process: asked of Python itself, and of the kernel."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests" / "sessions" / "parser.db"
PATIENCE = 40
GLANCE = 5

WATCHED = """
import os, sys

ALONE = ("subprocess.", "os.posix_spawn", "os.fork", "os.system", "os.exec", "os.spawn", "pty.spawn",
         "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostby", "urllib.",
         "http.", "ftplib.", "smtplib.")
told = open(sys.argv.pop(1), "w", buffering=1)
pairs = [2]  # the event loop wakes itself through a pair of sockets that leads nowhere

def heed(event, arguments):
    if event == "socket.__new__":
        pairs[0] -= 1
        if pairs[0] < 0 or arguments[1] != 1:  # 1: local
            told.write(f"{event} {arguments[1:]}\\n")
    elif event.startswith(ALONE):
        told.write(f"{event}\\n")

sys.addaudithook(heed)
from goose_tui.launch import main
code = main()
told.write("left\\n")
sys.exit(code)
"""


def environ(home: Path) -> dict[str, str]:
    paths = os.pathsep.join(str(ROOT / name) for name in ("app", "agent", "themes"))
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOOSE_TUI_HOME": str(home / "goose"),
        "PYTHONPATH": paths,
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def visit(command: list[str], home: Path) -> None:
    """Open a replay, look at all there is, leave."""
    (home / "away").mkdir(exist_ok=True)
    child = pexpect.spawn(
        command[0],
        command[1:],
        env=environ(home),
        cwd=str(home / "away"),
        dimensions=(40, 120),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    try:
        child.expect("session.ended")
        for keys, seen in (
            ("{", "request.asked"),
            ("y", "likely sources"),
            ("q", None),
            ("w", "Who waited"),
            ("q", None),
            ("c", "Request"),
            ("q", None),
            ("\r", "esc closes"),
            ("q", None),
            (" ", None),
            ("$", "session.ended"),
            ("q", pexpect.EOF),
        ):
            child.send(keys)
            # A key that came before a dialog was gone did nothing: it is pressed again.
            while seen is not None and child.expect([seen, pexpect.TIMEOUT], timeout=GLANCE):
                child.send(keys)
        child.wait()
        assert child.exitstatus == 0
    finally:
        child.close(force=True)


@pytest.mark.timeout(180)
def test_python_sees_no_socket_and_no_process(tmp_path: Path) -> None:
    program, told = tmp_path / "watched.py", tmp_path / "told"
    program.write_text(WATCHED, encoding="utf-8")
    record = tmp_path / "parser.db"
    shutil.copyfile(RECORD, record)
    visit([sys.executable, str(program), str(told), "replay", str(record)], tmp_path)
    assert told.read_text(encoding="utf-8") == "left\n"
    assert record.read_bytes() == RECORD.read_bytes()


@pytest.mark.timeout(180)
def test_the_kernel_sees_no_socket_and_no_process(tmp_path: Path) -> None:
    """Where there is no strace, the hook of the test above is all that can be asked."""
    strace = shutil.which("strace")
    if strace is None:
        return
    record, told = tmp_path / "parser.db", tmp_path / "told"
    shutil.copyfile(RECORD, record)
    calls = "trace=execve,execveat,fork,vfork,socket,connect,bind"
    command = [strace, "-f", "-qq", "-e", calls, "-o", str(told)]
    visit([*command, sys.executable, "-m", "goose_tui", "replay", str(record)], tmp_path)
    lines = told.read_text(encoding="utf-8").splitlines()
    made = [
        line
        for line in lines
        if re.search(r"\b(execve|execveat|fork|vfork|socket|connect)\(", line)
    ]
    assert len(made) == 1, made  # the program itself
    assert "execve(" in made[0]
