"""`goose-tui run`: one message in, an answer and an honest exit status out."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.conftest import Shell
from goose_agent.config.places import Places
from goose_agent.sessions.library import Library
from support.cut_off import cut_off_session

HELLO = "- text: Hello **there**."
ASKS = """
- text: Let me.
  calls:
    - {tool: shell, arguments: {command: "echo one; exit 3"}}
- text: Did it.
"""
QUESTION = """
- calls: [{tool: ask_user, arguments: {question: "Which one?", choices: [red, blue]}}]
- text: Fine.
"""


def test_the_answer_is_on_standard_output_and_nothing_else(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(HELLO), "-t", "hi")
    assert (ran.code, ran.out, ran.err) == (0, "Hello **there**.\n", "")


@pytest.mark.parametrize(
    ("argv", "stdin", "message"),
    [
        (("two", "words"), "", "two words"),
        (("-",), "from a pipe\n", "from a pipe"),
        (("-t", "look at this", "-"), "a diff\n", "look at this\n\na diff"),
        (("-i", "note.txt"), "", "from a file"),
        (("-t", "caf\udce9"), "", "caf\ufffd"),
    ],
)
def test_a_message_comes_from_wherever_it_is(
    shell: Shell, argv: tuple[str, ...], stdin: str, message: str
) -> None:
    (shell.folder / "note.txt").write_text("from a file\n", encoding="utf-8")
    model = shell.script(HELLO)
    ran = shell("run", "--model", model, "--output", "stream-json", *argv, stdin=stdin)
    events = [json.loads(line) for line in ran.out.splitlines()]
    said = [event["data"]["text"] for event in events if event["type"] == "user.message"]
    assert said == [message]


def test_options_may_stand_before_the_command(shell: Shell) -> None:
    ran = shell("--model", shell.script(HELLO), "--mode=plan", "run", "-t", "hi")
    assert (ran.code, ran.out, ran.err) == (0, "Hello **there**.\n", "")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "message is empty"),
        (("-t", "  "), "message is empty"),
        (("-i", "missing.txt"), "missing.txt"),
        (("-C", "nowhere", "hi"), "nowhere"),
        (("--add-dir", "nowhere", "hi"), "nowhere"),
        (("--resume", "s-none", "hi"), "no session"),
        (("-c", "hi"), "no session"),
        (("--mode", "wild", "hi"), "--mode"),
        (("--max-turns", "0", "hi"), "--max-turns"),
        (("--max-cost", "free", "hi"), "--max-cost"),
        (("--max-tokens", "-1", "hi"), "--max-tokens"),
        (("--max-time", "soon", "hi"), "--max-time"),
        (("--nonsense",), "--nonsense"),
        (("--step", "hi"), "nobody to step through a run"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_exits_2(
    shell: Shell, argv: tuple[str, ...], words: str
) -> None:
    ran = shell("run", "--model", shell.script(HELLO), *argv)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((), "No model was found"),
        (("--model", "nobody/x"), "no provider nobody"),
        (("--model", "openai/x"), "OPENAI_API_KEY"),
        (("--model", "scripted/none.yaml"), "none.yaml"),
    ],
)
def test_a_configuration_that_does_not_do_exits_3_in_one_line(
    shell: Shell, argv: tuple[str, ...], words: str
) -> None:
    ran = shell("run", *argv, "hi")
    assert (ran.code, ran.out) == (3, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_settings_that_are_wrong_exit_3(shell: Shell) -> None:
    (shell.home / "config").mkdir()
    (shell.home / "config" / "config.yaml").write_text("mode: wild\n", encoding="utf-8")
    ran = shell("run", "--model", shell.script(HELLO), "hi")
    assert ran.code == 3
    assert "config.yaml:1" in ran.err


def test_where_the_model_is_gone_it_says_how_to_go_on_with_another(shell: Shell) -> None:
    first = shell("run", "--model", shell.script(HELLO, "old"), "--output", "json", "hi")
    session = json.loads(first.out)["session_id"]
    (shell.home / "old.yaml").unlink()
    ran = shell("run", "--resume", session, "and now?")
    assert (ran.code, ran.out) == (3, "")
    assert "old.yaml cannot be had any more" in ran.err
    assert f"goose-tui run --resume {session} --model PROVIDER/MODEL" in ran.err
    again = shell("run", "--resume", session, "--model", shell.script(HELLO + "\n- text: Now."))
    assert (again.code, again.out) == (0, "Now.\n")


@pytest.mark.parametrize("message", [(), ("-t", "go on")])
def test_a_call_that_was_cut_off_is_skipped_where_nobody_is_there(
    shell: Shell, message: tuple[str, ...]
) -> None:
    model = shell.script("- text: Never said.\n- text: I look first.\n- text: And then?")
    session = cut_off_session(shell.home, shell.folder, model, "touch ran.txt")
    ran = shell("run", "--resume", session, *message)
    assert ran.code == 0
    assert ran.out.startswith("I look first.")
    assert "nobody is there to say whether it is to run again" in ran.err
    assert "shell  touch ran.txt" in ran.err
    assert not (shell.folder / "ran.txt").exists()


def test_what_needs_approval_exits_4_and_stays_pending(shell: Shell) -> None:
    model = shell.script(ASKS)
    ran = shell("run", "--model", model, "go")
    assert (ran.code, ran.out) == (4, "")
    assert "shell  echo one; exit 3 needs approval" in ran.err
    assert "--mode auto" in ran.err
    session_id = ran.err.partition("--resume ")[2].split()[0]
    again = shell("run", "--resume", session_id, "go on")
    assert again.code == 4  # still nobody to ask, and the message waits
    done = shell("run", "--resume", session_id, "--mode", "auto")
    assert (done.code, done.out) == (0, "Did it.\nThat is the end of the script.\n")
    assert "exit 3" in done.err


def test_a_session_that_is_stepped_through_pauses_and_exits_4(shell: Shell) -> None:
    model = shell.script(ASKS)
    first = shell("run", "--model", model, "--mode", "auto", "go")
    assert first.code == 0
    session_id = stepped(shell)
    ran = shell("run", "--resume", session_id, "--mode", "auto", "go on")
    assert (ran.code, ran.out) == (4, "")
    assert "paused before model call 3 (stepping), and nobody is there" in ran.err
    assert f"goose-tui --resume {session_id}" in ran.err
    again = shell("run", "--resume", session_id, "--output", "json")
    assert again.code == 4
    told = json.loads(again.out)
    assert told["status"] == "waiting"
    assert [item["kind"] for item in told["waiting"]] == ["pause"]


def stepped(shell: Shell) -> str:
    """Switch stepping on in the only session there is; returns its id."""
    (entry,) = Library(Places.of(dict(os.environ)).sessions).entries()
    switch = (
        sys.executable, "-m", "goose_tui", "--plain", "--resume", entry.session_id
    )  # fmt: skip
    subprocess.run(switch, input="/step on\n", text=True, check=True, capture_output=True)
    return entry.session_id


def test_a_question_of_the_model_exits_4(shell: Shell) -> None:
    ran = shell(
        "run", "--model", shell.script(QUESTION), "--mode", "auto", "--output", "json", "go"
    )
    assert ran.code == 4
    told = json.loads(ran.out)
    assert told["status"] == "waiting"
    assert told["waiting"][0]["text"] == "Which one?"
    assert "Which one? (red, blue)" in ran.err


def test_calls_are_told_on_standard_error(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(ASKS), "--mode", "auto", "go")
    assert (ran.code, ran.out) == (0, "Did it.\n")
    assert ran.err.splitlines()[0] == "Let me."
    assert "shell  echo one; exit 3  exit 3" in ran.err


def test_json_is_one_object_with_everything(shell: Shell) -> None:
    script = f"input_price: 1.0\noutput_price: 1.0\nanswers:{ASKS}"
    ran = shell("run", "--model", shell.script(script), "--mode", "auto", "--output", "json", "go")
    told = json.loads(ran.out)
    (call,) = told["calls"]
    assert (call["tool"], call["outcome"], call["exit_code"]) == ("shell", "failed", 3)
    assert (told["status"], told["answer"], told["turns"]) == ("done", "Did it.", 1)
    assert told["usage"]["requests"] == 2
    assert told["cost"] > 0
    assert told["error"] is None
    more = shell("run", "-c", "--output", "json", "more")
    again = json.loads(more.out)
    assert again["session_id"] == told["session_id"]
    assert (again["calls"], again["usage"]["requests"]) == ([], 1)


def test_json_tells_of_a_refusal_too(shell: Shell) -> None:
    ran = shell("run", "--model", "nobody/x", "--output", "json", "hi")
    told = json.loads(ran.out)
    assert (ran.code, told["status"], told["error"]["kind"]) == (3, "refused", "NoModel")


def test_stream_json_is_the_record_itself(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(HELLO), "--output", "stream-json", "hi")
    assert ran.err == ""
    session_id = json.loads(ran.out.splitlines()[0])["session_id"]
    shown = json.loads(shell("sessions", "show", session_id, "--output", "json").out)
    assert [json.loads(line) for line in ran.out.splitlines()] == shown["events"]


@pytest.mark.parametrize(
    ("kind", "code"), [("auth", 3), ("quota", 3), ("overflow", 1), ("bad_answer", 1)]
)
def test_a_failure_of_the_service_is_said_and_exits(shell: Shell, kind: str, code: int) -> None:
    script = f"- {{error: {{kind: {kind}, message: It failed., hint: Do this.}}}}"
    ran = shell("run", "--model", shell.script(script), "--output", "json", "hi")
    assert ran.code == code
    assert "! It failed. Do this." in ran.err
    assert json.loads(ran.out)["error"] == {
        "kind": kind,
        "message": "It failed.",
        "hint": "Do this.",
    }


def test_the_limit_of_turns_exits_1(shell: Shell) -> None:
    script = ASKS.replace("Did it.", "Again.") + ASKS
    ran = shell("run", "--model", shell.script(script), "--mode", "auto", "--max-turns", "1", "go")
    assert (ran.code, ran.out) == (1, "")
    assert "--max-turns" in ran.err


def test_what_a_terminal_would_obey_is_never_written(shell: Shell) -> None:
    script = r"""
