"""What a command is, and what it may ask of the face it is typed into.

A command that needs no screen asks only what every face has; what needs one is kept apart, so that
a face of plain text runs the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from goose_agent.commands import Command
    from goose_agent.events import ListedCommand
    from goose_agent.providers.model import ModelInfo
    from goose_agent.state.session_state import SessionState
    from goose_agent.wire import Fork
    from goose_tui.app import GooseApp

__all__ = ["Choice", "Face", "Report", "Slash"]


class Report(Struct, frozen=True):
    """Names and values, to be read and put away."""

    title: str
    rows: tuple[tuple[str, str], ...]
    foot: str = ""
    """A sentence below; may be empty."""


class Choice(Struct, frozen=True):
    """One thing that an argument may be."""

    word: str
    words: str
    """What it means, in a few words."""


class Face(Protocol):
    """Where commands are typed."""

    @property
    def state(self) -> SessionState | None:
        """The session that commands are for; None until it is open."""

    @property
    def detach(self) -> float:
        """Seconds for which calls that run may go on after a hang-up; 0 for not at all."""

    def tell(self, command: Command) -> None:
        """Give that session a command."""

    def say(self, words: str) -> None:
        """Tell the person something short."""

    def report(self, report: Report) -> None:
        """Show the person several lines."""

    def leave(self) -> object:
        """Close the session in order and end the program."""

    def start_anew(self) -> object:
        """Close the session in order and open a new one in its folder."""

    def fork(self, fork: Fork, *, draft: str = "", prompt: str = "") -> object:
        """Open a fork of the session; that one is closed once the fork is open.

        Args:
            fork: where, and what is otherwise.
            draft: what the person may want to say there.
            prompt: what is said there at once.
        """

    def record_file(self, session_id: str) -> Path:
        """Where a session is on record."""

    @property
    def written_commands(self) -> Sequence[ListedCommand]:
        """The commands and skills that people wrote, as far as the session told of them."""

    def completed(self, extension: str, prompt: str, argument: str, value: str) -> Sequence[str]:
        """What an argument of a server's prompt may be, as far as it has told; else it is asked."""

    def known_models(self) -> Sequence[ModelInfo]:
        """The models that can be used, as far as they are known without asking anybody."""


class Slash(Struct, frozen=True):
    """One command; it has `run`, `on_screen` or both."""

    name: str
    argument: str
    """What follows it, as help shows it: in brackets what may be left out; empty for nothing."""
    words: str
    """What it does, in a few words."""
    run: Callable[[Face, str], None] | None = None
    """Does it in any face; may raise a `GooseError` with what is wrong."""
    on_screen: Callable[[GooseApp, str], None] | None = None
    """Does it where there is a screen, in the place of `run`."""
    choices: Callable[[Face, str], Sequence[Choice]] | None = None
    """What its argument may be, for what is typed of it so far."""
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called."""
        return (self.name, *self.aliases)

    @property
    def needs_argument(self) -> bool:
        """Whether it means nothing alone."""
        return bool(self.argument) and not self.argument.startswith("[")

    @property
    def label(self) -> str:
        """How help writes it."""
        names = ", ".join(f"/{name}" for name in self.names)
        return f"{names} {self.argument}".rstrip()
