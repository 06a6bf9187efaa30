"""Where lines are written, where they are typed, and whose turn it is."""

from __future__ import annotations

import io
import os
from pathlib import Path

import anyio
import pytest

from app.plain.conftest import event
from goose_agent.events import MessageQueued, TurnEnded, TurnStarted, UserMessage
from goose_agent.events.kinds import AnyData
from goose_agent.state.reduce import reduce
from goose_agent.state.session_state import SessionState
from goose_tui.plain.keyboard import Keyboard
from goose_tui.plain.pace import Pace
from goose_tui.plain.page import Page


def test_news_close_the_line_that_was_left_open() -> None:
    out = io.StringIO()
    page = Page(out, echoes=True)
    page.ask("you: ")
    page.ask("you: ")
    page.say([])
    page.say(["news"])
    page.ask("you: ")
    assert page.typed("hi") == "you: "
    page.say(["more"])
    page.close()
    assert out.getvalue() == "you: \nnews\nyou: more\n"


def test_what_a_pipe_types_is_shown_as_a_terminal_would() -> None:
    out = io.StringIO()
    page = Page(out, echoes=False)
    assert page.typed("too early") == ""
    page.ask("you: ")
    page.typed("hi")
    page.ask("you: ")
    page.close()
    assert out.getvalue() == "you: hi\nyou: \n"


def test_a_reader_that_went_away_is_noticed_once() -> None:
    class Gone(io.StringIO):
        def write(self, text: str, /) -> int:
            raise BrokenPipeError

    page = Page(Gone(), echoes=False)
    assert not page.lost
    page.say(["one"])
    page.say(["two"])
    assert page.lost


async def typed(fileno: int) -> list[str]:
    keyboard = Keyboard(fileno)
    lines = []
    with anyio.fail_after(5):
        while (line := await keyboard.line()) is not None:
            lines.append(line)
    return lines


async def test_lines_come_from_a_pipe_whatever_its_pieces() -> None:
    reader, writer = os.pipe()
    os.write(writer, "one\r\ncaf\u00e9 \xff\n\nlast".encode("latin-1"))
    os.close(writer)
    try:
        assert await typed(reader) == ["one", "caf\ufffd \ufffd", "", "last"]
    finally:
        os.close(reader)


async def test_lines_come_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "lines").write_text("one\ntwo\n", encoding="utf-8")
    with (tmp_path / "lines").open("rb") as file:
        assert await typed(file.fileno()) == ["one", "two"]


async def test_waiting_for_a_line_can_be_given_up() -> None:
    reader, writer = os.pipe()
    try:
        with anyio.move_on_after(0.01) as scope:
            await Keyboard(reader).line()
        assert scope.cancelled_caught
    finally:
        os.close(reader)
        os.close(writer)


DONE = TurnEnded(1, "done", 1, 0.1)


@pytest.mark.parametrize(
    ("happened", "idle"),
    [
        ([], False),
        ([UserMessage("m1", "a")], False),
        ([UserMessage("m1", "a"), TurnStarted(1)], False),
        ([UserMessage("m1", "a"), TurnStarted(1), DONE], True),
        ([UserMessage("m1", "a"), TurnStarted(1), MessageQueued("m2", "b"), DONE], False),
        (
            [
                UserMessage("m1", "a"),
                TurnStarted(1),
                MessageQueued("m2", "b"),
                TurnEnded(1, "interrupted", 1, 0.1),
            ],
            True,
        ),
    ],
)
def test_it_is_the_persons_turn_when_nothing_is_left_to_do(
    happened: list[AnyData], idle: bool
) -> None:
    state = SessionState()
    pace = Pace(state)
    assert pace.idle(state)
    pace.sent()
    for seq, data in enumerate(happened, 1):
        one = event(data, seq=seq)
        state = reduce(state, one)
        pace.happened(one, state)
    assert pace.idle(state) is idle
