"""Commands about the session as a whole and the program: new, title, colours, end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_agent.commands import Rename
from goose_tui.slash.command import Choice, Face, Slash

if TYPE_CHECKING:
    from goose_tui.app import GooseApp

__all__ = ["EXIT", "NEW", "RENAME", "REPLAY", "SESSIONS", "THEME"]


def _theme(app: GooseApp, argument: str) -> None:
    if argument:
        app.use_theme(argument)
    else:
        app.action_choose_theme()


def _themes(_: Face, __: str) -> Sequence[Choice]:
    from goose_tui.theme_shelf import shelf  # reads files

    return [
        Choice(theme.name, "the terminal's" if theme.ansi else "dark" if theme.dark else "light")
        for theme in shelf().themes.values()
    ]


def _rename(face: Face, argument: str) -> None:
    face.tell(Rename(argument))


def _new(face: Face, _: str) -> None:
    face.start_anew()


def _sessions(app: GooseApp, _: str) -> None:
    app.action_show_sessions()


def _exit(face: Face, _: str) -> None:
    face.leave()


def _replay(app: GooseApp, argument: str) -> None:
    app.action_show_replay(argument)


NEW = Slash("new", "", "a new session here; this one stays on record", _new, aliases=("clear",))
SESSIONS = Slash(
    "sessions",
    "",
    "all sessions: open, search, rename, archive, delete",
    on_screen=_sessions,
    aliases=("resume",),
)
THEME = Slash("theme", "[NAME]", "colours", on_screen=_theme, choices=_themes)
REPLAY = Slash(
    "replay", "[AT]", "this session from its record: 120, 14:30, -30m, 50%", on_screen=_replay
)
RENAME = Slash("rename", "TITLE", "give the session a title", _rename)
EXIT = Slash("exit", "", "leave", _exit, aliases=("quit",))
