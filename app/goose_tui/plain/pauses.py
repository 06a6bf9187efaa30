"""A paused turn as lines: where it stands, and what a typed line lets it do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import (
    Command,
    EditResult,
    EditSegment,
    FetchBlob,
    Interrupt,
    SetBreakpoint,
    StepOn,
)
from goose_agent.errors import GooseError
from goose_agent.stepping.condition import parse_condition
from goose_tui.view.request_rows import KINDS, RequestRow, request_rows
from goose_tui.view.untrusted import clean, clean_line, clean_output

if TYPE_CHECKING:
    from goose_agent.events import Step
    from goose_agent.state.session_state import SessionState
    from goose_agent.state.stepping import Pause
    from goose_tui.plain.page import Page

__all__ = ["PAUSED", "Pauses"]

PAUSED = "paused: "
"""What the line begins with on which is typed what is to be done."""

_STEPS: dict[str, Step] = {
    "s": "into",
    "n": "next",
    "o": "out",
    "w": "write",
    "c": "continue",
}
_KEYS = "s into, n next, o out, w to the next write, c continue, b breakpoint, e edit, x stop"
_BEGINS = 60
"""Characters of a piece of the request that are told in the list."""
_WHOLE = 4 * 2**20
"""Bytes of a piece that are read at once."""


class Pauses:
    """Tells of pauses and reads what is to be done.

    Args:
        page: where lines are written.
        tell: gives the session a command.
    """

    def __init__(self, page: Page, tell: Callable[[Command], None]) -> None:
        self._page = page
        self._tell = tell
        self._shown = ""
        """The pause that stands on the page."""
        self._ended = ""
        """The pause that was let go."""
        self._awaited = ""
        """The blob whose content is to be told."""

    def pause(self, state: SessionState | None) -> Pause | None:
        """The pause that waits for a line."""
        pause = state.debugging.pause if state is not None else None
        return pause if pause is not None and pause.pause_id != self._ended else None

    def too_early(self, state: SessionState | None, text: str) -> bool:
        """Whether a line is a step that was typed before the turn has paused."""
        armed = state is not None and state.working and state.debugging.armed
        return armed and text.strip() in (*_STEPS, "x")

    def show(self, pause: Pause, state: SessionState) -> None:
        """Say where the turn has paused, unless it stands there."""
        if pause.pause_id == self._shown:
            return
        from goose_tui.view.pause_words import pause_words  # slow to import

        self._shown = pause.pause_id
        words = pause_words(state, "about")
        if words is not None:
            self._page.say([f"{words.where}, {words.why}", f"next: {words.next}", _KEYS])

    def read(self, pause: Pause, state: SessionState, text: str) -> None:
        """Do what a line says.

        Args:
            pause: where the turn waits.
            state: the session.
            text: what was typed.
        """
        word, _, rest = text.strip().partition(" ")
        rest = rest.strip()
        match word:
            case "s" | "n" | "o" | "w" | "c" if not rest:
                self._ended = pause.pause_id
                self._tell(StepOn(pause.pause_id, _STEPS[word]))
            case "x" if not rest:
                self._ended = pause.pause_id
                self._tell(Interrupt())
            case "b" if rest:
                self._set_breakpoint(rest)
            case "e" | "u" if pause.place == "after_call":
                self._edit_result(pause, state, rest if word == "e" else None)
            case "e" | "d" | "p" | "u" | "v":
                self._edit_request(state, word, rest)
            case "":
                pass
            case _:
                self._page.say(
                    [
                        f"not a step: {clean_line(text)}",
                        _KEYS,
                        "/steer TEXT says something to the agent, /breaks lists the breakpoints.",
                    ]
                )

    def _set_breakpoint(self, condition: str) -> None:
        try:
            parse_condition(condition)
        except GooseError as error:
            self._page.say([str(error)])
        else:
            self._tell(SetBreakpoint(condition))

    # The result of a call

    def _edit_result(self, pause: Pause, state: SessionState, text: str | None) -> None:
        call = state.call(pause.call_id)
        if text == "":
            said = [f"  {line}".rstrip() for line in clean_output(call.result).split("\n")]
            self._page.say(
                [
                    "the model will read:",
                    *said,
                    "e TEXT lets it read that instead, a backslash at the end goes on; u undoes it",
                ]
            )
        else:
            self._tell(EditResult(pause.call_id, text))

    # The request

    def _edit_request(self, state: SessionState, word: str, rest: str) -> None:
        rows = request_rows(state)
        number, _, text = rest.partition(" ")
        if not number:
            self._page.say(_listed(rows))
            return
        if not number.isdecimal() or not 0 < int(number[:6]) <= len(rows):
            self._page.say([f"There is no piece {clean_line(number)}; e lists them."])
            return
        row = rows[int(number) - 1]
        match word:
            case "v":
                self._show_piece(row)
            case "e":
                self._tell(EditSegment(row.key, "edit", text))
            case "d":
                self._tell(EditSegment(row.key, "drop"))
            case "p":
                self._tell(EditSegment(row.key, "unpin" if "pinned" in row.marks else "pin"))
            case _:
                self._tell(EditSegment(row.key, "restore"))

    def _show_piece(self, row: RequestRow) -> None:
        if row.text is not None:
            self._page.say(_indented(row.text))
        elif row.segment.kind != "image":
            self._awaited = row.segment.ref
            self._tell(FetchBlob(row.segment.ref, _WHOLE))

    def blobs_came(self, blobs: dict[str, str]) -> None:
        """Tell the content that was asked for, once it is here."""
        if self._awaited in blobs:
            self._page.say(_indented(blobs.pop(self._awaited)))
            self._awaited = ""


def _listed(rows: Sequence[RequestRow]) -> list[str]:
    lines = [_piece(at, row) for at, row in enumerate(rows, 1)]
    how = "v N shows a piece, e N TEXT edits it, d N drops it, p N pins it, u N undoes that"
    return ["the model will see:", *lines, how]


def _piece(at: int, row: RequestRow) -> str:
    from goose_tui.view.numbers import tokens  # slow to import

    done = "".join(f", {mark}" for mark in row.marks)
    line = f": {clean_line(row.text[:_BEGINS].strip())}" if row.text else ""
    return f"  {at} {KINDS[row.segment.kind]}, about {tokens(row.tokens)} tokens{done}{line}"


def _indented(text: str) -> Sequence[str]:
    return [f"  {line}".rstrip() for line in clean(text).rstrip("\n").split("\n")]
