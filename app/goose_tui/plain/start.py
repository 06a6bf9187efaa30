"""From the command line to the session as lines, and back to the shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import anyio

from goose_tui import __version__
from goose_tui.arguments import open_word, parse_workbench, read_settings, tour_word
from goose_tui.cli.output import note, quiet_pipes
from goose_tui.faces import engine_here
from goose_tui.plain.face import PlainFace, PlainStart
from goose_tui.plain.keyboard import Keyboard
from goose_tui.plain.page import Page
from goose_tui.view.untrusted import clean_line

__all__ = ["run_plain_session"]

_SILENCE = 0.4
"""Seconds after a question in which a line cannot be the answer of who read it."""


def run_plain_session(argv: Sequence[str]) -> int:
    """Run the session; the result is the exit status.

    Args:
        argv: without the program's name; may begin with `demo`.

    Raises:
        GooseError: it cannot be started.
    """
    arguments = parse_workbench(argv)
    prompts: tuple[str, ...] = ()
    if arguments.demo is None:
        word = open_word(arguments)
    else:
        word, prompt = tour_word(arguments)
        prompts = (prompt,)
    typed_by_hand = os.isatty(0)
    start = PlainStart(
        word,
        prompts,
        stays=not typed_by_hand,
        silence=_SILENCE if typed_by_hand else 0.0,
        detach=read_settings(arguments).detach,
    )
    with quiet_pipes():
        page = Page(sys.stdout, echoes=typed_by_hand)
        face = PlainFace(engine_here(__version__, dict(os.environ)), start, page, Keyboard(0))
        code = anyio.run(face.run)
        page.close()
        _farewell(face, page)
        if page.lost:
            raise BrokenPipeError  # what is still buffered goes nowhere
    return code


def _farewell(face: PlainFace, page: Page) -> None:
    """What one needs to come back."""
    if refused := face.refused:
        note(f"goose-tui: {' '.join(f'{refused.message} {refused.hint}'.split())}")
        return
    state = face.state
    if state is not None and state.records:
        title = clean_line(state.title or state.session_id)
        page.say(
            [f"session: {title}", f"Go on with: goose-tui --plain --resume {state.session_id}"]
        )
