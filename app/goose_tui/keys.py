"""Every key there is, in one table: bindings, F1, the palette and the user's own keys read it.

Nothing here needs a function key, Alt or Ctrl+Enter: tmux and ssh lose them. Ctrl+A and Ctrl+B, the
prefixes of screen and tmux, are left to the line editor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from textual.binding import Binding, BindingType

__all__ = [
    "CHORD",
    "KEYS",
    "KEY_SILENCE",
    "Key",
    "Place",
    "actions",
    "bindings",
    "chords",
    "letters",
    "written",
]

Place = Literal[
    "anywhere",
    "composer",
    "after ctrl+x",
    "approval",
    "in an approval",
    "plan",
    "paused",
    "replay",
]

CHORD = "ctrl+x"
"""Opens the keys of the place `after ctrl+x`."""
KEY_SILENCE = 0.4
"""Seconds without a key that pass before one answers an approval: what was typed ahead is a draft."""


class Key(Struct, frozen=True):
    """One binding."""

    id: str
    """By which a user gives it other keys."""
    keys: str
    """Textual's names, several with commas; empty for what only the palette offers."""
    action: str
    """Textual's action string."""
    words: str
    """What it does, in a few words."""
    place: Place = "anywhere"
    shown: str = ""
    """The keys as people write them; made from `keys` where empty."""

    @property
    def label(self) -> str:
        """The keys as people write them."""
        if self.shown:
            return self.shown
        return written(self.keys.split(",")[0], self.place)


def written(keys: str, place: Place) -> str:
    """Keys as people write them: `Ctrl+X t` for the `t` after Ctrl+X.

    Args:
        keys: Textual's names, several with commas.
        place: where they work.
    """
    prefix = f"{_written(CHORD)} " if place == "after ctrl+x" else ""
    return ", ".join(prefix + _written(name.strip()) for name in keys.split(","))


def _written(name: str) -> str:
    *modifiers, last = name.split("+")
    if last in _NAMES:
        last = _NAMES[last]
    elif modifiers or len(last) > 1:
        last = last.capitalize()
    return "+".join([*map(str.capitalize, modifiers), last])


_NAMES = {
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "underscore": "_",
    "slash": "/",
    "question_mark": "?",
}

