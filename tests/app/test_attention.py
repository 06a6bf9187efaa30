"""Who looks elsewhere is called: a question waits, or a long turn has ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from goose_agent.clock import SteppingClock
from goose_agent.commands import AnswerRequest
from goose_agent.events import ApprovalAnswer
from goose_tui.terminal import notification_sequence
from support.workbench import Workbench, script

ONE = """
- calls: [{tool: shell, arguments: {command: echo secret words}}]
- {text: So it is.}
"""


def calls(bench: Workbench) -> list[str]:
    """What the terminal was asked to call with."""
    return [data for data in bench.written if data == "\a" or data.startswith("\x1b]9;")]


async def away(bench: Workbench) -> None:
    bench.app.post_message(events.AppBlur())
    await bench.until(lambda: not bench.app.app_focus)


async def test_a_question_calls_who_looks_elsewhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    async with Workbench(home, script(ONE), mode="approve").running() as bench:
        bench.app.submit("go")
        await away(bench)
        await bench.dialog()
        assert calls(bench) == ["\x1b]9;shell waits for you: work\a"]
        await bench.answer("n")
        await bench.idle()


async def test_nobody_is_called_who_looks(home: Path) -> None:
    async with Workbench(home, script(ONE), mode="approve").running() as bench:
        await bench.send("go")
        await bench.answer("n")
        await bench.idle()
        assert not calls(bench)


@pytest.mark.parametrize(("seconds", "told"), [(1, []), (6, ["\a"])])
async def test_the_end_of_a_long_turn_is_told(home: Path, seconds: int, told: list[str]) -> None:
    clock = SteppingClock()
    async with Workbench(home, script(ONE), mode="approve", clock=clock).running() as bench:
        await bench.send("go")
        await bench.dialog()
        await away(bench)
        clock.elapsed += seconds
        asked = bench.state.pending[0].request_id
        bench.app.tell(AnswerRequest(asked, ApprovalAnswer("deny")))
        await bench.idle()
        assert calls(bench) == told


@pytest.mark.parametrize(
    ("kind", "environ", "told"),
    [
        ("auto", {"TERM": "xterm-256color"}, b"\x07"),
        ("auto", {"TERM": "xterm-kitty"}, b"\x1b]9;shell, waits\x07"),
        ("auto", {"TERM": "foot"}, b"\x1b]777;notify;goose;shell, waits\x07"),
        ("auto", {"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, b"\x07"),
        ("osc9", {"TMUX": "/tmp/x"}, b"\x1bPtmux;\x1b\x1b]9;shell, waits\x07\x1b\\"),
        ("osc777", {"STY": "1"}, b"\x1bP\x1b]777;notify;goose;shell, waits\x07\x1b\\"),
        ("bell", {"TERM": "xterm-kitty"}, b"\x07"),
        ("off", {"TERM": "xterm-kitty"}, b""),
    ],
)
def test_what_is_written_is_what_the_terminal_understands(
    kind: str, environ: dict[str, str], told: bytes
) -> None:
    assert notification_sequence(kind, "shell; \x1b\x07wai\nts", environ) == told
