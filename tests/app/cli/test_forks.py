"""Forks from the command line."""

from __future__ import annotations

import json
import os

import pytest

from app.cli.conftest import Shell
from goose_agent.config.places import Places
from goose_agent.errors import UsageError
from goose_agent.sessions.library import Library
from goose_agent.wire import Fork
from goose_tui.arguments import fork_named
from goose_tui.edited_start import fork_by_editing

TALK = "- text: One.\n- text: Two.\n- text: Three.\n"


@pytest.fixture
def talked(shell: Shell) -> str:
    """A session in which two things were said; its id."""
    shell("run", "--model", shell.script(TALK), "first thing")
    shell("run", "-c", "second thing")
    (entry,) = Library(Places.of(dict(os.environ)).sessions).entries()
    return entry.session_id


def listed(shell: Shell) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(shell("sessions", "list", "--output", "json").out)
    return found


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("s-1", ("s-1", Fork())),
        ("s-1@120", ("s-1", Fork(120))),
        ("s-1@-2", ("s-1", Fork(-2, afresh=True))),
        ("@120", ("", Fork(120))),
        ("mail to a@b", ("mail to a@b", Fork())),
        ("s-1@0", ("s-1@0", Fork())),
    ],
)
def test_a_fork_is_named_by_a_session_and_a_place(text: str, meant: tuple[str, Fork]) -> None:
    assert fork_named(text) == meant


def test_a_fork_is_made_without_opening_it(shell: Shell, talked: str) -> None:
    ran = shell("sessions", "fork", f"{talked}@-1")
    assert ran.code == 0
    forked_id = ran.out.strip()
    assert "Files are as they are now, not as they were then." in ran.err
    assert f"goose-tui --resume {forked_id}" in ran.err
    told = {entry["id"]: entry for entry in listed(shell)}
    assert told[forked_id]["parent"] == talked
    assert told[talked]["parent"] is None
    lines = shell("sessions", "list").out.splitlines()
    assert lines[1].endswith("first thing")
    assert lines[2].partition("└ ")[2].startswith("@")
    assert "forked from" in shell("sessions", "show", forked_id).out


def test_a_run_goes_on_in_a_fork_and_leaves_the_session_alone(shell: Shell, talked: str) -> None:
    before = shell("sessions", "show", talked).out
    ran = shell("run", "--fork", f"{talked}@-1", "something else")
    assert (ran.code, ran.out) == (0, "Two.\n")
    assert shell("sessions", "show", talked).out == before
    assert [entry["branch"] for entry in listed(shell)] == ["something else", None]


def test_a_run_without_words_asks_the_model_again_from_there(shell: Shell, talked: str) -> None:
    other = shell.script("- text: Ein.\n- text: Zwei.\n", "other")
    ran = shell("run", "--fork", f"{talked}@8", "--model", other)
    assert ran.code == 0
    assert ran.out
    fork = listed(shell)[0]
    assert (fork["parent"], fork["model"]) == (talked, other)


def test_the_last_session_of_the_folder_need_not_be_named(shell: Shell, talked: str) -> None:
    assert shell("run", "--fork", "@-1", "something else").code == 0
    assert listed(shell)[0]["parent"] == talked


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("run", "--fork", "s-none", "hi"), "no session"),
        (("run", "--fork", "{}@99999", "hi"), "no event 99999"),
        (("sessions", "fork", "{}@-9"), "Only 2 messages"),
        (("run", "-c", "--fork", "{}", "hi"), "not allowed with"),
    ],
)
def test_what_is_not_there_cannot_be_forked(
    shell: Shell, talked: str, argv: tuple[str, ...], words: str
) -> None:
    ran = shell(*(word.format(talked) for word in argv))
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert len(listed(shell)) == 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [(["--edit"], "Which conversation"), (["-c", "--edit"], "no terminal to edit in")],
)
def test_editing_needs_a_conversation_and_a_terminal(
    shell: Shell, talked: str, argv: list[str], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        fork_by_editing(argv)
