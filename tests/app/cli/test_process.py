"""Commands as processes: signals, pipes, and what they import."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from goose_tui.cli.commands import COMMANDS

MAIN = "import sys; from goose_tui.cli.commands import run_command; sys.exit(run_command(sys.argv[1:]))"
SLOW = "- {text: one two three, calls: [{tool: shell, arguments: {command: echo on; sleep 60}}]}"
PATIENCE = 20


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    import goose_agent
    import goose_themes
    import goose_tui

    roots = [Path(str(m.__file__)).parents[1] for m in (goose_agent, goose_themes, goose_tui)]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GOOSE_TUI_HOME": str(tmp_path),
        "OLLAMA_HOST": "127.0.0.1:1",
        "PYTHONPATH": os.pathsep.join(map(str, roots)),
    }


@contextmanager
def started(
    environ: dict[str, str], *argv: str, stdin: int | IO[str] = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *argv],
        env=environ,
        cwd=environ["HOME"],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return f"scripted/{path}"


@pytest.mark.parametrize("name", [*COMMANDS])
def test_no_command_imports_the_screen(environ: dict[str, str], name: str) -> None:
    look = (
        "import sys\nfrom goose_tui.cli.commands import run_command\n"
        f"run_command([{name!r}, '--help'])\n"
        "import goose_tui.faces, goose_tui.cli.reports\n"
        "found = {n.partition('.')[0] for n in sys.modules} & {'textual', 'mcp', 'httpx', 'jsonschema', 'opentelemetry'}\n"
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env=environ,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_whole_run_imports_neither_the_screen_nor_the_network(
    environ: dict[str, str], tmp_path: Path
) -> None:
    model = script(tmp_path, "- text: hi")
    look = (
        "import sys\nfrom goose_tui.cli.commands import run_command\n"
        f"assert run_command(['run', '--model', {model!r}, 'hi']) == 0\n"
        "found = {n.partition('.')[0] for n in sys.modules} & {'textual', 'mcp', 'httpx', 'jsonschema', 'opentelemetry'}\n"
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env=environ,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_leaves_a_session_that_can_be_resumed(
    environ: dict[str, str], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    model = script(tmp_path, SLOW)
    argv = ("run", "--model", model, "--mode", "auto", "--output", "stream-json", "go")
    with started(environ, *argv) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"tool.started"' in line:
                process.send_signal(number)
                break
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert "Traceback" not in err
    session_id = err.partition("--resume ")[2].split()[0]
    shown = subprocess.run(
        [sys.executable, "-c", MAIN, "sessions", "show", session_id, "--output", "json"],
        env=environ,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    types = [event["type"] for event in json.loads(shown.stdout)["events"]]
    assert types[-4:] == ["tool.finished", "turn.measured", "turn.ended", "session.ended"]
    with started(environ, "run", "--resume", session_id, "go on") as process:
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (0, "That is the end of the script.\n", "")


ECHO = "- text: ok"


def said(out: str) -> list[str]:
    """The messages in a stream of events."""
    events = [json.loads(line) for line in out.splitlines()]
    return [event["data"]["text"] for event in events if event["type"] == "user.message"]


@pytest.mark.parametrize("argv", [("-t", "look at this"), ("look", "at", "this")])
def test_what_is_piped_in_is_part_of_the_message(
    environ: dict[str, str], tmp_path: Path, argv: tuple[str, ...]
) -> None:
    words = ("run", "--model", script(tmp_path, ECHO), "--output", "stream-json", *argv)
    with started(environ, *words, stdin=subprocess.PIPE) as process:
        out, _ = process.communicate("a diff\n", timeout=PATIENCE)
    assert said(out) == ["look at this\n\na diff"]
    (tmp_path / "a.diff").write_text("a file\n", encoding="utf-8")
    with (
        (tmp_path / "a.diff").open(encoding="utf-8") as file,
        started(environ, *words, stdin=file) as process,
    ):
        out, _ = process.communicate(timeout=PATIENCE)
    assert said(out) == ["look at this\n\na file"]


def test_a_pipe_that_stays_silent_holds_nothing_up(environ: dict[str, str], tmp_path: Path) -> None:
    words = ("run", "--model", script(tmp_path, ECHO), "-t", "hi")
    with started(environ, *words, stdin=subprocess.PIPE) as process:
        assert process.wait(timeout=PATIENCE) == 0
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read() == "ok\n"
        assert "`-` waits for it" in process.stderr.read()


def _runs(number: str) -> bool:
    """Whether a process does: one that waits to be collected does not."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


# What is left of a command that ignores signals is found there, and nowhere on other systems.
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_who_asks_twice_waits_for_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    stubborn = "trap '' TERM INT; echo $$ > number; sleep 30"
    call = json.dumps({"tool": "shell", "arguments": {"command": stubborn}})
    model = script(tmp_path, f"- {{calls: [{call}]}}")
    argv = ("run", "--model", model, "--mode", "auto", "--output", "stream-json", "go")
    with started(environ, *argv) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"tool.started"' in line:
                break
        ready = time.monotonic() + PATIENCE
        while not (tmp_path / "number").exists():  # from here on it cannot be asked to end
            assert time.monotonic() < ready
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=1) == 130
    number = (tmp_path / "number").read_text(encoding="ascii").strip()
    late = time.monotonic() + PATIENCE
    while _runs(number):
        assert time.monotonic() < late


def test_a_reader_that_goes_away_is_no_error(environ: dict[str, str], tmp_path: Path) -> None:
    model = script(tmp_path, SLOW)
    argv = ("run", "--model", model, "--mode", "auto", "--output", "stream-json", "go")
    with started(environ, *argv) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        process.wait(timeout=PATIENCE)
    assert "Error" not in err
    assert process.returncode == 129


def test_a_list_cut_off_by_its_reader_is_no_error(environ: dict[str, str]) -> None:
    with started(environ, "doctor") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(timeout=PATIENCE) == 0
