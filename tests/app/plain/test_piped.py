"""`goose-tui --plain` between pipes: what is typed ahead is worked off, then it leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.pictures import png

COMMAND = str(Path(sys.executable).with_name("goose-tui"))
ASKS = '- calls: [{tool: shell, arguments: {command: "echo one; exit 3"}}]\n'
TWO = "- text: First.\n- text: Second.\n"


def environ(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GOOSE_TUI_HOME": str(home / "goose"),
        "LANG": "C.UTF-8",
    }


def run(home: Path, script: str, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (home / "script.yaml").write_text(script, encoding="utf-8")
    return subprocess.run(
        [COMMAND, "--plain", *arguments, "--model", f"scripted/{home / 'script.yaml'}"],
        input=typed,
        cwd=home,
        env=environ(home),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


def test_files_and_pictures_go_with_a_line_or_it_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(png(1200, 800, size=84_000))
    (tmp_path / "notes.md").write_text("hello", encoding="utf-8")
    typed = "compare @shot.png with @notes.md\nand @gone.png\nbye"
    done = run(tmp_path, TWO, typed)
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    at = lines.index("you: compare @shot.png with @notes.md")
    assert lines[at + 1 : at + 3] == ["  picture shot.png, 1200×800, 84 kB", "  file notes.md, 5 B"]
    assert "goose: First." in lines
    at = lines.index("not sent: and @gone.png")
    assert lines[at + 1].startswith("warning: gone.png does not exist. ")
    assert lines[lines.index("you: bye") + 1] == "goose: Second."


def test_all_that_was_typed_is_answered_before_it_leaves(tmp_path: Path) -> None:
    done = run(tmp_path, TWO, "one\ntwo \\\nmore\n/rename Talk")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    said = [line for line in lines if line.startswith(("you:", "goose:"))]
    assert said == ["you: one", "goose: First.", "you: two", "goose: Second."]
    assert lines[lines.index("you: two") + 1] == "  more"
    assert "title: Talk" in lines
    assert lines[-2] == "session: Talk"
    assert lines[-1].startswith("Go on with: goose-tui --plain --resume s-")


def test_a_question_that_nobody_can_answer_exits_4_and_stays(tmp_path: Path) -> None:
    done = run(tmp_path, ASKS, "go\n")
    assert done.returncode == 4
    assert "  command: echo one; exit 3\n" in done.stdout
    assert "Nobody is there to answer: the question stays.\n" in done.stdout


def test_what_cannot_start_says_so_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, TWO, "", "--resume", "s-none")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no session" in done.stderr and done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_ends_it_as_a_hang_up(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(TWO, encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [COMMAND, "--plain", "--model", f"scripted/{tmp_path / 'script.yaml'}"],
        input=b"one\n",
        cwd=tmp_path,
        env=environ(tmp_path),
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (129, b"")
