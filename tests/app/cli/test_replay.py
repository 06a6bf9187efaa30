"""`goose-tui replay` without a screen: does a record still hold, who wrote a line."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from goose_tui.cli.commands import run_command
from goose_tui.launch import main

RECORDS = Path(__file__).parents[2] / "sessions"
PARSER = RECORDS / "parser.db"


def replay(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run_command(["replay", *words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_record_that_holds_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, "--check", str(PARSER))
    first, *others = out.splitlines()
    assert first.startswith("parser.db: ")
    assert first.endswith("66 events, 4 requests, 6 calls, 6 verdicts")
    assert code == bool(others)


def test_one_that_does_not_is_told_with_the_first_bytes_that_differ(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copyfile(PARSER, tmp_path / "a.db")
    (tmp_path / "notes.txt").write_text("no record", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        change = "UPDATE events SET body = replace(body, '\"ask\"', '\"deny\"') WHERE seq = 36"
        db.execute("UPDATE events SET body = CAST(body AS TEXT)")
        db.execute(change.replace("WHERE seq = 36", "WHERE type = 'tool.judged'"))
        db.execute("UPDATE events SET body = CAST(body AS BLOB)")
        db.commit()
    code, out, _ = replay(capsys, "--check", str(tmp_path))
    assert code == 1
    assert "a.db: " in out and "divergences" in out
    assert "notes.txt" not in out
    assert "verdict: edit parser.py" in out
    assert '"decision":"deny"' in out
    assert '"decision":"ask"' in out


def test_a_folder_without_records_and_a_damaged_one_are_told_of(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert replay(capsys, "--check", str(tmp_path))[0] == 2
    (tmp_path / "x.db").write_bytes(b"SQLite format 3\0" + bytes(90))
    code, out, _ = replay(capsys, "--check", str(tmp_path))
    assert (code, out[:6]) == (1, "x.db: ")


def test_blame_names_the_event_that_wrote_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = replay(capsys, str(PARSER), "--blame", "parser.py:6")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].endswith("parser.py:6:     return [item for item in items if item]")
    assert "turn 1, by a tool" in lines[1]
    assert lines[2] == "call edit parser.py"
    code, _, err = replay(capsys, str(PARSER), "--blame", "parser.py:6", "--at", "0%")
    assert code == 2
    assert "No change of parser.py is on record up to there." in err


def test_without_a_terminal_there_is_no_replay(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(PARSER)]) == 2
    assert "Try --check or --blame PATH:LINE." in capsys.readouterr().err


@pytest.mark.parametrize("record", ["no-such-session", "no/such/file"])
def test_a_record_that_is_not_there_is_an_error_of_use(
    capsys: pytest.CaptureFixture[str], record: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOSE_TUI_HOME", str(tmp_path))
    assert replay(capsys, record, "--blame", "a:1")[0] == 2