- text: "a \e[31mred\e[0m \u202e word"
  calls: [{tool: shell, arguments: {command: "printf '\\033]0;title\\007'"}}]
- text: "end \e[2J"
"""
    ran = shell("run", "--model", shell.script(script), "--mode", "auto", "go")
    assert "\x1b" not in ran.out + ran.err
    assert "\u202e" not in ran.err
    assert ran.out.startswith("end ")


def test_further_instructions_reach_the_model(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(HELLO), "--system", "Be brief.", "--debug", "hi")
    assert ran.code == 0
    assert "context.built" in ran.err


def test_a_folder_of_its_own_is_worked_in(shell: Shell) -> None:
    other = shell.home / "other"
    other.mkdir()
    script = "- calls: [{tool: shell, arguments: {command: pwd}}]\n- text: ok"
    ran = shell(
        "run", "--model", shell.script(script), "-C", "../other", "--mode", "auto",
        "--output", "stream-json", "go",
    )  # fmt: skip
    finished = [json.loads(line) for line in ran.out.splitlines() if '"tool.finished"' in line]
    assert finished[0]["data"]["text"] == str(other)


LOOPS = "- calls: [{tool: shell, arguments: {command: echo again}}]\n"


def test_a_run_ends_when_its_budget_is_used_up(shell: Shell) -> None:
    argv = ("--mode", "auto", "--max-tokens", "1", "go")
    ran = shell("run", "--model", shell.script(LOOPS * 2), *argv)
    assert ran.code == 1
    assert "This run has used up its max_tokens" in ran.err
    resumed = shell(
        "run", "-c", "--max-time", "30m", "--max-cost", "0.5", "--mode", "auto", "go on"
    )
    assert resumed.code == 0


def test_a_run_that_goes_in_circles_leaves_the_decision_to_a_person(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(LOOPS * 9), "--mode", "auto", "go")
    assert ran.code == 4
    assert "makes the same calls again and again" in ran.err
    assert "nobody is there to answer" in ran.err


PROFILE = """
profiles:
  careful:
    models: {{main: {main}, planning: {planner}}}
    mode: plan
