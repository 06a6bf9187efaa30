"""`goose-tui --plain` in a real terminal: nothing but lines, and answers typed as lines."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

pytestmark = pytest.mark.timeout(60)

COMMAND = str(Path(sys.executable).with_name("goose-tui"))
HELLO = "- text: Hello **there**.\n"
ASKS = """
- text: "First line.\\nSecond line."
  calls:
    - {tool: shell, arguments: {command: "echo one; exit 3"}}
- text: Did it.
"""
SLOW = """
- {text: Thinking., calls: [{tool: shell, arguments: {command: sleep 30}}]}
- text: Next.
"""
QUESTION = """
- calls: [{tool: ask_user, arguments: {question: "Which one?", choices: [red, blue]}}]
- text: Fine.
"""
PLAN = r"""
- calls: [{tool: present_plan, arguments: {plan: "1. read\n2. change"}}]
- calls: [{tool: present_plan, arguments: {plan: "1. read\n2. test"}}]
- text: Fine.
"""

Start = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    children = []

    def spawn(script: str, *arguments: str, term: str = "xterm") -> pexpect.spawn[str]:
        (tmp_path / "work").mkdir(exist_ok=True)
        model = []
        if script:
            (tmp_path / "script.yaml").write_text(script, encoding="utf-8")
            model = ["--model", f"scripted/{tmp_path / 'script.yaml'}"]
        child = pexpect.spawn(
            COMMAND,
            [*arguments, *model],
            cwd=str(tmp_path / "work"),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "GOOSE_TUI_HOME": str(tmp_path / "home"),
                "GOOSE_TOUR_SPEED": "0",
                "TERM": term,
                "LANG": "C.UTF-8",
            },
            encoding="utf-8",
            timeout=20,
            dimensions=(24, 200),
        )
        child.delaybeforesend = None
        children.append(child)
        return child

    yield spawn
    for child in children:
        child.close(force=True)


def answer(child: pexpect.spawn[str], text: str) -> None:
    """Type an answer as late as a person could: sooner is none."""
    child.delaybeforesend = 0.45
    child.sendline(text)
    child.delaybeforesend = None


def rest(child: pexpect.spawn[str]) -> str:
    """All that is still said, until the program has ended."""
    child.expect(pexpect.EOF)
    said = child.before or ""
    child.close()
    return said


def test_a_conversation_is_lines_and_ends_with_the_way_back(start: Start) -> None:
    child = start(HELLO, "--plain")
    child.expect("you: ")
    greeting = child.before or ""
    child.sendline("hi \\")
    child.expect("more: ")
    child.sendline("you")
    child.expect(r"\r\ngoose: Hello \*\*there\*\*\.\r\nyou: ")
    child.sendline("/mode plan")
    child.expect("mode: plan\r\nyou: ")
    child.sendline("/theme")
    child.expect("/theme needs the full screen")
    child.sendline("/nothing")
    child.expect("there is no /nothing")
    child.expect("you: ")
    child.sendeof()
    said = rest(child)

    assert child.exitstatus == 0
    assert "mode smart" in greeting
    assert re.search(r"hi you\r\nGo on with: goose-tui --plain --resume s-\w+\r\n$", said)
    assert "\x1b" not in greeting + said


def test_an_approval_shows_all_and_a_letter_answers(start: Start) -> None:
    child = start(ASKS, "--plain")
    child.expect("you: ")
    child.sendline("go")
    child.expect("your answer, y.*: ")
    asked = (child.before or "").replace("\r\n", "\n")
    assert "goose: First line.\n  Second line.\nwaiting for you: may this run?" in asked
    assert "\n  command: echo one; exit 3\ny once\na1 rule: allow shell exactly: " in asked
    child.sendline("y")
    child.expect("not taken, it came before the question was read: y")
    answer(child, "go on")
    child.expect("none of the answers")
    child.expect("your answer, y.*: ")
    answer(child, "y")
    child.expect(r"allowed once\r\ntool shell: echo one; exit 3 … failed, exit 3.*\r\n  one\r\n")
    child.expect("goose: Did it.\r\nyou: ")
    child.sendline("/exit")
    rest(child)
    assert child.exitstatus == 0


def test_a_result_is_made_up_in_words(start: Start) -> None:
    child = start(ASKS, "--plain")
    child.expect("you: ")
    child.sendline("go")
    child.expect("your answer, y.*: ")
    answer(child, "r")
    child.expect("the result: ")
    child.sendline("/etc is not yours")
    child.expect("not run, the agent gets a result that was made up")
    child.expect("echo one; exit 3 … denied")
    child.expect("you: ")


def test_a_question_of_the_model_is_answered_by_its_number(start: Start) -> None:
    child = start(QUESTION, "--plain")
    child.expect("you: ")
    child.sendline("go")
    child.expect(
        "the agent asks\r\n  Which one\\?\r\n1 red\r\n2 blue\r\n0 no answer\r\nyour answer"
    )
    answer(child, "2")
    child.expect("answered: blue")
    child.expect("goose: Fine.")


def test_a_plan_is_decided_about_in_a_line(start: Start) -> None:
    child = start(PLAN, "--plain", "--mode", "plan")
    child.expect("you: ")
    child.sendline("go")
    child.expect("may this plan be carried out\\?\r\n  1. read\r\n  2. change\r\ny1 carry it out")
    child.expect("your answer, y1 to y3, e, r, n or 0: ")
    answer(child, "r")
    child.expect("what is to be different: ")
    child.sendline("test it")
    child.expect("sent back: test it")
    child.expect("your answer, y1 to y3, e, r, n or 0: ")
    answer(child, "y2")
    child.expect("the plan is carried out in mode edits")
    child.expect("goose: Fine.")


def test_a_line_while_the_agent_works_is_queued_and_ctrl_c_interrupts(start: Start) -> None:
    child = start(SLOW, "--plain", "--mode", "auto")
    child.expect("you: ")
    child.sendline("go")
    child.expect("goose: Thinking.")
    child.sendline("and then")
    child.expect("queued: and then")
    child.sendintr()
    child.expect("interrupting")
    child.expect("interrupted.\r\nqueued: and then\r\nAn empty line sends the first")
    child.expect("you: ")
    child.sendline("")
    child.expect("you: and then\r\ngoose: Next.\r\nyou: ")
    child.sendline("/exit")
    rest(child)
    assert child.exitstatus == 0


def test_ctrl_c_twice_leaves(start: Start) -> None:
    child = start(HELLO, "--plain")
    child.expect("you: ")
    child.sendline("hi")
    child.expect("goose: Hello")
    child.expect("you: ")
    child.sendintr()
    child.expect("Ctrl\\+C again leaves")
    child.sendintr()
    assert "Go on with: goose-tui --plain --resume" in rest(child)
    assert child.exitstatus == 0


def test_a_session_comes_back_with_its_end_and_the_question_that_waits(start: Start) -> None:
    child = start(ASKS, "--plain")
    child.expect("you: ")
    child.sendline("go")
    child.expect("your answer, y.*: ")
    child.sendeof()
    rest(child)
    child = start("", "--plain", "-c")
    child.expect("you: go\r\ngoose: First line.\r\n  Second line.\r\nwaiting for you: ")
    child.expect("your answer, y.*: ")
    answer(child, "s")
    child.expect("stopped")
    child.expect("you: ")


def test_a_dumb_terminal_gets_lines_by_itself(start: Start) -> None:
    child = start("", "demo", term="dumb")
    child.expect("this is --plain")
    child.expect("you: A test of this project fails.")
    child.expect("your answer, y.*: ")
    child.sendeof()
    assert "\x1b" not in rest(child)


def test_a_request_to_end_leaves_a_session_that_goes_on(start: Start) -> None:
    child = start(SLOW, "--plain", "--mode", "auto")
    child.expect("you: ")
    child.sendline("go")
    child.expect("goose: Thinking.")
    child.kill(signal.SIGTERM)
    assert "Go on with: goose-tui --plain --resume" in rest(child)
    assert child.exitstatus == 143


def test_a_compaction_is_read_and_answered_in_lines(start: Start) -> None:
    script = (
        "- text: The person says many words, and it was heard.\n- text: Second.\n- text: Third.\n"
    )
    child = start(script, "--plain")
    child.expect_exact("you: ")
    child.sendline("Never touch a/b.py. " + "word " * 400)
    child.expect_exact("it was heard.")
    child.expect_exact("you: ")
    child.sendline("and now?")
    child.expect_exact("goose: Second.")
    child.expect_exact("you: ")
    child.sendline("/compact")
    child.expect_exact("waiting for you: Sum the conversation up?")
    child.expect_exact("  The person says many words, and it was heard.")
    child.expect_exact("instruction: Never touch a/b.py.")
    child.expect_exact("your answer, y, n, a, e or f: ")
    answer(child, "a Never touch a/b.py.")
    child.expect_exact("accepted, with other words")
    child.expect_exact("compacted: the model sees a summary")
    child.expect_exact("you: ")
    child.sendline("/undo compact")
    child.expect_exact("compaction undone; ")
    child.sendline("/exit")
    child.expect(pexpect.EOF)