KEYS: tuple[Key, ...] = (
    Key("app.palette", "ctrl+p", "app.command_palette", "every command"),
    Key("app.keys", "f1", "app.show_keys", "all keys", shown="F1, or ? when empty"),
    Key("app.interrupt", "escape", "app.escape", "interrupt; close; back to the composer"),
    Key("app.rewind", "", "app.rewind", "back to an earlier message", shown="Esc Esc when idle"),
    Key(
        "app.copy",
        "ctrl+c",
        "app.copy_or_interrupt",
        "copy, else interrupt; twice quits",
    ),
    Key("app.quit", "", "app.quit", "quit", shown="Ctrl+D when empty"),
    Key("app.suspend", "ctrl+z", "app.suspend_process", "suspend"),
    Key("app.chord", CHORD, "app.chord", "panels and more: another key follows"),
    Key("app.redraw", "ctrl+l", "app.redraw", "draw the screen again"),
    Key("app.mode", "shift+tab", "app.cycle_mode", "next mode: approve, smart, edits, plan"),
    Key("app.unfold", "ctrl+o", "app.toggle_folds", "unfold thinking and output"),
    Key("app.page_up", "pageup", "app.scroll_transcript(-1)", "scroll up"),
    Key("app.page_down", "pagedown", "app.scroll_transcript(1)", "scroll down"),
    Key("composer.send", "enter", "send", "send, or queue while the agent works", "composer"),
    Key(
        "composer.newline",
        "ctrl+j,shift+enter,alt+enter,ctrl+enter",
        "newline",
        "new line",
        "composer",
        shown="Ctrl+J, Shift+Enter",
    ),
    Key("composer.history_back", "up", "history(-1)", "earlier message", "composer"),
    Key("composer.history_forward", "down", "history(1)", "later message", "composer"),
    Key(
        "composer.history_search", "ctrl+r", "search_history", "search earlier messages", "composer"
    ),
    Key("composer.editor", "ctrl+g", "open_editor", "write in $EDITOR", "composer"),
    Key("composer.yank", "ctrl+y", "yank", "put back what was cut", "composer"),
    Key("composer.cut_to_start", "ctrl+u", "cut_to_start", "cut to the line's start", "composer"),
    Key("composer.cut_to_end", "ctrl+k", "cut_to_end", "cut to the line's end", "composer"),
    Key("composer.cut_word", "ctrl+w", "cut_word", "cut the word before", "composer"),
    Key("composer.delete", "ctrl+d", "delete_or_quit", "delete; quit when empty", "composer"),
    Key("composer.undo", "ctrl+underscore,ctrl+slash", "undo", "undo", "composer"),
    Key(
        "composer.unqueue",
        "alt+up",
        "edit_queue",
        "edit the last queued message",
        "composer",
        shown="Alt+Up, /queue",
    ),
    Key("transcript.search", "ctrl+f", "app.search", "search the conversation"),
    Key("panel.tree", "t", "app.focus_panel('tools')", "tool calls", "after ctrl+x"),
    Key("panel.plan", "p", "app.focus_panel('plan')", "plan", "after ctrl+x"),
    Key("panel.context", "c", "app.show_request", "what the model sees", "after ctrl+x"),
    Key("panel.changes", "d", "app.show_changes", "changed files", "after ctrl+x", "d, /diff"),
    Key("panel.sessions", "s", "app.show_sessions", "sessions", "after ctrl+x", "s, /sessions"),
    Key("panel.editor", "e", "app.open_editor", "write in $EDITOR", "after ctrl+x"),
    Key(
        "app.background",
        "b",
        "app.move_to_background",
        "the running command into the background",
        "after ctrl+x",
        "b, /background",
    ),
    Key("panel.zoom", "z", "app.zoom", "transcript over the whole width", "after ctrl+x"),
    Key(
        "panel.replay",
        "r",
        "app.show_replay",
        "replay of this session",
        "after ctrl+x",
        "r, /replay",
    ),
    Key("panel.theme", "h", "app.choose_theme", "themes", "after ctrl+x"),
    Key("approval.once", "1,y", "choose('once')", "allow once", "approval", "1, y"),
    Key("approval.edit", "2,e", "open_step('edit')", "edit, then run", "approval", "2, e"),
    Key("approval.always", "3,a", "open_step('always')", "allow such calls", "approval", "3, a"),
    Key("approval.deny", "4,n", "choose('deny')", "deny", "approval", "4, n"),
    Key("approval.reason", "5,r", "open_step('reason')", "deny and say why", "approval", "5, r"),
    Key("approval.stop", "6,s,escape", "choose('stop')", "deny and stop", "approval", "6, s, Esc"),
    Key(
        "approval.explain", "7,w", "open_step('explain')", "let it be explained", "approval", "7, w"
    ),
    Key("approval.hunks", "h", "open_step('hunks')", "choose hunks of a change", "approval"),
    Key("approval.result", "m", "open_step('result')", "make up a result instead", "approval"),
    Key("approval.alike", "b", "open_step('alike')", "answer calls of one tool alike", "approval"),
    Key("approval.view", "v", "toggle_fold", "fold, to read what is behind", "approval"),
    Key("approval.page_up", "pageup", "scroll_behind(-1)", "folded: scroll up", "approval"),
    Key("approval.page_down", "pagedown", "scroll_behind(1)", "folded: scroll down", "approval"),
    Key("approval.next", "right,tab", "focus_choice(1)", "next answer", "approval", "Right, Tab"),
    Key("approval.previous", "left,shift+tab", "focus_choice(-1)", "answer before", "approval"),
    Key("approval.take", "enter", "take_choice", "give the answer chosen so", "approval"),
    Key("answer.back", "escape", "back", "back to the question", "in an approval"),
    Key("answer.agree", "y", "agree", "list: give this answer", "in an approval"),
    Key("answer.deny", "n", "deny", "calls alike: deny all", "in an approval"),
    Key("answer.next", "down,j", "move(1)", "rule: the next", "in an approval"),
    Key("answer.previous", "up,k", "move(-1)", "rule: the one before", "in an approval"),
    Key("answer.toggle", "space", "toggle_item", "list: with or without this", "in an approval"),
    Key("answer.wider", "right,s", "widen(1)", "rule: holds longer", "in an approval", "Right, s"),
    Key("answer.narrower", "left", "widen(-1)", "rule: holds less long", "in an approval"),
    Key("answer.editor", "ctrl+g", "open_editor", "text: write in $EDITOR", "in an approval"),
    Key("plan.run", "1,y", "carry_out(0)", "carry the plan out", "plan", "1, y"),
    Key("plan.other", "2,a", "carry_out(1)", "carry it out in another mode", "plan", "2, a"),
    Key("plan.edit", "3,e", "edit", "edit it, then carry it out", "plan", "3, e"),
    Key("plan.revise", "4,r", "revise", "send it back, with words", "plan", "4, r"),
    Key("plan.refuse", "5,n", "refuse", "refuse it", "plan", "5, n"),
    Key("plan.later", "escape", "keep", "decide later", "plan"),
    Key("step.continue", "c", "step('continue')", "to the next breakpoint; stepping off", "paused"),
    Key("step.next", "n", "step('next')", "to the next model or tool call", "paused"),
    Key("step.into", "s", "step('into')", "to the next stop, whatever it is", "paused"),
    Key("step.out", "o", "step('out')", "to the end of the turn", "paused"),
    Key("step.write", "w", "step('write')", "to the next call that changes or runs", "paused"),
    Key("step.break", "b", "want('break')", "breakpoints", "paused"),
    Key("step.edit", "e", "want('edit')", "edit the request, or the result", "paused"),
    Key("step.stop", "x", "want('stop')", "stop the turn", "paused"),
    Key(
        "step.leave",
        "tab,i",
        "want('leave')",
        "back to the composer, and Tab from there",
        "paused",
        "Tab, i, Esc",
    ),
    Key("replay.next", "l,right", "seek('event', 1)", "next event", "replay", "l, Right"),
    Key("replay.back", "h,left", "seek('event', -1)", "event before", "replay", "h, Left"),
    Key("replay.next_call", "j", "seek('call', 1)", "next result of a call", "replay"),
    Key("replay.back_call", "k", "seek('call', -1)", "result before", "replay"),
    Key("replay.next_turn", "L", "seek('turn', 1)", "next turn", "replay"),
    Key("replay.back_turn", "H", "seek('turn', -1)", "turn before", "replay"),
    Key("replay.next_error", "e", "seek('error', 1)", "next error", "replay"),
    Key("replay.back_error", "E", "seek('error', -1)", "error before", "replay"),
    Key("replay.next_edit", "f", "seek('edit', 1)", "next change of a file", "replay"),
    Key("replay.back_edit", "F", "seek('edit', -1)", "change before", "replay"),
    Key(
        "replay.next_asked",
        "right_curly_bracket",
        "seek('asked', 1)",
        "next approval or question",
        "replay",
        "}",
    ),
    Key(
        "replay.back_asked",
        "left_curly_bracket",
        "seek('asked', -1)",
        "approval or question before",
        "replay",
        "{",
    ),
    Key(
        "replay.next_compaction",
        "right_square_bracket",
        "seek('compaction', 1)",
        "next compaction",
        "replay",
        "]",
    ),
    Key(
        "replay.back_compaction",
        "left_square_bracket",
        "seek('compaction', -1)",
        "compaction before",
        "replay",
        "[",
    ),
    Key("replay.start", "0,home", "seek_end(-1)", "to the start", "replay", "0, Home"),
    Key("replay.end", "dollar_sign,end", "seek_end(1)", "to the end", "replay", "$, End"),
    Key("replay.goto", "g", "ask('goto')", "go to an event or a time", "replay"),
    Key("replay.play", "space", "play", "play, stop", "replay", "Space"),
    Key("replay.slower", "less_than_sign", "speed(-1)", "slower", "replay", "<"),
    Key("replay.faster", "greater_than_sign", "speed(1)", "faster", "replay", ">"),
    Key("replay.axis", "a", "next_axis", "axis: events, time, tokens, cost", "replay"),
    Key("replay.search", "slash,ctrl+f", "search", "search", "replay", "/"),
    Key("replay.next_match", "n", "search_again(1)", "next match", "replay"),
    Key("replay.back_match", "N", "search_again(-1)", "match before", "replay"),
    Key("replay.call", "enter", "show_call", "this call in full", "replay"),
    Key("replay.why", "y", "show_why", "why this call was made and ran", "replay"),
    Key("replay.context", "c", "show_context", "what the model saw", "replay"),
    Key("replay.waterfall", "w", "show_waterfall", "who waited for whom", "replay"),
    Key("replay.blame", "b", "ask('blame')", "who wrote a line", "replay"),
    Key("replay.fork", "x", "fork", "fork: go on from here", "replay"),
    Key("replay.bookmark", "m", "bookmark", "set or drop a bookmark", "replay"),
    Key("replay.note", "M", "ask('note')", "bookmark with a note", "replay"),
    Key("replay.bookmarks", "apostrophe", "show_bookmarks", "bookmarks", "replay", "'"),
    Key("replay.tree", "t", "focus_panel('tools')", "tool calls", "replay"),
    Key("replay.zoom", "z", "zoom", "transcript over the whole width", "replay"),
    Key("replay.unfold", "ctrl+o", "toggle_folds", "unfold thinking and output", "replay"),
    Key("replay.page_up", "pageup", "scroll_transcript(-1)", "scroll up", "replay"),
    Key("replay.page_down", "pagedown", "scroll_transcript(1)", "scroll down", "replay"),
    Key("replay.go_on", "o", "go_on", "go on with this session", "replay"),
    Key("replay.keys", "f1,question_mark", "show_keys", "all keys", "replay", "F1, ?"),
    Key("replay.redraw", "ctrl+l", "app.redraw", "draw the screen again", "replay"),
    Key("replay.suspend", "ctrl+z", "app.suspend_process", "suspend", "replay"),
    Key("replay.focus", "tab", "app.focus_next", "next panel", "replay"),
    Key("replay.leave", "escape,q", "leave", "close; leave the replay", "replay", "Esc, q"),
)


