"""The Textual App as far as it shows extensions: their list, their forms, what a try came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goose_tui.session_app import SessionApp

if TYPE_CHECKING:
    from goose_agent.events import CompletionsFound, ExtensionsListed, ExtensionToolTested
    from goose_tui.app_start import Start
    from goose_tui.bridge import Link
    from goose_tui.screens.extensions import ExtensionsScreen

__all__ = ["ExtensionApp"]

_MOST = 200
"""Completions that are remembered."""


class ExtensionApp(SessionApp):
    """A workbench that shows extensions.

    Args:
        link: runs the engine.
        start: what to start with.
    """

    def __init__(self, link: Link, start: Start) -> None:
        super().__init__(link, start)
        self._completions: dict[tuple[str, str, str, str], Sequence[str]] = {}
        """What servers told of arguments; empty where they were asked and have not told yet."""
        self._extensions_shown: object = None

    def completed(self, extension: str, prompt: str, argument: str, value: str) -> Sequence[str]:
        """What an argument of a prompt may be, as far as it is known; else the server is asked."""
        from goose_agent.commands import CompleteArgument

        known = self._completions
        key = (extension, prompt, argument, value)
        if key not in known:
            if len(known) >= _MOST:
                known.clear()
            known[key] = ()
            self.tell(CompleteArgument(*key))
        return known[key]

    def completions_found(self, session_id: str, found: CompletionsFound) -> None:
        """Offer what a server told."""
        if session_id == self.session_id:
            key = (found.server, found.prompt, found.argument, found.value)
            self._completions[key] = found.values
            self.workbench.composer.refresh_offers()

    def show_extensions(self) -> None:
        """Show the extensions: at once, so that the next key is meant for them."""
        from goose_agent.commands import ListExtensions
        from goose_tui.screens.extensions import ExtensionsScreen

        if not isinstance(self.screen, ExtensionsScreen):
            self.push_screen(ExtensionsScreen(None, (), self.start.look.palette))
        self.tell(ListExtensions())

    def extensions_listed(self, session_id: str, listed: ExtensionsListed) -> None:
        """Show the extensions that were asked for."""
        from goose_tui.screens.extensions import ExtensionsScreen

        shown = next((s for s in self.screen_stack if isinstance(s, ExtensionsScreen)), None)
        if shown is not None:
            shown.show(listed.extensions, listed.problems)

    def session_changed(self, session_id: str) -> None:
        """Show what came; the list of extensions comes anew where one of them is another."""
        super().session_changed(session_id)
        state = self.state
        if session_id != self.session_id or state is None:
            return
        if state.extensions is not self._extensions_shown:
            self._extensions_shown = state.extensions
            if len(self.screen_stack) > 1:
                self._list_anew()

    def _list_anew(self) -> None:
        from goose_agent.commands import ListExtensions
        from goose_tui.screens.extensions import ExtensionsScreen

        if any(isinstance(screen, ExtensionsScreen) for screen in self.screen_stack):
            self.tell(ListExtensions())

    def on_extensions_screen_wanted(self, event: ExtensionsScreen.Wanted) -> None:
        """Something is to be done about an extension; the list comes anew."""
        self.tell(event.command)

    def on_extensions_screen_opened(self, event: ExtensionsScreen.Opened) -> None:
        """All of an extension is looked at."""
        from goose_tui.screens.text import TextScreen

        self.push_screen(TextScreen(event.title, event.text, self.start.look.palette))

    def tool_tested(self, session_id: str, tested: ExtensionToolTested) -> None:
        """Show what a tool answered."""
        from goose_tui.screens.text import TextScreen

        word = "failed" if tested.failed else "answered"
        title = f"{tested.extension} {tested.tool} {word} in {tested.seconds:g} s"
        self.push_screen(TextScreen(title, tested.text, self.start.look.palette))
