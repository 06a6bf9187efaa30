"""Rules: what each speaks of, which of several counts, and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goose_agent.errors import UsageError
from goose_agent.events import Decision, Mode
from goose_agent.permissions.rules.action import Action, Op, Part, Touch
from goose_agent.permissions.rules.argv import parse_argv
from goose_agent.permissions.rules.deciding import Moment, RuleVerdict, decide
from goose_agent.permissions.rules.line import parse_line
from goose_agent.permissions.rules.path_pattern import Ground, path_matches
from goose_agent.permissions.rules.rule import HeldRule, Layer, Rule

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GROUND = Ground(("/work",), "/home/me")


def command(*scripts: str, whole: bool = True, cwd: str = "/work") -> Action:
    parts = tuple(Part(tuple(script.split()), cwd) for script in scripts)
    return Action("shell", " && ".join(scripts), parts, whole)


def file(tool: str, path: str, named: str = "") -> Action:
    op: Op = "read" if tool in ("read", "grep") else "write"
    return Action(tool, path, (Part(touches=(Touch(op, path, named),)),))


def verdict(
    action: Action,
    *lines: str,
    mode: Mode = "smart",
    layer: Layer = "user",
    active: bool = True,
    now: datetime = NOW,
) -> RuleVerdict:
    rules = [
        HeldRule(parse_line(line), layer, f"rules.yaml:{n}", active) for n, line in enumerate(lines)
    ]
    return decide(rules, action, Moment(GROUND, mode, now, turn=1))


def decision(action: Action, *lines: str, mode: Mode = "smart") -> Decision | None:
    return verdict(action, *lines, mode=mode).decision


@pytest.mark.parametrize(
    ("pattern", "words", "speaks"),
    [
        ("git fetch", "git fetch", True),
        ("git fetch", "git fetch --all", False),
        ("git fetch *", "git fetch", True),
        ("git fetch *", "git fetch --all -p", True),
        ("git fetch *", "git fetchx", False),
        ("git [fetch|pull] --prune? *", "git pull --prune x", True),
        ("git [fetch|pull] --prune? *", "git pull x", True),
        ("git [fetch|pull] --prune?", "git pull x", False),
        ("a b? b?", "a b", True),
        ("a b? b? c", "a b c", True),
        ("a b? b c", "a b c", True),
        ("git ['x|y'|z]", "git x|y", True),
        ("git '*'", "git *", True),
        ("git '*'", "git x", False),
        ("make 'a b'?", "make", True),
        ("git", "./git", False),
        ("git", "GIT", False),
    ],
)
def test_a_pattern_speaks_of_whole_words(pattern: str, words: str, speaks: bool) -> None:
    found = decision(command(words), f"allow shell: {pattern}")
    assert found == ("allow" if speaks else None)


def test_only_what_asks_or_denies_may_be_vague_about_a_word() -> None:
    assert decision(command("git pushx y"), "deny shell: git push* *") == "deny"
    assert decision(command("git pull"), "deny shell: git push* *") is None
    with pytest.raises(UsageError, match="only begins so"):
        parse_line("allow shell: git push* *")


@pytest.mark.parametrize(
    ("pattern", "path", "allows", "forbids"),
    [
        ("./src/**", "/work/src/a/b.py", True, True),
        ("src/**", "/work/src/a.py", True, True),
        ("src/**", "/work/srcx/a.py", False, False),
        ("./src", "/work/src/a.py", False, True),
        ("src/", "/work/src/a/b", True, True),
        ("*.py", "/work/a/b.py", True, True),
        ("*.py", "/elsewhere/b.py", False, True),
        ("*.pem", "/work/KEY.PEM", False, True),
        ("src/*.py", "/work/src/a/b.py", False, False),
        ("src/**/*.py", "/work/src/b.py", True, True),
        ("./**", "/work-evil/a", False, False),
        ("./**", "/work", True, True),
        ("~/.ssh/**", "/home/me/.ssh/id", True, True),
        ("~/.ssh/**", "/home/me/.sshx/id", False, False),
        ("/etc/**", "/etc/passwd", True, True),
        ("/**", "/anything/at/all", True, True),
        ("./secret?", "/work/secret1/x", False, True),
        ("./[ab]/x", "/work/b/x", True, True),
    ],
)
def test_paths_are_compared_folder_by_folder(
    pattern: str, path: str, allows: bool, forbids: bool
) -> None:
    assert path_matches(pattern, path, GROUND, strictly=True) is allows
    assert path_matches(pattern, path, GROUND, strictly=False) is forbids


def test_a_link_is_forbidden_by_its_own_name_and_by_where_it_leads() -> None:
    link = file("read", "/work/plain", named="/work/secrets/link")
    assert decision(link, "deny path: ./secrets/**") == "deny"
    assert decision(link, "deny path: ./plain") == "deny"
    assert decision(link, "allow read: ./secrets/**") is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_deny_counts_before_ask_and_ask_before_allow_in_any_order(order: tuple[int, ...]) -> None:
    lines = ["allow shell: git *", "ask shell: git push *", "deny shell: git push --force *"]
    ordered = [lines[at] for at in order]
    assert decision(command("git push --force"), *ordered) == "deny"
    assert decision(command("git push"), *ordered) == "ask"
    assert decision(command("git pull"), *ordered) == "allow"


def test_every_part_has_to_be_allowed_and_one_denied_part_denies_all() -> None:
    rules = ("allow shell: git status", "allow shell: make *", "deny shell: rm *")
    assert decision(command("git status", "make test"), *rules) == "allow"
    assert decision(command("git status", "curl x"), *rules) is None
    assert decision(command("git status", "rm x"), *rules) == "deny"
    assert decision(command("git status", whole=False), *rules) is None
    assert decision(command("git status", "rm x", whole=False), *rules) == "deny"


def test_the_exact_text_is_allowed_though_nobody_understands_it() -> None:
    script = Action("shell", "for x in *; do y; done", (Part(cwd="/work"),), whole=False)
    line = 'allow shell exactly: "for x in *; do y; done"'
    assert decision(script, line) == "allow"
    assert decision(Action("shell", script.text + " ", script.parts, whole=False), line) is None


def test_a_working_folder_limits_what_is_allowed_there() -> None:
    line = "allow(cwd=./web/**) shell: npm ci"
    assert decision(command("npm ci", cwd="/work/web"), line) == "allow"
    assert decision(command("npm ci"), line) is None


def test_hosts_are_names_and_what_lies_below_them() -> None:
    action = Action("shell", "curl", (Part(("curl",), hosts=("api.Example.com", "other.org")),))
    assert decision(action, "deny host: *.example.com") == "deny"
    assert decision(action, "ask host: other.org") == "ask"
    assert decision(action, "deny host: example.com", "deny host: *.ample.com") is None
    assert decision(action, "allow(host=*.example.com) shell: curl *") is None


def test_servers_and_their_tools() -> None:
    action = Action("get_issue", mcp="github/get_issue")
    assert decision(action, "allow mcp: github/get_*") == "allow"
    assert decision(action, "deny mcp: github") == "deny"
    assert decision(action, "allow mcp: git/get_*") is None
    assert decision(Action("get_issue"), "allow mcp: */*") is None


def test_time_mode_and_uses_end_a_rule() -> None:
    make = command("make")
    assert verdict(make, "allow(expires=2026-05-01) shell: make").decision == "allow"
    late = NOW + timedelta(days=1)
    assert verdict(make, "allow(expires=2026-05-01) shell: make", now=late).decision is None
    assert decision(make, "allow(mode=edits|auto) shell: make") is None
    assert decision(make, "allow(mode=edits|auto) shell: make", mode="auto") == "allow"
    rule = HeldRule(parse_line("allow(uses=2) shell: make"), "user")
    for used, expected in ((1, "allow"), (2, None)):
        moment = Moment(GROUND, "smart", NOW, used={rule.rule_id: used})
        assert decide([rule], make, moment).decision == expected


def test_a_verdict_names_the_rule_and_where_it_stands() -> None:
    (reason,) = verdict(command("git push"), "allow shell: git *", "ask shell: git push *").reasons
    assert (reason.stage, reason.text, reason.source) == (
        "rule",
        "ask shell: git push *",
        "rules.yaml:1",
    )
    assert reason.rule == parse_line("ask shell: git push *").rule_id


@pytest.mark.parametrize(
    "line",
    [
        "",
        "allow",
        "allow *",
        "allow path: x",
        "allow host: example.com",
        "allow shell: *",
        "allow shell: git? x",
        "allow shell: a|b",
        "allow shell: 'a",
        "allow read: ../x",
        "allow read: a/**b",
        "allow read: ~other/x",
        "deny(uses=1) shell",
        "allow(color=red) shell",
        "allow(uses=0) shell",
        "allow(uses=2, uses=3) shell",
        "allow(expires=soon) shell",
        "allow(mode=fast) shell",
        "allow(op=read) shell",
        "allow(path=./x) shell",
        "permit shell: x",
        "allow sh ell",
        "allow shell exactly:",
        "deny host: http://x",
        "deny path: a\x07b",
    ],
)
def test_what_is_not_understood_is_an_error(line: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        parse_line(line)


def test_the_short_form_of_the_command_line_allows() -> None:
    for text, meant in [
        ("shell:git status *", "allow shell: git status *"),
        ("edit", "allow edit"),
        ("write:src/**", "allow write: src/**"),
    ]:
        assert str(parse_line(text)) == meant


WORD = st.text(
    st.characters(codec="utf-8", exclude_characters="'\0\n\r", exclude_categories=["C"]), min_size=1
)
SLOT = st.one_of(
    WORD.filter(lambda word: word != "*" and not set(word) & set("?*\\")),
    st.lists(WORD.filter(lambda word: not set(word) & set("?*\\")), min_size=1, max_size=3),
)


EFFECTS: tuple[Decision, ...] = ("allow", "ask", "deny")


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    effect = draw(st.sampled_from(EFFECTS))
    items = [
        draw(WORD.filter(lambda word: not set(word) & set("?*\\"))),
        *draw(st.lists(SLOT, max_size=4)),
    ]
    rest = ["*"] if draw(st.booleans()) else []
    return Rule(
        effect,
        ("shell",),
        parse_argv([*items, *rest]),
        cwd=draw(st.sampled_from(("", "./**", "/a b/c,d/**", 'q"x'))),
        modes=draw(st.sampled_from(((), ("smart",), ("plan", "edits")))),
        uses=draw(st.integers(1, 9)) if effect == "allow" and draw(st.booleans()) else None,
        expires=draw(st.sampled_from((None, NOW))),
    )


@given(rules())
def test_a_rule_says_the_same_after_it_was_written_and_read(rule: Rule) -> None:
    assert parse_line(str(rule)) == rule


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60)


@given(TEXT.filter(lambda text: bool(text.strip())))
def test_an_exact_text_survives_being_written_down(text: str) -> None:
    rule = Rule("allow", ("shell",), exact=text)
    assert parse_line(str(rule)) == rule


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    try:
        rule = parse_line(text)
    except UsageError:
        return
    assert parse_line(str(rule)) == rule


LINES = st.lists(
    st.sampled_from(
        [
            "allow shell: git *",
            "allow shell",
            "allow edit: ./**",
            "ask shell: git push *",
            "deny shell: git push *",
            "ask path: ./x",
            "deny path: ./x",
            "deny *",
            "allow edit|read",
        ]
    ),
    max_size=6,
)
ACTIONS = st.sampled_from(
    [command("git push"), command("git pull"), file("edit", "/work/x"), file("read", "/work/y")]
)
RANK = {"deny": 0, "ask": 1, None: 2, "allow": 3}


@given(LINES, LINES, ACTIONS)
def test_a_folder_that_is_not_trusted_never_loosens(
    own: list[str], foreign: list[str], action: Action
) -> None:
    mine = [HeldRule(parse_line(line), "user") for line in own]
    theirs = [HeldRule(parse_line(line), "project", active=False) for line in foreign]
    moment = Moment(GROUND, "smart", NOW)
    without = decide(mine, action, moment).decision
    for both in ([*mine, *theirs], [*theirs, *mine]):
        assert RANK[decide(both, action, moment).decision] <= RANK[without]


@given(
    st.permutations(["allow shell", "ask shell: git *", "deny shell: git push *"]), LINES, ACTIONS
)
def test_the_order_of_rules_means_nothing(
    first: list[str], more: list[str], action: Action
) -> None:
    moment = Moment(GROUND, "smart", NOW)
    held = [HeldRule(parse_line(line), "user") for line in [*first, *more]]
    assert decide(held, action, moment).decision == decide(held[::-1], action, moment).decision
