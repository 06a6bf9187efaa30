"""Conditions of breakpoints: what they mean, and what is said where they mean nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goose_agent.events import PlanItem, StopPlace
from goose_agent.stepping.condition import ConditionError, parse_condition
from goose_agent.stepping.facts import Facts, commands_of
from goose_agent.stepping.matching import contains, matches_path


def facts(place: StopPlace = "before_call", **known: object) -> Facts:
    values: dict[str, Any] = {
        "turn": 1, "request": 3, "cost": 0.5, "tokens": 6_000, "window": 10_000,
        "plan": (PlanItem("a", "done"), PlanItem("b", "active")), "text": "", **known,
    }  # fmt: skip
    return Facts(place=place, **values)


GIT = facts(
    tool="shell",
    effect="run",
    command="cd /tmp && FOO=1 git push 'my branch'",
    arguments={"command": "cd /tmp && FOO=1 git push 'my branch'", "timeout": 20},
    text='{"command": "…"}',
)
READ = facts(tool="read", effect="read", paths=("src/lib/a.py",))
FAILED = facts("after_call", tool="shell", failed=True, exit_code=2, text="No such file")
MODEL = facts("before_request", text="Mend the PARSER, please")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('tool == shell and argv[0] == "git"', GIT),
        ("argv[1] == push", GIT),
        ('argv[2] ~ "my*"', GIT),
        ("tool==shell", GIT),
        ("tool ~ 'sh*' and not effect == edit", GIT),
        ("tool == edit or (effect == run and command ~ push)", GIT),
        ("arg.timeout == 20", GIT),
        ('path ~ "src/**"', READ),
        ("path ~ src/**/a.py", READ),
        ("path ~ *.py", READ),
        ("path == ./src/lib/a.py", READ),
        ('path !~ "tests/**"', READ),
        ("touch src/**", READ),
        ("error", FAILED),
        ("exit != 0 and tool == shell", FAILED),
        ('text ~ "no such*FILE"', FAILED),
        ("text ~ parser", MODEL),
        ("request == 3", MODEL),
        ("cost > 0.40 and cost < $1", MODEL),
        ("context >= 60%", MODEL),
        ("tokens > 5k", MODEL),
        ("plan done 1 and plan active 2", MODEL),
        ("turn == 1", MODEL),
    ],
)
def test_it_holds(text: str, where: Facts) -> None:
    assert parse_condition(text).holds(where)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('tool == shell and argv[0] == "git" and argv[1] == "/tmp"', GIT),
        ("argv[9] != git", GIT),
        ("path !~ src/**", GIT),
        ("path ~ src/*.py", READ),
        ("path ~ lib/a.py", READ),
        ("touch src/**", facts(paths=("src/a.py",), touched=lambda: frozenset({"src/a.py"}))),
        ("error", GIT),
        ("error", facts("after_call", tool="read")),
        ("tool == shell", FAILED),
        ("context > 60%", MODEL),
        ("context > 1%", facts(window=None)),
        ("plan done 3", MODEL),
        ("request == 3", GIT),
    ],
)
def test_it_does_not_hold(text: str, where: Facts) -> None:
    assert not parse_condition(text).holds(where)


@pytest.mark.parametrize(
    ("text", "problem", "at"),
    [
        ("", "Expected something to look at, such as `tool`, but it ends", 0),
        ("tool", "Expected ==, !=, ~, !~ after `tool`", 4),
        ("tool ==", "Expected a text", 7),
        ("tool == shell and", "but it ends", 17),
        ("tool == shell shell", "Expected `and`, `or` or the end, not `shell`", 14),
        ("tol == shell", "There is nothing called `tol`", 0),
        ("tool == and", "put it in quotes", 8),
        ("cost > much", "Expected a number to compare `cost` with", 7),
        ("context > 80", "`context` is a share of the window, such as 80%", 10),
        ("cost > 80%", "`cost` is no share", 7),
        ("cost ~ 8", "after `cost`", 5),
        ("plan finished 2", "Expected pending, active, done, dropped after `plan`", 5),
        ("plan done two", "the number of an item", 10),
        ("(tool == a", "Expected `)`", 10),
        ("touch", "Expected a text after `touch`", 5),
        ('text ~ "open', "This quote is never closed", 7),
        ("tool = shell", "= means nothing here", 5),
        ("argv[x] == a", "There is nothing called `argv[x]`", 0),
        ("not " * 30 + "error", "Too much is nested here", 80),
        ("error or " * 100 + "error", "at most 500 characters", 500),
        ("__import__('os')", "There is nothing called `__import__`", 0),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, problem: str, at: int) -> None:
    with pytest.raises(ConditionError) as error:
        parse_condition(text)
    assert problem in error.value.message
    assert error.value.message.endswith(f"at character {at + 1}.")


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["tool", "==", "~", "(", ")", "and", "or", "not", "plan", "done", "1", "80%", "argv[0]",
             "error", "'x'", '"', "cost", ">", "touch", "src/**", "\\", "!", "é", "\0"]
        ),
        max_size=12,
    )
)  # fmt: skip
def test_any_text_is_read_or_refused(words: list[str]) -> None:
    try:
        condition = parse_condition(" ".join(words))
    except ConditionError:
        return
    for where in (GIT, READ, FAILED, MODEL):
        condition.holds(where)


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("git status", (("git", "status"),)),
        ("A=1 B=2 git x | grep 'a b' > out", (("git", "x"), ("grep", "a b"), ("out",))),
        ("cd x\ngit push; ls", (("cd", "x"), ("git", "push"), ("ls",))),
        ("(git fetch)&& true", (("git", "fetch"), ("true",))),
        ("echo 'open", (("echo", "'open"),)),
        ("echo a # b", (("echo", "a", "#", "b"),)),
        ("", ()),
    ],
)
def test_a_command_line_is_taken_apart(line: str, commands: tuple[tuple[str, ...], ...]) -> None:
    assert commands_of(line) == commands


def test_no_pattern_takes_longer_than_the_text_is_long() -> None:
    path = "a/" * 2000 + "b"
    assert not matches_path(path, "**/a/**/a/**/a/**/a/**/a/**/c")
    assert not contains("a" * 200_000, "a*" * 20 + "b")
    assert not matches_path("x" * 4000, "./*a*a*a*a*a*a*b/c")
    assert not matches_path("a" * 4000, "*a*a*a*a*a*a*a*b")
