"""Rules in files: read strictly, changed without touching what else is written there."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from goose_agent.errors import ConfigError
from goose_agent.permissions.rules.book import RuleBook, RuleFiles
from goose_agent.permissions.rules.edit import add_rule, remove_rule
from goose_agent.permissions.rules.file import read_rules, rules_in
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.uses import Uses

GROUND = Ground(("/work",), "/home/me")
FILE = Path("rules.yaml")
GOOD = """\
# mine
rules:
  - effect: allow   # all day long
    tool: shell
    argv: [git, [fetch, pull], "--prune?", "*"]
    cwd: ./**
    why: all day long
    match: ["git fetch --prune"]
    not_match: ["git push"]

  # no secrets
  - "deny read: ./secrets/**"
  - rule: "ask host: *.example.com"
    why: |
      they see
      everything
  - {effect: deny, path: "*.pem", match: [a/b.pem], not_match: [a/b.pub]}
"""


def test_a_file_says_its_rules_with_their_lines() -> None:
    found = rules_in(GOOD, FILE, GROUND)
    assert found.problems == ()
    assert [(entry.line, entry.last_line, str(entry.rule)) for entry in found.entries] == [
        (3, 9, "allow(cwd=./**) shell: git [fetch|pull] --prune? *"),
        (12, 12, "deny read: ./secrets/**"),
        (13, 16, "ask host: *.example.com"),
        (17, 17, "deny path: *.pem"),
    ]
    assert found.entries[0].rule.why == "all day long"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rulez: []", "rules.yaml:1: `rulez` is not known here; did you mean `rules`?."),
        ("rules:\n - effect: alow\n   tool: shell", "rules.yaml:2: `effect` must be allow, ask, deny"),
        ("rules:\n - effect: deny\n   tol: shell", "rules.yaml:3: `tol` is no key of a rule; did you"),
        ("rules:\n - tool: shell", "rules.yaml:2: `effect` is missing"),
        ("rules:\n - effect: deny\n   argv: [on]", "rules.yaml:3: `argv`: True is not text"),
        ("rules:\n - effect: deny\n   effect: allow", "rules.yaml:3: `effect` is given twice"),
        ("rules:\n - deny shell: x", "rules.yaml:2: `deny shell` is no key of a rule"),
        ("rules:\n - 12", "rules.yaml:2: a rule is keys and values"),
        ("- x", "rules.yaml:1: rules stand in a list below `rules:`"),
        ("rules: {}", "rules.yaml:1: `rules:` must be a list"),
        ("rules: [", "rules.yaml:1: "),
        ("rules:\n - effect: allow\n   tool: shell\n   argv: [git, pull]\n   match: [git push]", "does not speak of its example"),
        ("rules:\n - effect: deny\n   tool: shell\n   argv: [rm, '*']\n   not_match: [rm x]", "speaks of its example"),
        ("rules:\n - effect: deny\n   tool: shell\n   argv: [rm]\n   match: [\"rm 'x\"]", "cannot be read"),
        ("rules: " + "[" * 3000, "rules.yaml:1: "),
        ("rules: !!python/object:os.system {}", "must be a list"),
        ("\x00", "rules.yaml:1: "),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text: str, complaint: str) -> None:
    problems = rules_in(text, FILE, GROUND).problems
    assert any(complaint in problem for problem in problems), problems


def test_a_pipe_or_a_huge_file_in_its_place_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a file" in read_rules(tmp_path / "pipe", GROUND).problems[0]
    (tmp_path / "huge").write_bytes(b"#" * 200_000)
    assert "larger than" in read_rules(tmp_path / "huge", GROUND).problems[0]
    assert read_rules(tmp_path / "none", GROUND).problems == ()


@pytest.mark.parametrize(
    "text", ["", "# only this\n", "rules:\n", "rules: []\n", GOOD, GOOD.rstrip()]
)
def test_a_rule_is_added_and_taken_out_again_and_nothing_else_changes(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "deep" / "rules.yaml"
    path.parent.mkdir()
    path.write_text(text)
    rule = parse_line("allow shell: cargo build '*x'")
    assert add_rule(path, rule)
    assert not add_rule(path, rule)
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(read_rules(path, GROUND).entries[-1].rule) == str(rule)
    for line in text.splitlines():
        assert line in path.read_text() or line == "rules: []"
    assert remove_rule(path, rule.rule_id)
    assert not remove_rule(path, rule.rule_id)
    if "- " in text:
        assert path.read_text() == text + ("" if text.endswith("\n") else "\n")


def test_each_rule_can_be_taken_out_alone(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    for entry in rules_in(GOOD, FILE, GROUND).entries:
        path.write_text(GOOD)
        assert remove_rule(path, entry.rule.rule_id)
        left = [str(other.rule) for other in read_rules(path, GROUND).entries]
        assert left == [str(e.rule) for e in rules_in(GOOD, FILE, GROUND).entries if e != entry]
        assert "# no secrets" in path.read_text()


def test_what_explains_a_rule_is_written_with_it(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    found = rules_in(GOOD, FILE, GROUND).entries[0].rule
    add_rule(path, found)
    assert read_rules(path, GROUND).entries[0].rule == found


def test_a_damaged_file_is_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    for text in ("rulez: []\n", 'rules: ["deny shell"]\n'):
        path.write_text(text)
        with pytest.raises(ConfigError):
            add_rule(path, parse_line("deny edit"))
        assert path.read_text() == text


def book(tmp_path: Path, **texts: str) -> RuleBook:
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    files = RuleFiles(
        tmp_path / "user.yaml",
        tmp_path / "project.yaml",
        tmp_path / "managed.yaml",
        tmp_path / "goose.yaml",
    )
    return RuleBook(files, GROUND, uses=Uses(tmp_path / "uses.json"))


def test_every_file_is_read_and_read_again_when_it_changes(tmp_path: Path) -> None:
    rules = book(
        tmp_path,
        user='rules: ["allow shell: make"]',
        project='rules: ["allow edit", "deny shell: rm *"]',
        goose="user:\n  never_allow: [foo]\n",
    )
    assert rules.refresh() == ()
    assert [(held.layer, str(held.rule), held.active) for held in rules.held] == [
        ("user", "allow shell: make", True),
        ("goose", "deny foo", True),
        ("project", "allow edit", False),
        ("project", "deny shell: rm *", False),
    ]
    (tmp_path / "user.yaml").write_text('rules: ["allow shell: cargo"]')
    (tmp_path / "project.yaml").unlink()
    rules.refresh()
    assert [str(held.rule) for held in rules.held] == ["allow shell: cargo", "deny foo"]


def test_a_file_that_cannot_be_relied_on_lets_nothing_run_unasked(tmp_path: Path) -> None:
    rules = book(tmp_path, user='rules: ["allow shell: make", "deny shell: rm *"]\nx: 1\n')
    assert "user.yaml:2: `x` is not known here" in rules.refresh()[0]
    assert rules.refresh() == ()
    assert [(str(held.rule), held.active) for held in rules.held] == [
        ("ask *", True),
        ("allow shell: make", False),
        ("deny shell: rm *", False),
    ]


def test_what_the_machine_rules_is_writable_by_root_alone(tmp_path: Path) -> None:
    rules = book(tmp_path, managed='rules: ["deny shell"]')
    (tmp_path / "managed.yaml").chmod(0o666)
    assert "must belong to root" in rules.refresh()[0]
    roots_own = RuleBook(RuleFiles(tmp_path / "none", managed=Path("/etc/passwd")), GROUND)
    assert "must belong to root" not in roots_own.refresh()[0]


def test_uses_are_counted_and_a_damaged_count_is_none(tmp_path: Path) -> None:
    uses = Uses(tmp_path / "uses.json")
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    uses.count(["r-1", "r-2"], moment)
    uses.count(["r-1"], moment)
    assert {name: use.hits for name, use in uses.all().items()} == {"r-1": 2, "r-2": 1}
    (tmp_path / "uses.json").write_text("{")
    assert uses.all() == {}
