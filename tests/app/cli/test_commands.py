"""The other sub-commands."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from app.cli.conftest import Shell
from goose_tui.cli.commands import COMMANDS


def test_help_names_every_command(shell: Shell) -> None:
    ran = shell("--help")
    assert ran.code == 0
    for name in COMMANDS:
        assert f"  {name} " in ran.out


@pytest.mark.parametrize("name", [*COMMANDS])
def test_every_command_has_help(shell: Shell, name: str) -> None:
    ran = shell(name, "--help")
    assert ran.code == 0
    assert f"goose-tui {name}" in ran.out


def test_an_unknown_command_names_the_nearest(shell: Shell) -> None:
    ran = shell("sesions")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean sessions?" in ran.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--system", "x", "run", "hi"), "--system does not stand before a command"),
        (("--model", "a/b", "doctor"), "doctor takes no --model. See: goose-tui doctor --help"),
        (("--plain", "run", "hi"), "run takes no --plain"),
        (("themes", "more"), "themes takes no more"),
        (("--model", "a/b", "nothing"), "There is no command nothing"),
    ],
)
def test_what_a_command_does_not_take_is_named_in_one_line(
    shell: Shell, argv: tuple[str, ...], words: str
) -> None:
    ran = shell(*argv)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_without_sessions_the_list_says_how_to_start_one(shell: Shell) -> None:
    assert "goose-tui" in shell("sessions", "list").out
    assert json.loads(shell("sessions", "list", "--output", "json").out) == []


def test_sessions_are_listed_the_last_one_first(shell: Shell) -> None:
    model = shell.script("- text: ok")
    shell("run", "--model", model, "first \x1b[31mtitle")
    shell("run", "--model", model, "second title")
    told = json.loads(shell("sessions", "list", "--output", "json").out)
    assert [entry["title"][:6] for entry in told] == ["second", "first "]
    assert {entry["state"] for entry in told} == {"done"}
    listed = shell("sessions", "list").out
    assert "\x1b" not in listed
    assert [line.split()[0] for line in listed.splitlines()] == ["ID", told[0]["id"], told[1]["id"]]
    assert len(shell("sessions", "list", "--here").out.splitlines()) == 3


def test_a_session_is_shown_as_text(shell: Shell) -> None:
    script = """
- thinking: Hm.
  text: Let me count.
  calls: [{tool: shell, arguments: {command: seq 1 40}}]
