"""What lies between the question whether a call may run and some of its answers."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from goose_agent.commands import AnswerAlike, AnswerRequest, Explain
from goose_agent.events import Approval, ApprovalAnswer, Preview, Proposal, RequestExplained
from goose_agent.events.requests import ApprovalPart
from goose_agent.evolve import evolve
from support.asked import Asked, asks_for

SCHEMA = {
    "type": "object",
    "properties": {
        "command": {"type": "string", "description": "what to run"},
        "timeout": {"type": "integer", "minimum": 1, "description": "seconds"},
        "background": {"type": "boolean"},
        "shell": {"enum": ["bash", "zsh"]},
        "env": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["command"],
}
HUNKS = (
    "@@ -1,2 +1,2 @@\n a\n-b\n+B\n",
    "@@ -11,2 +11,2 @@\n k\n-l\n+L\n",
    "@@ -21,2 +21,2 @@\n u\n-v\n+V\n",
)
PROPOSALS = (
    Proposal("allow shell git push origin main", "this very command"),
    Proposal("allow shell git push *", "any push", ("git push origin topic", "git push --tags")),
    Proposal("allow shell git *", "all of git", ("git fetch",)),
)


def editable(approval: Approval) -> Approval:
    command = approval.preview.text
    return evolve(approval, arguments={"command": command, "timeout": 5}, schema=SCHEMA)


def answers(bench: Asked) -> list[ApprovalAnswer]:
    """What the person answered, as the session was told."""
    told = [word.answer for word in bench.told if isinstance(word, AnswerRequest)]
    return [answer for answer in told if isinstance(answer, ApprovalAnswer)]


async def test_effects_reasons_and_provenance_are_said_and_each_part_has_its_verdict(
    home: Path,
) -> None:
    def tell(approval: Approval) -> Approval:
        return evolve(
            approval,
            effects=("writes outside the workspace: /etc/hosts",),
            provenance=("https://x.example stood first in the output of call 41",),
            parts=(
                ApprovalPart("cd build", "allow", "only reads"),
                ApprovalPart("make install PREFIX=/etc", "ask", "unknown program effects"),
                ApprovalPart("rm -rf old", "deny", "deletes the root folder"),
            ),
            folder=str(home / "work"),
            sandbox="bubblewrap",
        )

    chain = "cd build && make install PREFIX=/etc; rm -rf old"
    async with Asked(home, asks_for(chain), tell).running() as bench:
        await bench.send("go")
        await bench.sees(
            "does  writes outside the workspace: /etc/hosts",
            "from  https://x.example stood first",
            f"$ {chain}",
            "1 ✓ cd build                  only reads",
            "2 ? make install PREFIX=/etc  unknown program effects",
            "3 ⊘ rm -rf old                deletes the root folder",
            "sandbox bubblewrap · 1 line · 48 characters",
        )


async def test_what_nobody_would_see_is_marked_and_said(home: Path) -> None:
    command = "echo safe \u202e; " + " " * 90 + "rm -r build"
    async with Asked(home, asks_for(command)).running() as bench:
        await bench.send("go")
        await bench.sees("⟨U+202E⟩", "rm -r build", "note  characters that nobody sees")
        await bench.sees("more text follows behind 91 blanks")


async def test_always_is_offered_once_all_was_in_sight(home: Path) -> None:
    text = "\n".join(f"echo step {number}" for number in range(300))
    always = asks_for(text)
    async with Asked(home, always, lambda a: evolve(a, proposals=PROPOSALS)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.sees("300 lines · 4.1k characters", "↓ more below")
        await bench.press("a")
        await bench.sees("Always is offered once all of it was in sight: scroll to the end.")
        await bench.press("end")
        await bench.sees("288 more")
        await bench.press("a")
        await bench.sees("Approve: always allow")


async def test_a_rule_is_chosen_with_its_scope_and_what_it_would_have_let_run(home: Path) -> None:
    model = asks_for("git push origin main")
    async with Asked(home, model, lambda a: evolve(a, proposals=PROPOSALS)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("3")
        await bench.sees(
            "› 1  allow shell git push origin main", "would have let none of the calls"
        )
        await bench.press("2")
        await bench.sees("› 2  allow shell git push *", "would have let 2 earlier calls run:")
        await bench.sees("git push origin topic", "git push --tags", "until this session ends")
        await bench.press("right")
        await bench.sees("in this folder, in every session")
        await bench.press("left", "left")
        await bench.sees("until this turn ends")
        await bench.press("enter")
        assert not answers(bench)
        await bench.press("y")
        await bench.until(lambda: answers(bench))
        wanted = ApprovalAnswer("session", rule="allow shell git push *", scope="turn")
        assert answers(bench) == [wanted]


async def test_escape_goes_back_one_step_and_then_stops(home: Path) -> None:
    model = asks_for("git push origin main")
    async with Asked(home, model, lambda a: evolve(a, proposals=PROPOSALS)).running() as bench:
        await bench.send("go")
        await bench.dialog()
        for key, title in (("a", "always allow"), ("m", "made-up result"), ("r", "deny, and")):
            await bench.press(key)
            await bench.sees(f"Approve: {title}")
            await bench.press("escape")
            await bench.misses("Approve: ")
        assert bench.state.pending and not answers(bench)
        await bench.press("v")
        await bench.misses("$ git push")
        await bench.answer("escape")
        assert [answer.choice for answer in answers(bench)] == ["stop"]


async def test_arguments_are_edited_in_a_form_and_checked(home: Path) -> None:
    async with Asked(home, asks_for("rm -r build"), editable).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("e")
        await bench.sees("command", "rm -r build", "timeout", "true", "zsh", "left out")
        await bench.type(" dist")
        await bench.press("tab", "backspace")
        await bench.type("soon")
        await bench.press("enter")
        await bench.sees("timeout: a whole number is wanted")
        await bench.press("ctrl+u", "0", "enter")
        await bench.sees("timeout: at least 1 is wanted")
        await bench.type("9")
        await bench.press("tab", "right", "tab", "right", "right", "tab")
        await bench.type("A=1")
        await bench.press("ctrl+j")
        await bench.type("B=2")
        await bench.press("home", "home")
        assert not answers(bench)
        await bench.press("enter")
        await bench.until(lambda: answers(bench))
        assert answers(bench) == [
            ApprovalAnswer(
                "edit",
                arguments={
                    "command": "rm -r build dist",
                    "timeout": 9,
                    "background": True,
                    "shell": "zsh",
                    "env": ["A=1", "B=2"],
                },
            )
        ]


async def test_arguments_are_edited_as_json_behind_the_form(home: Path) -> None:
    async with Asked(home, asks_for("ls"), editable).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("e", "shift+tab")
        await bench.sees('"command": "ls",', '"timeout": 5')
        await bench.press("backspace", "enter")
        await bench.sees("expecting ',' delimiter at line")
        await bench.type(', "shell": "fish"}')
        await bench.press("enter")
        await bench.sees("is wanted")
        assert not answers(bench)
        for _ in 'fish"}':
            await bench.press("backspace")
        await bench.type('zsh"}')
        await bench.press("tab")
        await bench.sees("bash  zsh")
        await bench.press("enter")
        await bench.until(lambda: answers(bench))
        arguments = {"command": "ls", "timeout": 5, "shell": "zsh"}
        assert answers(bench) == [ApprovalAnswer("edit", arguments=arguments)]


async def test_unchanged_arguments_run_as_they_were_asked_about(home: Path) -> None:
    command = "echo \u202e hidden"
    async with Asked(home, asks_for(command), editable).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("e")
        await bench.sees("⟨U+202E⟩ hidden", "a field that is changed runs as it reads")
        await bench.press("enter")
        await bench.until(lambda: answers(bench))
        assert answers(bench) == [ApprovalAnswer("once")]


async def test_arguments_are_edited_in_an_editor(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = home / "editor"
    editor.write_text('#!/bin/sh\nprintf "echo from afar" > "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    async with Asked(home, asks_for("ls"), editable).running() as bench:
        # A terminal of no real size has nothing to give back to the shell.
        monkeypatch.setattr(bench.app, "suspend", nullcontext)
        await bench.send("go")
        await bench.dialog()
        await bench.press("e", "ctrl+g")
        await bench.sees("echo from afar")
        await bench.press("enter")
        await bench.until(lambda: answers(bench))
        arguments = answers(bench)[0].arguments
        assert arguments == {"command": "echo from afar", "timeout": 5}


async def test_hunks_are_left_out_one_by_one(home: Path) -> None:
    diff = "--- a/list.txt\n+++ b/list.txt\n" + "".join(HUNKS)

    def tell(approval: Approval) -> Approval:
        return evolve(approval, preview=Preview("diff", diff, "list.txt"), hunks=HUNKS)

    async with Asked(home, asks_for("x"), tell).running(100, 40) as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.sees("3 hunks · +3 −3", "h hunks")
        await bench.press("h")
        await bench.sees("✓ hunk 1 of 3", "✓ hunk 3 of 3", "y make 3 of 3")
        await bench.press("down", "space")
        await bench.sees("⊘ without hunk 2 of 3", "y make 2 of 3")
        await bench.press("y")
        await bench.until(lambda: answers(bench))
        assert answers(bench) == [ApprovalAnswer("hunks", hunks=(0, 2))]


async def test_a_change_without_any_of_its_hunks_is_not_made(home: Path) -> None:
    def tell(approval: Approval) -> Approval:
        return evolve(approval, hunks=HUNKS[:2])

    async with Asked(home, asks_for("x"), tell).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("h", "space", "down", "space", "y")
        await bench.sees("No hunk is left")
        assert not answers(bench)


async def test_a_result_is_made_up_instead(home: Path) -> None:
    async with Asked(home, asks_for("date")).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("m", "enter")
        await bench.sees("Nothing is written yet.", "$ date")
        await bench.type("It is noon")
        await bench.press("ctrl+j")
        await bench.type("sharp.")
        await bench.press("enter")
        await bench.until(lambda: answers(bench))
        assert answers(bench) == [ApprovalAnswer("result", result="It is noon\nsharp.")]


async def test_calls_of_one_tool_are_answered_alike_after_all_were_shown(home: Path) -> None:
    async with Asked(home, asks_for("echo one", "echo two", "echo three")).running() as bench:
        await bench.send("go")
        await bench.sees("1 of 3 waiting", "b all 3 alike")
        await bench.dialog()
        await bench.press("b")
        await bench.sees("Approve: all 3 shell calls", "1 of 3", "$ echo one", "$ echo two")
        await bench.press("a", "s", "r", "enter")
        ids = tuple(item.request_id for item in bench.state.pending)
        await bench.press("y")
        alike = AnswerAlike(ids, ApprovalAnswer("once"))
        await bench.until(lambda: alike in bench.told)


async def test_an_explanation_is_asked_for_and_marked_as_such(home: Path) -> None:
    async with Asked(home, asks_for("tar xzf a.tgz")).running() as bench:
        await bench.send("go")
        await bench.dialog()
        asked = bench.state.pending[0].request_id
        await bench.press("7")
        await bench.until(lambda: Explain(asked) in bench.told)
        await bench.say(RequestExplained(asked, "scripted/small", "It unpacks"))
        await bench.sees("Approve: explained by a model", "scripted/small says so", "It unpacks")
        await bench.say(RequestExplained(asked, "scripted/small", "It unpacks \x1b]0;x\x07a.tgz."))
        await bench.sees("a.tgz.")
        await bench.say(RequestExplained(asked, "scripted/small", "", "No model answered."))
        await bench.sees("No model answered.")
        await bench.press("escape")
        await bench.sees("$ tar xzf a.tgz")


async def test_enter_takes_an_answer_only_after_one_was_put_in_focus(home: Path) -> None:
    async with Asked(home, asks_for("ls")).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("enter")
        assert not answers(bench)
        await bench.press("right", "left", "enter")
        await bench.until(lambda: answers(bench))
        assert answers(bench) == [ApprovalAnswer("deny")]


async def test_an_interrupted_turn_takes_the_question_away(home: Path) -> None:
    from goose_agent.commands import Interrupt

    async with Asked(home, asks_for("ls"), editable).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await bench.press("e")
        bench.app.tell(Interrupt())
        await bench.until(lambda: not bench.asks)
        await bench.idle()
        await bench.type("next")
        assert bench.draft == "next"