"""


def settle(shell: Shell, text: str) -> None:
    """Write the person's settings."""
    path = Path(shell("config", "path").out.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_profile_brings_models_and_json_names_those_that_answered(shell: Shell) -> None:
    main = shell.script("- text: Done.\n- text: Really.", "main")
    planner = shell.script("- text: First this.", "planner")
    settle(shell, PROFILE.format(main=main, planner=planner))
    argv = ("--profile", "careful", "--output", "json")

    planned = json.loads(shell("run", *argv, "-t", "plan it").out)
    done = json.loads(shell("run", *argv, "--mode", "auto", "-c", "-t", "do it").out)

    assert (planned["answer"], planned["model"]) == ("First this.", planner)
    assert [(name, used["requests"]) for name, used in planned["models"].items()] == [(planner, 1)]
    assert (done["answer"], done["model"]) == ("Really.", main)
    assert list(done["models"]) == [main]
    assert done["models"][main]["input_tokens"] == done["usage"]["input_tokens"] > 0


def test_a_profile_that_does_not_exist_exits_3_in_one_line(shell: Shell) -> None:
    ran = shell("run", "--profile", "none", "-t", "hi")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("\n") == 1
    assert "--profile: there is no profile 'none'" in ran.err


def test_settings_with_models_are_shown(shell: Shell) -> None:
    settle(shell, "lead: on\nmodels: {fast: a/b}\n")
    shown = json.loads(shell("config", "show", "--output", "json").out)
    assert shown["models"] == {"fast": "a/b"}
    assert shown["lead"] == {"turns": 3, "failures": 2, "fallback": 2}
    assert '"turns": 3' in shell("config", "show").out


def judged(out: str) -> list[tuple[str, str]]:
    """What the gate decided, and why, in a stream of events."""
    events = [json.loads(line) for line in out.splitlines()]
    found = [event["data"] for event in events if event["type"] == "tool.judged"]
    return [(data["decision"], data["reasons"][0]["text"]) for data in found]


def test_what_a_rule_allows_runs_and_the_record_names_the_rule(shell: Shell) -> None:
    script = ASKS.replace("echo one; exit 3", "touch one")
    argv = ("--allow", "edit", "--allow", "shell: touch *", "--output", "stream-json", "go")
    ran = shell("run", "--model", shell.script(script), *argv)
    assert ran.code == 0
    assert judged(ran.out) == [("allow", "allow shell: touch *")]


def test_a_rule_covers_no_part_of_a_chain_that_it_does_not_name(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(ASKS), "--allow", "shell:echo *", "go")
    assert (ran.code, ran.out) == (4, "")
    assert "echo one; exit 3 needs approval" in ran.err


@pytest.mark.parametrize(
    "command", ["touch 'a; b'", 'touch "it\'s" x', "touch a; touch $HOME", "python3 -c 1"]
)
def test_the_rule_that_is_proposed_lets_the_call_run(shell: Shell, command: str) -> None:
    call = {"tool": "shell", "arguments": {"command": command}}
    ran = shell("run", "--model", shell.script(json.dumps([{"calls": [call]}])), "go")
    assert ran.code == 4
    proposed = ran.err.partition("only the like of it: goose-tui ")[2].splitlines()[0]
    assert shell(*shlex.split(proposed)).code == 0


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("shell", {"command": "cat ~/.ssh/id_rsa"}), ("write", {"path": ".git/x", "content": ""})],
)
def test_no_rule_is_proposed_where_none_would_do(
    shell: Shell, tool: str, arguments: dict[str, str]
) -> None:
    call = {"tool": tool, "arguments": arguments}
    ran = shell("run", "--model", shell.script(json.dumps([{"calls": [call]}])), "go")
    assert ran.code == 4
    assert "--allow" not in ran.err


