"""What "always" offers: at most three rules, the narrowest first, and none that lets anything run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from goose_agent.permissions.actions import command_action, file_action
from goose_agent.permissions.rules.deciding import Moment, decide
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.proposals import PastCall, propose
from goose_agent.permissions.rules.rule import HeldRule


@pytest.fixture
def moment(tmp_path: Path) -> Moment:
    return Moment(Ground((str(tmp_path),)), "smart", datetime(2026, 5, 1, tzinfo=UTC))


def offered(command: str, moment: Moment, past: tuple[str, ...] = ()) -> list[str]:
    root = moment.ground.roots[0]
    action = command_action("shell", command, root)
    calls = [PastCall(text, command_action("shell", text, root)) for text in past]
    found = propose(action, "command", moment.ground, lambda: calls, moment)
    assert len(found) <= 3
    for proposal in found:
        held = HeldRule(parse_line(proposal.line), "session")
        assert decide([held], action, moment).decision == "allow"
    return [proposal.line.replace(root, ".") for proposal in found]


def test_a_plain_command_is_offered_by_itself_here_and_everywhere(moment: Moment) -> None:
    assert offered("git log -1", moment) == [
        'allow shell exactly: "git log -1"',
        "allow(cwd=./**) shell: git log *",
        "allow shell: git log *",
    ]


@pytest.mark.parametrize(
    "command",
    [
        "python x.py",
        "python3.12 -c 'x'",
        "/usr/bin/python x",
        "bash -c ls",
        "env X=1 ls",
        "sudo ls",
        "xargs rm",
        "find . -delete",
        "git",
        "git -C /x",
        "git -c a=b log",
        "npm run build",
        "npm --prefix x run build",
        "docker ps",
        "ssh host ls",
        "ls | xargs cat",
        "for f in *; do bash $f; done",
        "echo $(python x)",
        "ls\u202e",
        "echo " + "x" * 3000,
        "",
    ],
)
def test_nothing_is_offered_for_what_runs_anything_or_cannot_be_read(
    command: str, moment: Moment
) -> None:
    assert offered(command, moment) == []


@pytest.mark.parametrize(
    "command", ["rm -rf build", "make test", "git push", "./run x", "ls && pwd"]
)
def test_of_others_only_the_very_text_is_offered(command: str, moment: Moment) -> None:
    assert [line.partition(":")[0] for line in offered(command, moment)] == ["allow shell exactly"]


def test_what_was_not_shown_whole_is_not_offered(moment: Moment) -> None:
    action = command_action("shell", "ls", "/")
    found = propose(action, "command", moment.ground, lambda: (), moment, shown_whole=False)
    assert found == ()


def test_a_file_is_offered_by_itself_and_with_its_folder(moment: Moment) -> None:
    root = moment.ground.roots[0]
    action = file_action("edit", "src/a.py", "write", [f"{root}/src/a.py"])
    found = propose(action, "edit", moment.ground, lambda: (), moment)
    assert [proposal.line.replace(root, "ROOT") for proposal in found] == [
        "allow edit: ROOT/src/a.py",
        "allow edit: ROOT/src/**",
    ]
    outside = file_action("edit", "/etc/x", "write", ["/etc/x"])
    found = propose(outside, "edit", moment.ground, lambda: (), moment)
    assert [proposal.line for proposal in found] == ["allow edit: /etc/x"]


def test_each_tells_what_it_would_have_let_run(moment: Moment) -> None:
    root = moment.ground.roots[0]
    past = ("git log -1", "git log -2", "git push", "git log -1")
    calls = [PastCall(text, command_action("shell", text, root)) for text in past]
    action = command_action("shell", "git log -1", root)
    found = propose(action, "command", moment.ground, lambda: calls, moment)
    assert [proposal.passed for proposal in found] == [
        ("git log -1",),
        ("git log -1", "git log -2"),
        ("git log -1", "git log -2"),
    ]
