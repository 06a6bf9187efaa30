"""Who has the keys while a turn is stepped through: the step bar, or the composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.timer import Timer

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from goose_tui.view.pause_words import PauseWords
    from goose_tui.widgets.composer import Composer
    from goose_tui.widgets.step_bar import StepBar

__all__ = ["StepFocus"]


class StepFocus:
    """Gives the step bar the focus as a pause begins, unless somebody writes.

    The bar keeps it from pause to pause, so that the same key can be pressed again and again.

    Args:
        screen: both are on it.
        bar: the step bar.
        composer: where a person writes.
        silence: seconds without a key after which nobody writes.
    """

    def __init__(
        self, screen: Screen[None], bar: StepBar, composer: Composer, silence: float
    ) -> None:
        self._screen = screen
        self._bar = bar
        self._composer = composer
        self._silence = silence
        self._timer: Timer | None = None
        self._pause_id = ""
        self._left = False
        """Whether the person went back to the composer at this pause."""

    @property
    def taken(self) -> bool:
        """Whether the bar has the keys."""
        return self._screen.focused is self._bar

    def show(self, words: PauseWords | None) -> None:
        """Show where the turn has paused, if it has."""
        if words is None and self.taken:
            self._give(self._composer)  # before it is hidden: what is hidden takes the focus along
        self._bar.show(words)
        pause_id = words.pause_id if words is not None else ""
        if pause_id and pause_id != self._pause_id:
            self._left = False
            if not self.taken:
                self._screen.app.bell()
                self.wait()
        self._pause_id = pause_id

    def wait(self) -> None:
        """A pause began, or a key was pressed in the composer: it may go on so."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(self._silence, self._take)

    def typed(self) -> None:
        """The draft has changed."""
        if self._pause_id and not self.taken:
            self.wait()

    def _take(self) -> None:
        self._timer = None
        writes = self._left or bool(self._composer.text)
        if self._pause_id and not writes and self._screen.focused in (None, self._composer):
            self._give(self._bar)

    def enter(self) -> bool:
        """Go from the composer to the bar; tells whether there is one."""
        if not self._bar.display or self._screen.focused is not self._composer:
            return False
        self._give(self._bar)
        return True

    def leave(self) -> bool:
        """Go from the bar back to the composer; tells whether it had the keys."""
        if not self.taken:
            return False
        self._left = True
        self._give(self._composer)
        return True

    def _give(self, widget: Widget) -> None:
        """Give the focus at once: the next key may be here already."""
        self._screen.set_focus(widget)
