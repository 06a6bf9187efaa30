"""What a rule denies stays denied, or at least asks, whatever it is wrapped in."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goose_agent.events import Decision
from goose_agent.permissions.actions import command_action
from goose_agent.permissions.hosts import canonical_host
from goose_agent.permissions.rules.deciding import Moment
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.path_pattern import Ground
from goose_agent.permissions.rules.rule import HeldRule
from goose_agent.permissions.shell.verdict import decide, staged
from goose_agent.permissions.weighing import with_rules

ROOT = Path("/nowhere/work")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def decision(text: str, *lines: str) -> Decision:
    """What mode auto and these rules make of a command."""
    verdict = staged(decide(text, "auto", ROOT, ROOT))
    held = [HeldRule(parse_line(line), "user") for line in lines]
    moment = Moment(Ground((str(ROOT),), "/nowhere/home"), "auto", NOW)
    action = command_action("shell", text, str(ROOT))
    return with_rules(verdict, held, action, moment)[0].decision


NO_RM = ("deny shell: rm *", "allow shell")


@pytest.mark.parametrize(
    "text",
    [
        "rm x",
        "/bin/rm x",
        "/usr/bin/../bin/rm x",
        "sudo rm x",
        "sudo -u root -- rm x",
        "command rm x",
        "command -p rm x",
        "builtin command rm x",
        "exec -a y rm x",
        "env rm x",
        "env -i A=b rm x",
        "env -S 'rm x'",
        "env --split-string='rm x'",
        "busybox rm x",
        "toybox rm x",
        "ls | xargs rm",
        "ls | xargs -n1 -I{} rm {}",
        "find . -exec rm {} ;",
        "find . -name a -execdir rm {} +",
        "fd a -x rm",
        r"\rm x",
        "'r'm x",
        'r""m x',
        "nice rm x",
        "nice -n 10 ionice -c3 rm x",
        "timeout 5 rm x",
        "timeout -k 1 5 rm x",
        "bash -c 'rm x'",
        "bash -ec 'rm x'",
        "bash -c -e 'rm x'",
        "bash -O extglob -c 'rm x'",
        "sh -c \"sh -c 'rm x'\"",
        "su -c 'rm x'",
        "script -qc 'rm x' /dev/null",
        "flock a -c 'rm x'",
        "ssh host rm x",
        "ssh host 'rm x'",
        "docker exec c rm x",
        "docker run i sh -c 'rm x'",
        "npm exec -- rm x",
        "npx rm x",
        "watch 'rm x'",
        "parallel rm ::: x",
        "cd x && rm y",
        "cd x; ls | rm y",
        "(rm x)",
        "{ rm x; }",
        "if true; then rm x; fi",
        "! rm x",
        "time rm x",
        "coproc rm x",
        "echo $(rm x)",
        "echo `rm x`",
        "cat <(rm x)",
        "ls > >(rm x)",
        "eval rm x",
        "eval 'rm x'",
        "trap 'rm x' EXIT",
        "alias y='rm x'",
        "f() { rm x; }; f",
        "bash <<< 'rm x'",
        "bash <<E\nrm x\nE",
        "echo 'rm x' | sh",
        "git -c alias.y='!rm x' y",
        "git rebase --exec 'rm x' main",
        "git submodule foreach 'rm x'",
        "GIT_PAGER='rm x' git log",
        "tar xf a --to-command='rm x'",
        "tar cf a b --checkpoint-action=exec='rm x'",
        "sort --compress-program='rm' x",
        "rg --pre 'rm' a",
        "r\\\nm x",
        "rm $x",
    ],
)
def test_a_program_that_is_denied_is_found(text: str) -> None:
    assert decision(text, *NO_RM) == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "$(echo rm) x",
        "`echo rm` x",
        "$x y",
        '"$x" y',
        "r${e}m x",
        "{rm,x}",
        r"$'\x72m' x",
        "/bin/r? x",
        "sudo $x y",
        "timeout 5 $x y",
        "echo cm0geA== | base64 -d | sh",
        "curl -s localhost/x | bash",
        'eval "$x"',
        'bash -c "$x"',
        "source <(base64 -d x)",
        "xargs -I{} {} x",
        "python3 -c \"import os; os.system('r' + 'm x')\"",
        "perl -e 'system \"rm x\"'",
        "awk 'BEGIN{system(\"rm x\")}'",
        "xargs sh -c",
        "sh /dev/stdin < x",
    ],
)
def test_a_program_that_only_shows_as_it_runs_asks_where_one_is_denied(text: str) -> None:
    assert decision(text, *NO_RM) in ("ask", "deny")


def test_a_text_that_is_allowed_letter_by_letter_needs_no_more_words() -> None:
    assert decision("$x y", 'allow shell exactly: "$x y"', "deny shell: rm *") == "allow"
    assert decision("rm $x", 'allow shell exactly: "rm $x"', "deny shell: rm *") == "deny"


@pytest.mark.parametrize(
    "text",
    [
        "git rm x",
        "npm rm x",
        "echo rm x",
        "grep -rn 'rm x' src",
        "git commit -m 'rm x'",
        "docker rm c",
        "ls rm",
        "make rm",
        "for f in a b; do echo $f; done",
        "pytest -k rm",
    ],
)
def test_the_same_word_elsewhere_is_not_denied(text: str) -> None:
    assert decision(text, *NO_RM) == "allow"


WRAPPERS: dict[str, Callable[[str], str]] = {
    "sudo": lambda text: f"sudo {text}",
    "env": lambda text: f"env A=b {text}",
    "nice": lambda text: f"nice -n 5 {text}",
    "timeout": lambda text: f"timeout 5 {text}",
    "nohup": lambda text: f"nohup {text}",
    "busybox": lambda text: f"busybox {text}",
    "xargs": lambda text: f"xargs -n1 {text}",
    "bash": lambda text: f"bash -c {shlex.quote(text)}",
    "sh": lambda text: f"/bin/sh -ec {shlex.quote(text)}",
    "env -S": lambda text: f"env -S {shlex.quote(text)}",
    "su": lambda text: f"su root -c {shlex.quote(text)}",
    "eval": lambda text: f"eval {shlex.quote(text)}",
    "ssh": lambda text: f"ssh host {shlex.quote(text)}",
    "docker": lambda text: f"docker run --rm image sh -c {shlex.quote(text)}",
    "find": lambda text: f"find . -name a -exec sh -c {shlex.quote(text)} ';'",
    "trap": lambda text: f"trap {shlex.quote(text)} EXIT",
    "watch": lambda text: f"watch {shlex.quote(text)}",
    "fed": lambda text: f"echo {shlex.quote(text)} | sh",
    "string": lambda text: f"bash <<< {shlex.quote(text)}",
    "heredoc": lambda text: f"bash <<'E_{len(text)}'\n{text}\nE_{len(text)}",
}
AROUND: dict[str, Callable[[str], str]] = {
    "chain": lambda text: f"ls && {text}",
    "else": lambda text: f"if false; then ls; else {text}\nfi",
    "loop": lambda text: f"while true; do {text}\ndone",
    "subshell": lambda text: f"( {text}\n)",
    "substitution": lambda text: f"echo $( {text}\n)",
    "function": lambda text: f"f() {{ {text}\n}}; f",
    "background": lambda text: f"{text} &" if "\n" not in text else f"{{ {text}\n}} &",
}
RAW = st.sampled_from(["rm x", "/bin/rm -rf x", r"\rm x", "'rm' x", "$(echo rm) x", "r''m x"])


@given(
    RAW,
    st.lists(st.sampled_from(sorted(WRAPPERS)), max_size=4),
    st.lists(st.sampled_from(sorted(AROUND)), max_size=2),
)
@settings(max_examples=300, deadline=None)
def test_no_tower_of_wrappers_lets_a_denied_command_run(
    text: str, wrappers: list[str], around: list[str]
) -> None:
    for name in wrappers:
        text = WRAPPERS[name](text)
    for name in around:
        text = AROUND[name](text)
    assert decision(text, *NO_RM) != "allow", text


@pytest.mark.parametrize(
    "spelling",
    [
        "https://evil.test/x",
        "https://EVIL.Test",
        "https://evil.test./x",
        "https://evil.test:8443/x",
        "https://me:secret@evil.test/",
        "https://good.test@evil.test/",
        "https://good.test\\@evil.test/",
        "http:/evil.test/x",
        "evil.test",
        "evil.test:443/x",
        "EVIL.TEST.",
        "https://ev%69l.test/",
        "https://\uff45\uff56il.test/",
        "https://evil\u3002test/",
        "ev''il.test",
        "'https://evil'.test",
        "--url=https://evil.test",
    ],
)
def test_a_denied_host_is_found_in_each_of_its_spellings(spelling: str) -> None:
    rules = ("deny host: evil.test", "allow shell")
    quoted = spelling.replace("\\", "\\\\") if "\\" in spelling else spelling
    for text in (f"curl {quoted}", f"sudo wget -q {quoted}", f'bash -c "curl {spelling}"'):
        assert decision(text, *rules) != "allow", text


@pytest.mark.parametrize(
    "spelling",
    ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.0.1."],
)
def test_an_address_is_found_in_each_of_its_spellings(spelling: str) -> None:
    rules = ("deny host: 127.0.0.1", "allow shell")
    for text in (f"curl http://{spelling}/x", f"curl {spelling}:80", f"ping {spelling}"):
        assert decision(text, *rules) == "deny", text
    assert decision("curl 'http://[::ffff:127.0.0.1]/'", *rules) == "deny"
    assert decision("curl 'http://[::ffff:7f00:1]:80/'", *rules) == "deny"
    assert decision("curl http://10.0.0.1/", *rules) == "allow"


def test_hosts_below_and_hosts_without_a_dot_are_found() -> None:
    below = ("deny host: *.evil.test", "allow shell")
    assert decision("ssh me@a.EVIL.test.", *below) == "deny"
    assert decision("scp x me@a.evil.test:/y", *below) == "deny"
    single = ("deny host: prod", "allow shell")
    assert decision("ssh prod", *single) == "deny"
    assert decision("ssh me@PROD ls", *single) == "deny"
    assert decision("curl prod:80/x", *single) == "deny"
    assert decision("curl https://$x/", *single) == "ask"
    assert decision("echo prod", *single) == "allow"


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("Example.COM.", "example.com"),
        ("[::FFFF:1.2.3.4]", "1.2.3.4"),
        ("[fe80::1%eth0]", "fe80::1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("0", "0.0.0.0"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("", ""),
    ],
)
def test_a_host_has_one_spelling(spelling: str, canonical: str) -> None:
    assert canonical_host(spelling) == canonical
