"""From the command line to the workbench on the screen, and back to the shell."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from goose_tui import __version__
from goose_tui.arguments import WorkbenchArguments, open_word, parse_workbench

if TYPE_CHECKING:
    from goose_agent.config.settings import Settings
    from goose_agent.wire import Open
    from goose_tui.app import GooseApp
    from goose_tui.first_frame import FirstFrame

__all__ = ["run_workbench"]


def run_workbench(argv: Sequence[str], first: FirstFrame | None) -> int:
    """Run the full screen; the result is the exit status.

    Args:
        argv: without the program's name; may begin with `demo`.
        first: the frame that is on the screen already and took the first keys.

    Raises:
        SystemExit: the arguments are wrong.
    """
    arguments = parse_workbench(argv)
    from goose_tui.app import GooseApp, Start
    from goose_tui.bridge import engine_in_process
    from goose_tui.terminal import wants_low_bandwidth
    from goose_tui.theming import load_look

    prompts: list[str] = []
    start = Start(
        version=__version__,
        open_word=lambda: _first_word(arguments, prompts),
        look=load_look(),
        prompts=prompts,
        low_bandwidth=arguments.low_bandwidth or wants_low_bandwidth(os.environ),
        tour=lambda: _tour(arguments),
        settings=lambda: _settings(arguments),
    )
    app = GooseApp(engine_in_process(__version__), start)
    if first is not None:
        from goose_tui.driver import driver_after

        app.driver_class = driver_after(first, app.deliver)
    code = app.run()
    return _farewell(app, code)


def _first_word(arguments: WorkbenchArguments, prompts: list[str]) -> Open:
    if arguments.demo is None:
        return open_word(arguments)
    word, prompt = _tour(arguments)
    prompts.append(prompt)
    return word


def _settings(arguments: WorkbenchArguments) -> Settings:
    """What the user set for the screen."""
    from goose_agent.config.places import Places
    from goose_agent.config.settings import load_settings

    folder = Path(arguments.folder or ".")
    return load_settings(Places.of(os.environ).settings, folder, os.environ, {}).settings


def _tour(arguments: WorkbenchArguments) -> tuple[Open, str]:
    """Where the tour takes place, and what the person says first."""
    from dataclasses import replace

    from goose_agent.clock import World
    from goose_agent.config.places import Places
    from goose_tui.tour.prepare import prepare_tour

    tour = prepare_tour(Places.of(World().environ))
    word = open_word(arguments)
    word = replace(word, folder=str(tour.folder), opened_in=word.folder, model=tour.model)
    return word, tour.prompt


def _farewell(app: GooseApp, code: int | None) -> int:
    """Leave in the scrollback what one needs to come back."""
    from goose_tui.terminal_modes import restore_terminal

    restore_terminal()
    refused = app.refused
    if refused is not None:
        print(f"goose-tui: {refused.message} {refused.hint}".rstrip(), file=sys.stderr)
        return refused.exit_code
    state = app.state
    if state is not None and state.records and code != 129:
        title = state.title or "this session"
        print(f"{title}\nGo on with: goose-tui --resume {state.session_id}")
    return code if code is not None else app.return_code or 0
