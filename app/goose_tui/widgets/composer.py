"""Where a person writes: several lines, readline's keys, history, and Enter that sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from goose_tui.keys import actions
from goose_tui.view.untrusted import clean

if TYPE_CHECKING:
    from textual.widgets.text_area import Location

    from goose_tui.widgets.completion import Completer, Offer

__all__ = ["Composer"]

_BURST = 0.012
"""Seconds in which what follows an Enter makes it part of a paste that came without brackets."""


_LOOK = 1.0
"""Seconds in which a pasted path must prove to be a picture."""


class Composer(TextArea):
    """A draft of the next message.

    Enter sends it. Within a burst of keys, as a paste without brackets makes it, Enter is a line
    end: it sends only where nothing follows it and no line end came before it.
    """

    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 10; border: none; padding: 0;
        background: transparent; scrollbar-size-vertical: 1;
        &:focus { border: none; background-tint: transparent 0%; }
    }
    """

    @dataclass
    class Sent(Message):
        """The draft is to be sent; the composer is empty again."""

        text: str

    class Emptied(Message):
        """Enter was pressed on an empty draft."""

    class Left(Message):
        """Ctrl+D was pressed on an empty draft."""

    class KeysWanted(Message):
        """`?` was typed into an empty draft."""

    class QueueWanted(Message):
        """The last queued message is to come back into the draft."""

    class EditorWanted(Message):
        """The draft is to be written in an editor."""

    @dataclass
    class Offered(Message):
        """The draft may go on in other ways than before."""

        offers: Sequence[Offer]
        at: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            id=id,
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            compact=True,
            tab_behavior="focus",
        )
        self.cursor_blink = False
        self._actions = actions("composer", {})
        self._history: Sequence[str] = ()
        self._at: int | None = None
        self._kept = ""
        self._killed = ""
        self._search: str | None = None
        self._enter: Timer | None = None
        self._burst_lines = 0
        self._last_key = 0.0
        self._looking = 0
        """Pastes that are just being looked at."""
        self._send_due = False
        """Whether to send the draft once they are."""
        self._completer: Completer | None = None
        self._shown: tuple[Sequence[Offer], int] = ((), 0)

    def set_keymap(self, keymap: Mapping[str, str]) -> None:
        """The user's own keys, by id."""
        self._actions = actions("composer", keymap)

    def set_history(self, history: Sequence[str]) -> None:
        """Earlier messages, the oldest first."""
        self._history = history

    def draft(self, text: str) -> None:
        """Put a text in the place of the draft, the cursor at its end."""
        self.load_text(clean(text))
        self.move_cursor(self.document.end)

    def begin_mention(self) -> None:
        """Begin to name a file behind what is written."""
        text = self.text
        blank = "" if not text or text[-1].isspace() else " "
        self.move_cursor(self.document.end)
        self.insert(f"{blank}@")
        self.focus()

    # Sending

    async def _on_key(self, event: events.Key) -> None:
        in_burst = event.time - self._last_key < _BURST
        self._last_key = event.time
        if not in_burst:
            self._burst_lines = 0
        action = self._actions.get(event.key, "")
        if self._enter is not None and action != "send":
            self._enter_was_a_line_end()
        if not action.startswith(("history", "search_history")):
            self._at = None
            self._search = None
        if event.character == "?" and not self.text:
            action = "want_keys"
        # Keys are taken here and not by bindings: those with priority would overtake the letters
        # that wait in this widget's queue, the others would come after TextArea's own.
        if self._choose(event.key, action):
            event.stop()
            event.prevent_default()
            return
        if action:
            event.stop()
            event.prevent_default()
            await self.run_action(action)
            return
        await super()._on_key(event)

    def action_send(self) -> None:
        """Enter: send once it is clear that nothing follows in the same breath."""
        if self._enter is not None or self._burst_lines:
            if self._enter is not None:
                self._enter_was_a_line_end()
            self.insert("\n")
            return
        self._enter = self.set_timer(_BURST, self._send)

    def _enter_was_a_line_end(self) -> None:
        assert self._enter is not None
        self._enter.stop()
        self._enter = None
        self._burst_lines += 1
        self.insert("\n")

    def _send(self) -> None:
        self._enter = None
        if self._looking:
            self._send_due = True  # what was pasted may be a picture
            return
        text = self.text
        if self._completer is not None and self._offers():
            taken = self._completer.take(send=True)
            text, whole = taken or (text, True)
            if not whole:
                self._complete(text)
                return
        if not text.strip():
            self.post_message(self.Emptied())
            return
        self.load_text("")
        self._at = None
        self.post_message(self.Sent(text))

    def action_want_keys(self) -> None:
        """`?` on an empty draft."""
        self.post_message(self.KeysWanted())

    def action_newline(self) -> None:
        """A line end in the draft."""
        self.insert("\n")

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        from goose_tui.view.pasted import may_be_paths  # the first paint does without

        # What is pasted may command the terminal or hide words: it is sent as it is seen.
        text = clean(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        start = self.cursor_location
        end = self.insert(text).end_location
        if may_be_paths(text):
            self._looking += 1
            self.run_worker(self._mention_pasted(text, start, end))

    @property
    def is_looking(self) -> bool:
        """Whether a paste is being looked at, that may be a picture's path."""
        return self._looking > 0

    async def _mention_pasted(self, text: str, start: Location, end: Location) -> None:
        """Make a mention of what was pasted, if it is the path of a picture."""
        from anyio import move_on_after, to_thread

        from goose_tui.view.pasted import picture_mentions

        mentions = ""
        try:
            with move_on_after(_LOOK):
                mentions = await to_thread.run_sync(picture_mentions, text, abandon_on_cancel=True)
        finally:
            self._looking -= 1
        if mentions and self.get_text_range(start, end) == text:
            before = self.document.get_line(start[0])[: start[1]]
            gap = " " if before and not before[-1].isspace() else ""
            self.replace(f"{gap}{mentions} ", start, end)
        if self._send_due and not self._looking:
            self._send_due = False
            self._send()

    # Completing

    def complete_with(self, completer: Completer) -> None:
        """Offer how the draft may go on from now on."""
        self._completer = completer
        self.refresh_offers()

    def refresh_offers(self) -> None:
        """There may be other ways to go on."""
        if self._completer is not None:
            line, alone = self._line()
            self._completer.read(line, alone=alone, anew=True)
            self._tell_offers()

    def close_offers(self) -> bool:
        """Take the list away; tells whether there was one."""
        if self._completer is None or not self._offers():
            return False
        self._completer.close()
        self._tell_offers()
        return True

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Let the list follow the draft."""
        self._tell_offers()

    def _line(self) -> tuple[str, bool]:
        """The line with the cursor, up to it, and whether that is all of the draft."""
        row, column = self.cursor_location
        line = self.document.get_line(row)[:column]
        return line, row == 0 and self.cursor_location == self.document.end

    def _complete(self, line: str) -> None:
        """Put a line in the place of the one with the cursor, up to it."""
        row, column = self.cursor_location
        self.replace(clean(line), (row, 0), (row, column), maintain_selection_offset=False)

    def _offers(self) -> Sequence[Offer]:
        """How the draft may go on right now: keys may be faster than messages."""
        if self._completer is None:
            return ()
        line, alone = self._line()
        self._completer.read(line, alone=alone)
        return self._completer.offers

    def _tell_offers(self) -> None:
        offers = self._offers()
        shown = (offers, self._completer.at if self._completer is not None else 0)
        if shown != self._shown:
            self._shown = shown
            self.post_message(self.Offered(*shown))

    def _choose(self, key: str, action: str) -> bool:
        """Let a key choose in the list; tells whether it did."""
        steps = {"history(-1)": -1, "history(1)": 1}
        if self._completer is None or (key != "tab" and action not in steps):
            return False
        if not self._offers():
            return False
        if key == "tab":
            taken = self._completer.take(send=False)
            if taken is not None:
                self._complete(taken[0])
        else:
            self._completer.move(steps[action])
        self._tell_offers()
        return True

    # History

    def action_history(self, step: int) -> None:
        """Up and Down: move in the draft, and at its edges through earlier messages."""
        edge = self.cursor_at_first_line if step < 0 else self.cursor_at_last_line
        if not edge:
            self.action_cursor_up() if step < 0 else self.action_cursor_down()
            return
        if not self._history:
            return
        if self._at is None:
            if step > 0:
                return
            self._kept, self._at = self.text, len(self._history)
        self._at = max(0, min(len(self._history), self._at + step))
        found = self._history[self._at] if self._at < len(self._history) else self._kept
        self.draft(found)
        if self._at == len(self._history):
            self._at = None

    def action_search_history(self) -> None:
        """Ctrl+R: the next earlier message that holds what is written."""
        if self._search is None:
            self._search, self._kept, self._at = self.text, self.text, len(self._history)
        start = self._at if self._at is not None else len(self._history)
        wanted = self._search.casefold()
        for at in range(start - 1, -1, -1):
            if wanted in self._history[at].casefold():
                self._at = at
                self.draft(self._history[at])
                return
        self.app.bell()

    # Readline

    def action_cut_to_start(self) -> None:
        """Ctrl+U."""
        self._cut(self.action_delete_to_start_of_line)

    def action_cut_to_end(self) -> None:
        """Ctrl+K."""
        self._cut(self.action_delete_to_end_of_line)

    def action_cut_word(self) -> None:
        """Ctrl+W."""
        self._cut(self.action_delete_word_left)

    def _cut(self, delete: Callable[[], None]) -> None:
        before = self.text
        delete()
        after = self.text
        if size := len(before) - len(after):
            row, column = self.cursor_location
            start = sum(len(line) + 1 for line in self.document.lines[:row]) + column
            self._killed = before[start : start + size]

    def action_yank(self) -> None:
        """Ctrl+Y: put back what was cut last."""
        if self._killed:
            self.insert(self._killed)

    def action_delete_or_quit(self) -> None:
        """Ctrl+D: delete the character right of the cursor, or leave where there is no draft."""
        if self.text:
            self.action_delete_right()
        else:
            self.post_message(self.Left())

    def action_open_editor(self) -> None:
        """Ctrl+G."""
        self.post_message(self.EditorWanted())

    def action_edit_queue(self) -> None:
        """Alt+Up."""
        self.post_message(self.QueueWanted())
