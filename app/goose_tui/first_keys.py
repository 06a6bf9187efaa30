"""What is typed before the program is there: bytes of a terminal become a draft and held messages.

Only the plainest editing is understood. The first key beyond it ends that: it and all after it are
kept as they came, for the real composer. So no key is lost and none is taken for another.
"""

from __future__ import annotations

import codecs

__all__ = ["Draft", "Keys"]

_BURST = 0.012
"""Seconds in which what follows an Enter makes it a line end of a paste without brackets."""
_SEQUENCE = 0.05
"""Seconds that the rest of a sequence may take."""
_STRINGS = b"]P^_X"
"""After ESC: a string of the terminal follows, to its own end."""
_PASTE_END = b"\x1b[201~"
_ENDS_OF_REPORTS = b"cnRIOtyMmu"
"""Final bytes of what a terminal says by itself or in answer: sizes, positions, focus, mouse, modes."""


class Draft:
    """What is written: the text, and what Enter has put aside."""

    def __init__(self) -> None:
        self.text = ""
        self.held: list[str] = []

    def add(self, text: str) -> None:
        """Write at the end."""
        self.text += text

    def line_end(self) -> None:
        """Ctrl+J: a new line."""
        self.text += "\n"

    def rub_out(self) -> None:
        """Backspace: the last character, with the marks that were put on it."""
        from unicodedata import combining  # rarely needed

        text = self.text
        while len(text) > 1 and (combining(text[-1]) or text[-1] in "\u200d\ufe0e\ufe0f"):
            text = text[:-1]
        self.text = text[:-1]

    def cut_line(self) -> None:
        """Ctrl+U: to the start of the line."""
        self.text = self.text[: self.text.rfind("\n") + 1]

    def cut_word(self) -> None:
        """Ctrl+W: the last word of the line, or the line end before it."""
        start = self.text.rfind("\n") + 1
        line = self.text[start:].rstrip()
        if not self.text[start:]:
            start -= 1
        self.text = self.text[: max(0, start + line.rfind(" ") + 1)]

    def hold(self) -> None:
        """Enter: this message is done; a blank one is none."""
        if self.text.strip():
            self.held.append(self.text)
            self.text = ""


_EDITS = {
    0x08: Draft.rub_out,
    0x0A: Draft.line_end,
    0x15: Draft.cut_line,
    0x17: Draft.cut_word,
    0x7F: Draft.rub_out,
}


_LEAVING = {130: b"\x03", 0: b"\x04"}
"""The key that a status of leaving came from."""


