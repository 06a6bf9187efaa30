"""Commands typed as `/word`: one table, which help and the composer read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goose_agent.commands import Rename, Retry, SetModel, SetStepping
from goose_agent.config.settings import STRICTNESS, parse_mode
from goose_agent.errors import GooseError

if TYPE_CHECKING:
    from goose_tui.app import GooseApp

__all__ = ["SLASH", "Slash", "run_slash"]


@dataclass(frozen=True, slots=True)
class Slash:
    """One command."""

    name: str
    argument: str
    """What follows it, as help shows it; empty for nothing."""
    words: str
    run: Callable[[GooseApp, str], None]


def _mode(app: GooseApp, argument: str) -> None:
    if argument:
        app.set_mode(parse_mode(argument, "/mode"))
    else:
        app.workbench.flash(f"modes: {', '.join(STRICTNESS)}", 4)


def _model(app: GooseApp, argument: str) -> None:
    if argument:
        app.tell(SetModel(argument))
    elif app.state is not None:
        app.workbench.flash(f"model: {app.state.model}", 4)


def _theme(app: GooseApp, argument: str) -> None:
    if argument:
        app.use_theme(argument)
    else:
        app.action_choose_theme()


def _step(app: GooseApp, argument: str) -> None:
    on = app.state is not None and not app.state.stepping
    app.tell(SetStepping(on if argument not in ("on", "off") else argument == "on"))


def _exit(app: GooseApp, _: str) -> None:
    app.leave()


SLASH: tuple[Slash, ...] = (
    Slash("help", "", "all keys and commands", lambda app, _: app.action_show_keys()),
    Slash("mode", "MODE", f"permission mode: {', '.join(STRICTNESS)}", _mode),
    Slash("model", "PROVIDER/MODEL", "let another model answer", _model),
    Slash("step", "[on|off]", "stepping", _step),
    Slash("theme", "[NAME]", "colours", _theme),
    Slash("retry", "", "call the model again", lambda app, _: app.tell(Retry())),
    Slash("queue", "", "edit the last queued message", lambda app, _: app.take_back_queued()),
    Slash("rename", "TITLE", "give the session a title", lambda app, rest: app.tell(Rename(rest))),
    Slash("exit", "", "leave", _exit),
)


def run_slash(app: GooseApp, text: str) -> bool:
    """Run a line that is a command; tells whether it was one.

    Args:
        app: the workbench.
        text: what was typed.
    """
    if not text.startswith("/") or "\n" in text.strip():
        return False
    word, _, argument = text[1:].strip().partition(" ")
    word = "exit" if word == "quit" else word
    for slash in SLASH:
        if slash.name == word:
            try:
                slash.run(app, argument.strip())
            except GooseError as error:
                app.workbench.flash(str(error), 5)
            return True
    if word.isalpha():
        app.workbench.flash(f"there is no /{word}; /help lists what there is", 4)
        app.workbench.composer.draft(text)
        return True
    return False
