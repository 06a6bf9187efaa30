"""Rules of the command line: rules like any other, only that they cannot forbid."""

from __future__ import annotations

from pathlib import Path

import pytest

from goose_agent.errors import UsageError
from goose_agent.permissions.rules.line import FORMS, parse_allowed
from goose_agent.wire import Open, write
from support.engine import Face, Rig
from support.models import FakeModel, calls

TOOLS = ("shell", "write", "read", "edit")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("edit", "allow edit"),
        ("shell:git status", "allow shell: git status"),
        ("shell: git status *", "allow shell: git status *"),
        ("write:src/**", "allow write: src/**"),
        ("allow(uses=1) shell: make", "allow(uses=1) shell: make"),
        ('shell exactly: "a; b"', 'allow shell exactly: "a; b"'),
    ],
)
def test_a_rule_is_a_line_that_allows(text: str, shown: str) -> None:
    assert str(parse_allowed(text, TOOLS)) == shown


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not begin"),
        ("*", "would allow everything"),
        ("shell:", "must begin with a program"),
        ("shell: *", "must begin with a program"),
        ("shell: git status*", "only begins so"),
        ("shell: git * status", "must be the last word"),
        ("shell: git status; ls", "needs quotes"),
        ("shell: $EDITOR *", "needs quotes"),
        ("shell: a && b", "needs quotes"),
        ("Bash(git status)", "does not begin"),
        ("git status", "does not begin"),
        ("write: src/../../x", "must not contain .."),
        ("write:", "must be text"),
        ("nothing", "there is no tool nothing"),
        ("deny shell: rm *", "see goose-tui policy deny"),
        ("ask edit", "see goose-tui policy ask"),
    ],
)
def test_what_is_no_such_rule_is_an_error_that_names_the_forms(text: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_allowed(text, TOOLS)
    assert why in str(caught.value)
    assert FORMS in str(caught.value)
    assert caught.value.exit_code == 2


async def decisions(rig: Rig, model: FakeModel, rules: tuple[str, ...], *wanted: str) -> list[str]:
    """What the gate says about commands in a session with these rules of its command line."""
    shell = [("shell", f'{{"command": "{command}"}}') for command in wanted]
    model.answers = [calls(*shell)]
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), model="fake/one", mode="smart", allow=rules)))
        await face.until(lambda: face.opened)
        await face.submit("go")
        await face.until(lambda: len(judged(face)) == len(wanted))
        return [decision for decision, _ in judged(face)]


def judged(face: Face) -> list[tuple[str, str]]:
    return [(each.decision, each.reasons[0].text) for each in face.data("tool.judged")]


async def test_it_loosens_a_question_and_neither_a_denial_nor_the_floor(
    rig: Rig, model: FakeModel
) -> None:
    rig.places.config.mkdir(parents=True, exist_ok=True)
    (rig.places.config / "rules.yaml").write_text(
        "rules: ['deny shell: make clean', 'ask shell: make a']"
    )
    wanted = (
        "make b",
        "make clean",
        "make a",
        "make > .git/hooks/x",
        "make && touch x",
        "rm -rf /",
    )
    found = await decisions(rig, model, ("shell: make *",), *wanted)
    assert found == ["allow", "deny", "ask", "ask", "ask", "deny"]


async def test_a_whole_tool_is_not_let_out_of_the_workspace(rig: Rig, model: FakeModel) -> None:
    found = await decisions(rig, model, ("shell",), "make x > y", "touch ../x", "cat ~/.ssh/id_rsa")
    assert found == ["allow", "ask", "ask"]


async def test_a_rule_answers_what_waited_unless_another_forbids_it_by_now(
    rig: Rig, model: FakeModel, tmp_path: Path
) -> None:
    model.answers = [calls(("shell", '{"command": "touch one"}'))]
    async with rig.session(mode="smart") as face:
        await face.submit("go")
        await face.pending()
        session_id = face.session_id
        await face.leave()
    rig.places.config.mkdir(parents=True, exist_ok=True)
    (rig.places.config / "rules.yaml").write_text("rules: ['ask shell: touch *']")
    allow = ("shell: touch *",)
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), resume=session_id, allow=allow)))
        await face.until(lambda: face.opened)
        await face.pending()
        await face.leave()
    (rig.places.config / "rules.yaml").unlink()
    async with rig.engine() as face:
        await face.say(write(Open(str(rig.folder), resume=session_id, allow=allow)))
        await face.until(lambda: face.opened)
        await face.idle()
        assert (rig.folder / "one").exists()
        assert judged(face)[-1] == ("allow", "allow shell: touch *")
