"""Stepping through a turn as lines, in a real terminal."""

from __future__ import annotations

import pexpect
import pytest

from e2e.test_plain import Start, answer, rest, start

__all__ = ["start"]

pytestmark = pytest.mark.timeout(60)

ECHO = """
- {text: I look., calls: [{tool: shell, arguments: {command: touch one; echo one}}]}
- text: Did it.
"""


def stepping(start: Start) -> pexpect.spawn[str]:
    child = start(ECHO, "--plain", "--step", "--mode", "auto")
    child.expect("you: ")
    child.sendline("go")
    child.expect("paused before model call 1, stepping\r\n")
    child.expect(r"next: request to scripted/\S+ \(4 segments about [\d.]+k\)\r\n")
    child.expect("paused: $")
    return child


def test_a_turn_is_stepped_through_line_by_line(start: Start) -> None:
    child = stepping(start)
    child.sendline("s")
    child.expect("paused before shell, stepping\r\nnext: shell touch one")
    child.expect("paused: $")
    child.sendline("what now?")
    child.expect("not a step: what now\\?\r\n")
    child.expect("paused: $")
    child.sendline("b tool = x")
    child.expect("= means nothing here, at character 6")
    child.expect("paused: $")
    child.sendline("b error")
    child.expect("breakpoint on: error\r\n")
    child.sendline("s")
    child.expect("paused after shell: ok, stepping\r\nnext: model call 2")
    child.expect("paused: $")
    child.sendline("c")
    child.expect("goose: Did it.")
    child.expect("you: $")
    child.sendline("/breaks off 1")
    child.expect("breakpoint off: error\r\n")
    child.sendline("/exit")
    rest(child)


def test_the_request_and_a_result_are_edited(start: Start) -> None:
    child = stepping(start)
    child.sendline("e")
    child.expect(r"  3 you, about 1 tokens: go\r\n")
    child.expect("paused: $")
    child.sendline("v 1")
    child.expect("  You are goose")
    child.expect("paused: $")
    child.sendline("e 3 look around")
    child.expect("request, user: edited")
    child.expect("paused: $")
    child.sendline("e")
    child.expect(r"  3 you, about \d tokens, edited: look around\r\n")
    child.expect("paused: $")
    child.sendline("w")
    child.expect("paused before shell")
    child.expect("paused: $")
    child.sendline("s")
    child.expect("paused after shell: ok")
    child.expect("paused: $")
    child.sendline("e")
    child.expect("the model will read:\r\n  one")
    child.expect("paused: $")
    child.sendline("e other words")
    child.expect("the model will read: other words")
    child.expect("paused: $")
    child.sendline("x")
    child.expect("interrupted.")
    child.expect("you: $")
    child.sendline("/exit")
    rest(child)


def test_a_pause_comes_before_the_question(start: Start) -> None:
    child = start(ECHO, "--plain", "--step")
    child.expect("you: ")
    child.sendline("go")
    for expected in ("paused before model call 1", "paused before shell"):
        child.expect(expected)
        child.expect("paused: $")
        child.sendline("s")
    child.expect("waiting for you: may this run")
    child.expect("your answer, y.*: ")
    answer(child, "y")
    child.expect("paused after shell: ok")
    child.expect("paused: $")
    child.sendline("o")
    child.expect("goose: Did it.")
    child.sendline("/exit")
    rest(child)