def bindings(place: Place, *, priority: bool = False) -> list[BindingType]:
    """Textual's bindings for the keys of a place.

    Args:
        place: whose keys.
        priority: whether they go before those of the focused widget.
    """
    return [
        Binding(key.keys, key.action, key.words, show=False, priority=priority, id=key.id)
        for key in KEYS
        if key.place == place and key.keys
    ]


def actions(place: Place, keymap: Mapping[str, str]) -> dict[str, str]:
    """The actions of a place by key.

    Args:
        place: whose keys.
        keymap: the user's own keys, by id.
    """
    return {
        name.strip(): key.action
        for key in KEYS
        if key.place == place
        for name in keymap.get(key.id, key.keys).split(",")
        if name
    }


def letters(place: Place, keymap: Mapping[str, str]) -> dict[str, str]:
    """What to press in a place by action, as a digit and a letter: `1 y`.

    Args:
        place: whose keys.
        keymap: the user's own keys, by id.
    """
    found = {}
    for key in KEYS:
        if key.place == place:
            names = [name.strip() for name in keymap.get(key.id, key.keys).split(",")]
            short = [name for name in names if len(name) == 1] or names[:1]
            found[key.action] = " ".join(
                name if len(name) == 1 else _written(name) for name in short
            )
    return found


def chords(keymap: Mapping[str, str]) -> dict[str, Key]:
    """The keys after Ctrl+X, by key.

    Args:
        keymap: the user's own keys, by id.
    """
    found = {}
    for key in KEYS:
        if key.place == "after ctrl+x":
            for name in keymap.get(key.id, key.keys).split(","):
                found[name.strip()] = key
    return found