class Keys:
    """Reads bytes as they come, in pieces of any size.

    Args:
        draft: what the keys write.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.rest = b""
        """What somebody else must read: from the first key on that is not understood here."""
        self.passing = False
        """Whether everything goes to the rest."""
        self.leave: int | None = None
        """The exit status with which the person left, if so."""
        self.redraw = False
        """Whether Ctrl+L asked for the whole frame."""
        self._open = b""
        self._enter = False
        self._pasting = False
        self._after_return = False
        self._burst_lines = 0
        self._text = codecs.getincrementaldecoder("utf-8")("ignore")

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which the last key is clear; None where it is."""
        if self._enter:
            return _BURST
        return _SEQUENCE if self._open and not self._pasting else None

    def feed(self, data: bytes) -> None:
        """Take what one read gave."""
        if self._enter:
            self._enter = False
            self._line_end()
        else:
            self._burst_lines = 0
        data, self._open = self._open + data, b""
        at = 0
        while at < len(data) and self.leave is None:
            if self.passing:
                self.rest += data[at:]
                return
            used = self._key(data, at)
            if not used:
                self._open = data[at:]
                return
            at += used

    def quiet(self) -> None:
        """Nothing came for a moment: an Enter was one, and an open sequence stays open no more."""
        if self._enter:
            self._enter = False
            self._burst_lines = 0
            self.draft.hold()
        opened, self._open = self._open, b""
        if opened and opened != b"\x1b" and not self._pasting:
            self._pass_on(opened)
        elif self._pasting:
            self._open = opened

    def finish(self) -> bytes:
        """No more will be read here: what somebody else must still read."""
        partial = self._text.getstate()[0]
        self._text.reset()
        if self._enter:
            partial, self._enter = b"\r", False
        if self._pasting:
            # The other end has to know that it is within a paste.
            partial, self._pasting = b"\x1b[200~" + partial, False
        left = _LEAVING[self.leave] if self.leave is not None else b""
        rest = self.rest + partial + self._open + left
        self.rest = self._open = b""
        return rest

    def _pass_on(self, data: bytes) -> None:
        self.passing = True
        self.rest += data

    def _line_end(self) -> None:
        self._burst_lines += 1
        self.draft.line_end()

    def _key(self, data: bytes, at: int) -> int:
        """Read one key; how many bytes it had, 0 where it is not complete."""
        if self._pasting:
            return self._paste(data, at)
        byte = data[at]
        if byte == 0x1B:
            return self._escape(data, at)
        if byte >= 0x20 and byte != 0x7F:
            return self._printable(data, at)
        return self._control(data, at)

    def _printable(self, data: bytes, at: int) -> int:
        end = at
        while end < len(data) and data[end] >= 0x20 and data[end] != 0x7F:
            end += 1
        if data[at] == 0x3F and not self.draft.text:
            # `?` asks for the keys where nothing is written yet.
            self._pass_on(data[at:end])
        else:
            self.draft.add(
                "".join(c for c in self._text.decode(data[at:end]) if c >= "\xa0" or c <= "~")
            )
        return end - at

    def _control(self, data: bytes, at: int) -> int:
        byte = data[at]
        if edit := _EDITS.get(byte):
            edit(self.draft)
        elif byte == 0x0D:
            if at + 1 < len(data) or self._burst_lines:
                self._line_end()
                return 2 if data[at + 1 : at + 2] == b"\n" else 1
            self._enter = True
        elif byte == 0x0C:
            self.redraw = True
        elif byte == 0x03:
            self.leave = 130
        elif byte == 0x04:
            if not self.draft.text and not self.draft.held:
                self.leave = 0
        elif byte:
            self._pass_on(data[at : at + 1])
        return 1

    def _escape(self, data: bytes, at: int) -> int:
        if at + 1 >= len(data):
            return 0
        second = data[at + 1]
        if second == 0x5B:
            return self._csi(data, at)
        if second in _STRINGS:
            return self._string(data, at)
        if second == 0x0D:
            # Alt+Enter.
            self.draft.line_end()
            return 2
        if second == 0x1B:
            return 1
        size = 3 if second == 0x4F else 2
        if at + size > len(data):
            return 0
        self._pass_on(data[at : at + size])
        return size

    def _csi(self, data: bytes, at: int) -> int:
        """A sequence of the terminal: a report is dropped, a paste begins, a key is passed on."""
        end = at + 2
        while end < len(data) and not 0x40 <= data[end] <= 0x7E:
            if data[end] < 0x20:
                return end - at  # broken off by a key of its own
            end += 1
        if end >= len(data):
            return 0
        body, final = data[at + 2 : end], data[end]
        end += 1
        if final == 0x4D and not body:
            # A mouse report of the oldest kind: three bytes follow.
            return end + 3 - at if end + 3 <= len(data) else 0
        if final == 0x7E and body in (b"200", b"201"):
            self._pasting = body == b"200"
        elif not self._is_report(body, final):
            self._pass_on(data[at:end])
        return end - at

    def _is_report(self, body: bytes, final: int) -> bool:
        if final in b"IO":
            return not body
        return final in _ENDS_OF_REPORTS and not (final == 0x75 and body[:1].isdigit())

    def _string(self, data: bytes, at: int) -> int:
        """An answer that is a string: dropped to its end."""
        for end in range(at + 2, len(data)):
            if data[end] == 0x07:
                return end + 1 - at
            if data[end] == 0x1B:
                if end + 1 >= len(data):
                    return 0
                return end + 2 - at if data[end + 1] == 0x5C else end - at
        return 0

    def _paste(self, data: bytes, at: int) -> int:
        """Text up to the closing bracket; it may come in any pieces."""
        end = data.find(_PASTE_END, at)
        if end == at:
            self._pasting = False
            return len(_PASTE_END)
        if end < 0:
            end = len(data)
            # The bracket itself may have begun at the end of what came.
            for size in range(min(len(_PASTE_END) - 1, end - at), 0, -1):
                if data.endswith(_PASTE_END[:size]):
                    end -= size
                    break
            if end == at:
                return 0
        text = self._text.decode(data[at:end])
        if self._after_return and text.startswith("\n"):
            text = text[1:]
        self._after_return = data[end - 1] == 0x0D
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.draft.add("".join(c for c in text if c in "\n\t" or c >= "\xa0" or " " <= c <= "~"))
        return end - at
