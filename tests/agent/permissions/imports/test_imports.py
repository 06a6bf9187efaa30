"""Other agents' rules: what becomes of each line, and that none becomes looser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goose_agent.errors import ConfigError
from goose_agent.permissions.imports.read import import_rules

CLAUDE: dict[str, dict[str, str | None]] = {
    "allow": {
        "Bash(git:*)": "allow shell: git *",
        "Bash(npm run build)": "allow shell: npm run build",
        "Bash(npm * --save)": None,
        "Bash(git dif*)": "allow shell: git dif *",
        "Bash(a && b)": None,
        "Read(./x/**)": "allow read|grep|glob|tree: ./x/**",
        "Read(//etc/hosts)": "allow read|grep|glob|tree: /etc/hosts",
        "Edit(src/**)": "allow write|edit: src/**",
        "mcp__gh__get_issue": "allow mcp: gh/get_issue",
        "mcp__gh": "allow mcp: gh/*",
        "WebFetch(domain:x.org)": None,
        "Task(x)": None,
        "no rule)": None,
    },
    "ask": {"Bash(git push *)": "ask shell: git push *"},
    "deny": {
        "Bash(rm:*)": "deny shell: rm *",
        "Bash(rm*)": "deny shell: rm* *",
        "Bash(curl * | sh)": "ask shell: curl *",
        "Bash(*secret*)": "ask shell",
        'Bash(echo "x *)': "ask shell",
        "Read(~/.ssh/**)": "deny(op=read) path: ~/.ssh/**",
        "Read(*.env)": "deny(op=read) path: *.env",
        "Edit(/x/**)": "deny(op=write) path: ./x/**",
        "WebFetch(domain:x.org)": "deny host: x.org",
        "Bash": "deny shell",
    },
}


def items(tmp_path: Path, name: str, text: str) -> list[tuple[int, str | None]]:
    path = tmp_path / name
    path.write_text(text)
    found = import_rules(path)
    for item in found.items:
        assert item.rule is not None or item.note.startswith("left out")
    return [(item.line, str(item.rule) if item.rule else None) for item in found.items]


def test_claude_code(tmp_path: Path) -> None:
    lists = {key: list(rules) for key, rules in CLAUDE.items()}
    text = json.dumps({"permissions": {**lists, "defaultMode": "plan"}}, indent=1)
    lines = text.splitlines()
    found = items(tmp_path, "settings.json", text)
    wanted = [rule for rules in CLAUDE.values() for rule in rules.values()]
    assert [rule for _, rule in found] == [*wanted, None]
    entries = [entry for rules in CLAUDE.values() for entry in rules]
    for (line, _), entry in zip(found, entries, strict=False):
        assert json.dumps(entry) in lines[line - 1]


def test_codex_is_read_as_data_and_never_run(tmp_path: Path) -> None:
    text = """\
prefix_rule(pattern=["git", ["fetch", "pull"]], justification="daily", match=[["git", "pull"]])
prefix_rule(pattern=["rm"], decision="forbidden", not_match=["ls"])
prefix_rule(pattern=["git", "it's"], decision="prompt")
prefix_rule(pattern=["git", "it's"])
prefix_rule(pattern=["a" + "b"])
prefix_rule(pattern=["a"], pattern2=["b"])
prefix_rule(["a"])
prefix_rule(pattern=["git"], match=["rm"])
host_executable(name="git", paths=["/usr/bin/git"])
x = 1
open("/tmp/never", "w").write("x")
"""
    assert items(tmp_path, "default.rules", text) == [
        (1, "allow shell: git [fetch|pull] *"),
        (2, "deny shell: rm *"),
        (3, "ask shell: git *"),
        *((line, None) for line in range(4, 8)),
        (8, "allow shell: git *"),
        *((line, None) for line in range(9, 12)),
    ]


def test_opencode_where_the_last_match_counts(tmp_path: Path) -> None:
    permission = {
        "bash": {"*": "ask", "git push*": "deny", "git status": "allow", "npm * x": "deny"},
        "edit": {"*.md": "allow", "src/*": "deny", "a*b/c": "deny", "x*y": "allow"},
        "read": "allow",
        "webfetch": "deny",
        "doom_loop": "allow",
    }
    found = items(tmp_path, "opencode.json", json.dumps({"permission": permission}, indent=1))
    assert [rule for _, rule in found] == [
        "ask shell",
        "deny shell: git push* *",
        "allow shell: git status",
        "ask shell: npm *",
        "allow write|edit: ./**/*.md",
        "deny write|edit: ./src/**",
        "ask write|edit",
        "allow write|edit: ./x*y",
        "allow read",
        "deny host: *",
        None,
    ]


def test_gooses_lists_but_not_its_cache(tmp_path: Path) -> None:
    text = """\
user:
  always_allow:
  - developer__text_editor
  - github__search
  ask_before: [shell]
  never_allow: []
smart_approve:
  ask_before: [x]
"""
    assert items(tmp_path, "permission.yaml", text) == [
        (3, "allow read|write|edit"),
        (4, "allow mcp: github/search"),
        (5, "ask shell"),
        (8, None),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.json", "{"),
        ("settings.json", "[]"),
        ("settings.json", '{"permissions": {"allow": "x"}}'),
        ("settings.json", "[" * 100_000),
        ("opencode.json", '{"permission": "allow"}'),
        ("x.rules", "prefix_rule("),
        ("x.rules", "(" * 5000),
        ("permission.yaml", "user: [x]"),
        ("permission.yaml", "user: {always: [x]}"),
        ("permission.yaml", "a: [\n"),
        ("x.txt", ""),
        ("none.json", None),
    ],
)
def test_what_is_no_such_file_is_one_sentence(tmp_path: Path, name: str, text: str | None) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match="cannot be taken over"):
        import_rules(path)
