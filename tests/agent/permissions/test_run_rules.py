"""Rules of the command line: what they cover, what they never cover, and what is no rule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from goose_agent.errors import UsageError
from goose_agent.events import Mode, Reason
from goose_agent.permissions.gate import Effect, Intent, judge
from goose_agent.permissions.plain_command import plain_words
from goose_agent.permissions.run_rules import FORMS, Limit, Rule, parse_rule

TOOLS: dict[str, Limit] = {"shell": "command", "write": "path", "read": "path", "update_plan": ""}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("git status", ("git", "status")),
        ("  git\tstatus -s \n", ("git", "status", "-s")),
        ("git log --format='%h %s'", ("git", "log", "--format=%h %s")),
        ('git commit -m "it\'s; done & well"', ("git", "commit", "-m", "it's; done & well")),
        ("grep -r 'a|b' src", ("grep", "-r", "a|b", "src")),
        ("printf ''", ("printf", "")),
        ("g'i't status", ("git", "status")),
    ],
)
def test_a_plain_command_is_its_words(command: str, words: Sequence[str]) -> None:
    assert plain_words(command) == words


@pytest.mark.parametrize(
    "command",
    [
        "",
        "''",
        "git status; rm x",
        "git status && rm x",
        "git status || rm x",
        "git status | sh",
        "git status & rm x",
        "git status\nrm x",
        "git status\rrm x",
        "git status > .git/hooks/pre-commit",
        "git status < /dev/tcp/host/80",
        "git status $(rm x)",
        "git status `rm x`",
        'git status "$(rm x)"',
        'git status "`rm x`"',
        "git status $HOME",
        'git status "$HOME"',
        "git status $'a\\x3b'",
        "git status \\; rm",
        "git status <(rm x)",
        "git status {a,b}",
        "git status *.py",
        "git status [a]",
        "git status ?",
        "git status ~",
        "git status # rm",
        "git status 'open",
        'git status "open',
        "(git status)",
        "{ git status; }",
        "! git status",
        "GIT_DIR=/x git status",
        "a+=1 git status",
        "git status\x00rm",
        "git\u00a0status",
        "git status \u2018quoted\u2019",
    ],
)
def test_what_is_more_than_one_plain_command_is_none(command: str) -> None:
    assert plain_words(command) is None


@pytest.mark.parametrize(
    ("rule", "command", "covered"),
    [
        ("shell:git status", "git status", True),
        ("shell:git status", "git status -s", False),
        ("shell:git status *", "git status", True),
        ("shell:git status *", "git status -s src", True),
        ("shell:git status *", "git statusx", False),
        ("shell:git status *", "git", False),
        ("shell:git status *", "git -c core.pager=sh status", False),
        ("shell:git status *", "/tmp/git status", False),
        ("shell:git status *", "git status -s; rm -r .", False),
        ("shell:'make it' *", "'make it' so", True),
        ("shell", "git status; rm -r .", True),
    ],
)
def test_a_rule_for_commands_covers_those_that_begin_with_its_words(
    rule: str, command: str, covered: bool
) -> None:
    assert parse_rule(rule, TOOLS).covers("shell", command, (), ()) is covered


@pytest.mark.parametrize(
    ("rule", "path", "covered"),
    [
        ("write", "anything", True),
        ("write:src/**", "src/a.py", True),
        ("write:./src/**", "src/deep/er/a.py", True),
        ("write:src/**", "src", False),
        ("write:src/**", "src/../a.py", False),
        ("write:src/**", "srcs/a.py", False),
        ("write:src/*.py", "src/a.py", True),
        ("write:src/*.py", "src/deep/a.py", False),
        ("write:**/test_*.py", "test_a.py", True),
        ("write:**/test_*.py", "x/y/test_a.py", True),
        ("write:docs/index.md", "docs/index.md", True),
        ("write:docs/index.md", "docs/Index.md", False),
        ("write:link/**", "link/a.py", False),
        ("read:src/**", "src/a.py", False),
    ],
)
def test_a_rule_for_paths_covers_where_they_really_lead(
    tmp_path: Path, rule: str, path: str, covered: bool
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "link").symlink_to("src")
    found = parse_rule(rule, TOOLS).covers("write", path, (tmp_path / path,), (tmp_path,))
    assert found is covered


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "shell:",
        "shell:*",
        "shell: *",
        "shell:git status*",
        "shell:git * status",
        "shell:git status; ls",
        "shell:$EDITOR *",
        "shell:X=1 make",
        "Bash(git status)",
        "git status",
        "write:/etc/**",
        "write:../x",
        "write:src/../../x",
        "write:src**",
        "write:src//a",
        "write:~/x",
        "write:",
        "write:[ab]",
        "nothing",
        "update_plan:x",
    ],
)
def test_what_is_no_rule_is_an_error_that_names_the_forms(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_rule(text, TOOLS)
    assert FORMS in str(caught.value)
    assert caught.value.exit_code == 2


def decision(rule: str, mode: Mode, effect: Effect, root: Path, *names: str) -> str:
    paths = tuple(root / name for name in names)
    intent = Intent(rule.partition(":")[0], effect, paths, "make test")
    allowed = (parse_rule(rule),)
    return judge(intent, mode, (), (root,), allowed).decision


def test_a_rule_loosens_what_asks_and_never_what_is_denied(tmp_path: Path) -> None:
    modes: tuple[Mode, ...] = ("chat", "plan", "approve", "smart", "edits")
    found = [decision("shell:make *", mode, "run", tmp_path) for mode in modes]
    assert found == ["deny", "deny", "allow", "allow", "allow"]


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", ".git/hooks/pre-commit", "out/x", "a/.goose-tui/config.yaml"]
)
@pytest.mark.parametrize("rule", ["write", "write:**"])
def test_a_rule_lets_nothing_out_of_the_workspace_or_into_a_protected_place(
    tmp_path: Path, rule: str, name: str
) -> None:
    (tmp_path / "out").symlink_to("/")
    assert decision(rule, "smart", "edit", tmp_path, "fine.py") == "allow"
    assert decision(rule, "smart", "edit", tmp_path, name) == "ask"
    assert decision(rule, "edits", "edit", tmp_path, "fine.py", name) == "ask"


def test_the_verdict_names_the_rule() -> None:
    rule = Rule("shell:make *", "shell", ("make",), more=True)
    verdict = judge(Intent("shell", "run", (), "make test"), "smart", (), (), (rule,))
    assert verdict.reasons == (Reason("rule", "allowed for this run: shell:make *"),)