- text: Forty.
"""
    shell("run", "--model", shell.script(script), "--mode", "auto", "count to forty")
    ran = shell("sessions", "show", "count to forty")
    assert ran.code == 0
    for words in ("you: count to forty", "thinking: Hm.", "shell  seq 1 40", "    40", "Forty."):
        assert words in ran.out
    assert "    20\n" not in ran.out
    assert "28 lines" in ran.out


def test_a_session_that_is_unknown_exits_2(shell: Shell) -> None:
    ran = shell("sessions", "show", "s-none")
    assert ran.code == 2
    assert "no session" in ran.err


def test_a_damaged_session_is_said_to_be_one(shell: Shell) -> None:
    sessions = shell.home / "data" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "s-broken.db").write_bytes(b"this is no database" * 100)
    assert "damaged" in shell("sessions", "list").out
    ran = shell("sessions", "show", "s-broken")
    assert ran.code == 1
    assert len(ran.err.splitlines()) == 1


def test_the_doctor_finds_out_what_there_is(shell: Shell) -> None:
    ran = shell("doctor", "--output", "json")
    assert ran.code == 0
    found = {(item["topic"], item["name"]): item for item in json.loads(ran.out)}
    assert found["record", "write-ahead log"]["good"] is True
    assert found["models", "ANTHROPIC_API_KEY"]["good"] is False
    assert found["places", "data"]["good"] is True
    assert not (shell.home / "data").exists()
    assert "write-ahead log" in shell("doctor").out


def test_the_doctor_says_where_nothing_can_be_written(shell: Shell) -> None:
    (shell.home / "data").write_text("a file", encoding="utf-8")
    ran = shell("doctor")
    assert ran.code == 1
    assert "is no folder" in ran.out


def test_the_settings_that_hold_are_shown(shell: Shell) -> None:
    path = shell("config", "path").out.strip()
    assert path == str(shell.home / "config" / "config.yaml")
    (shell.home / "config").mkdir()
    (shell.home / "config" / "config.yaml").write_text("mode: plan\ntheem: x\n", encoding="utf-8")
    ran = shell("config", "show")
    lines = [line.split() for line in ran.out.splitlines()]
    assert ["mode", "plan"] in lines
    assert ["max_cost", "-"] in lines
    assert "theem" in ran.err
    assert json.loads(shell("config", "show", "--output", "json").out)["mode"] == "plan"


def test_the_themes_are_listed(shell: Shell) -> None:
    ran = shell("themes")
    assert ran.code == 0
    assert "default" in ran.out.splitlines()[0]
    assert any("light" in line for line in ran.out.splitlines())


def test_the_tour_mends_the_project(shell: Shell) -> None:
    ran = shell("demo")
    assert ran.code == 0, ran.err
    assert "FAILED (failures=1)" in ran.out
    assert "+    if item.count >= BULK" in ran.out
    assert "OK" in ran.out
    assert ran.out.index("FAILED") < ran.out.index("OK")
    session_id = ran.out.split()[-1]
    more = shell("run", "--resume", session_id, "and now?")
    assert "That was the tour" in more.out


def listed(shell: Shell, *options: str) -> list[dict[str, object]]:
    told = json.loads(shell("sessions", "list", "--output", "json", *options).out)
    assert isinstance(told, list)
    return told


def test_words_are_found_in_all_sessions(shell: Shell) -> None:
    model = shell.script("- text: The walrus sleeps.")
    shell("run", "--model", model, "what of the walrus?")
    shell("run", "--model", shell.script("- text: Nothing.", "other"), "what of the yak?")
    ran = shell("sessions", "search", "walr")
    assert ran.code == 0
    (first, *hits) = ran.out.splitlines()
    assert first.endswith("what of the walrus?")
    assert [line.split()[1:] for line in hits] == [
        ["answer", "The", "walrus", "sleeps."],
        ["you", "what", "of", "the", "walrus?"],
    ]
    told = json.loads(shell("sessions", "search", "the", "yak", "--output", "json").out)
    assert [(hit["kind"], hit["excerpt"]) for hit in told] == [("you", "what of the yak?")]
    assert told[0]["seq"] > 0
    none = shell("sessions", "search", "zebra\x1b[31m")
    assert (none.code, none.out) == (1, "")
    assert "No session has zebra" in none.err and "\x1b" not in none.err


def test_a_session_is_renamed_archived_and_deleted(shell: Shell) -> None:
    shell("run", "--model", shell.script("- text: ok"), "a first thing")
    assert shell("sessions", "rename", "a first thing", "the very first").code == 0
    assert [entry["title"] for entry in listed(shell)] == ["the very first"]
    assert shell("sessions", "archive", "the very first").code == 0
    assert listed(shell) == []
    assert [entry["archived"] for entry in listed(shell, "--archived")] == [True]
    shell("sessions", "archive", "the very first", "--undo")
    assert len(listed(shell)) == 1
    asked = shell("sessions", "delete", "the very first")
    assert (asked.code, len(listed(shell))) == (2, 1)
    assert "--yes" in asked.err
    assert shell("sessions", "delete", "the very first", "--yes").code == 0
    assert listed(shell, "--archived") == []


def test_damage_is_found_and_told(shell: Shell) -> None:
    shell("run", "--model", shell.script("- text: ok"), "a first thing")
    assert shell("sessions", "verify").code == 0
    (session_id,) = (str(entry["id"]) for entry in listed(shell))
    with closing(sqlite3.connect(shell.home / "data/sessions" / f"{session_id}.db")) as db, db:
        db.execute("UPDATE events SET body = x'00' WHERE type = 'user.message'")
    ran = shell("sessions", "verify", session_id)
    assert ran.code == 1
    assert "(user.message) is no event. Lost: what you said." in ran.out
