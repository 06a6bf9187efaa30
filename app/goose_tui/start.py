"""From the command line to the workbench on the screen, and back to the shell."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_tui import __version__
from goose_tui.arguments import (
    WorkbenchArguments,
    open_word,
    parse_workbench,
    read_settings,
    tour_word,
)

if TYPE_CHECKING:
    from anyio.abc import ObjectReceiveStream, ObjectSendStream

    from goose_agent.wire import Open
    from goose_tui.app import GooseApp
    from goose_tui.first_frame import FirstFrame
    from goose_tui.model_setup import ModelSetup

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
    from goose_tui.app import GooseApp
    from goose_tui.app_start import Start
    from goose_tui.terminal import wants_low_bandwidth
    from goose_tui.theming import load_look

    prompts: list[str] = []
    start = Start(
        version=__version__,
        open_word=lambda: _first_word(arguments, prompts),
        look=load_look(),
        prompts=prompts,
        low_bandwidth=arguments.low_bandwidth or wants_low_bandwidth(os.environ),
        tour=lambda: tour_word(arguments),
        setup=_setup,
        settings=lambda: read_settings(arguments),
        settled=_keep_for_good,
    )
    app = GooseApp(_link, start)
    if first is not None:
        from goose_tui.driver import driver_after

        app.driver_class = driver_after(first, app.deliver, app.hang_up)
    code = app.run()
    return _farewell(app, code)


async def _link(inbound: ObjectReceiveStream[bytes], outbound: ObjectSendStream[bytes]) -> None:
    from goose_tui.bridge import engine_in_process  # after the first paint

    await engine_in_process(__version__)(inbound, outbound)


def _first_word(arguments: WorkbenchArguments, prompts: list[str]) -> Open:
    if arguments.demo is None:
        return open_word(arguments)
    word, prompt = tour_word(arguments)
    prompts.append(prompt)
    return word


def _setup() -> ModelSetup:
    """The providers and keys of whoever started the program."""
    from goose_agent.config.places import Places
    from goose_tui.model_setup import ModelSetup

    environ = dict(os.environ)
    return ModelSetup(Places.of(environ), environ)


def _keep_for_good() -> None:
    """Spare the garbage collector what stays until the end: it would stop us to look at it all."""
    gc.enable()  # the launcher had switched it off
    gc.freeze()


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