def test_a_rule_answers_what_waits_and_holds_for_one_run(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(ASKS + ASKS), "go")
    assert ran.code == 4
    done = shell("run", "-c", "--allow", "shell", "--output", "stream-json")
    assert done.code == 0
    answers = [json.loads(line) for line in done.out.splitlines() if "request.answered" in line]
    assert [(each["actor"], each["data"]["answer"]["reason"]) for each in answers] == [
        ("agent", "allow shell")
    ]
    assert shell("run", "-c", "more").code == 4


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("shell:git *; ls", "needs quotes"),
        ("write:../x", "must not contain .."),
        ("bash", "there is no tool bash"),
        ("deny shell", "see goose-tui policy deny"),
    ],
)
def test_what_is_no_rule_exits_2_before_anything_starts(
    shell: Shell, rule: str, words: str
) -> None:
    ran = shell("run", "--model", shell.script(HELLO), "--allow", rule, "hi")
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "A rule is `allow shell: git fetch *`" in ran.err
    assert not list((shell.home / "data").rglob("*.db"))


def test_a_plan_is_the_result_of_a_run_in_plan_mode(shell: Shell) -> None:
    script = r"""
    - calls: [{tool: present_plan, arguments: {plan: "1. read\n2. change"}}]
    - text: Done.
    """
    ran = shell("run", "--model", shell.script(script), "--mode", "plan", "-t", "go")
    assert (ran.code, ran.out) == (0, "1. read\n2. change\n")
    assert "nothing of it was done" in ran.err
    told = shell("run", "--model", shell.script(script), "--mode", "plan", "--output", "json", "go")
    assert json.loads(told.out)["answer"] == "1. read\n2. change"


def test_what_asks_in_every_mode_waits_in_a_run_in_mode_auto_too(shell: Shell) -> None:
    call = {
        "tool": "shell",
        "arguments": {"command": "echo x > .git/config; git config core.pager x"},
    }
    script = shell.script(json.dumps([{"calls": [call]}]))
    ran = shell("run", "--model", script, "--mode", "auto", "go")
    assert ran.code == 4
    assert "decides what runs" in ran.err
    assert "--mode auto" not in ran.err
    assert shell("run", "-c", "--mode", "auto").code == 4
    assert not (shell.folder / ".git" / "config").exists()


def test_a_mode_that_is_named_lets_what_waits_run(shell: Shell) -> None:
    ran = shell("run", "--model", shell.script(ASKS.replace("echo one; exit 3", "touch one")), "go")
    assert ran.code == 4
    assert not (shell.folder / "one").exists()
    assert shell("run", "-c", "--mode", "auto").code == 0
    assert (shell.folder / "one").exists()
