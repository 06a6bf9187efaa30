"""Whether a call repeats what nobody but a tool's output or a project's hint file said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goose_agent.permissions.inspectors.inspector import Finding, Subject
from goose_agent.permissions.inspectors.notable import Notable, notable
from goose_agent.state.records import CallRecord, HintsRecord, Record, UserRecord

__all__ = ["Taint"]

_MOST = 50_000
"""Pieces that are remembered, the latest."""
_SHOWN = 80


class Taint:
    """Remembers where addresses, paths and odd strings of a session first appeared."""

    name = "taint"

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._upto = 0

    def heir(self) -> Taint:
        """One for a subagent: it knows what is known now, and learns from records of its own."""
        heir = Taint()
        heir._first = dict(self._first)
        return heir

    def learn(self, records: Sequence[Record]) -> None:
        """Take in what has come since the last time; what goes on still is left for the next.

        Args:
            records: of the session, from the first.
        """
        while self._upto < len(records):
            record = records[self._upto]
            if isinstance(record, CallRecord):
                if not record.settled and record.state != "streaming":
                    return
                # What the model itself put into the call is no news in its output.
                known = {piece.text for piece in notable(record.arguments_text)}
                origin = (
                    f"the output of call {record.key} ({record.tool} {record.summary[:_SHOWN]})"
                )
                self._remember(notable(record.result), origin, known)
            elif isinstance(record, HintsRecord):
                own = record.data.scope == "global"
                origin = "" if own else record.data.name[:_SHOWN]
                self._remember(notable(record.data.text), origin)
            elif isinstance(record, UserRecord) and not record.by:
                self._remember(notable(record.text), "")
            elif isinstance(record, UserRecord) and self._upto:
                self._remember(notable(record.text), f"the report of {record.by}")
            # Of what a subagent was told to do first, its parent knew where it is from.
            self._upto += 1

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """What the call repeats; calls that only look are not held up."""
        if subject.effect not in ("run", "net"):
            return ()
        findings = []
        said: set[str] = set()
        for piece in (piece for text in subject.deciding for piece in notable(text)):
            origin = self._first.get(piece.text)
            if not origin or _is_harmless(piece, subject) or _is_part(piece.text, said):
                continue
            said.add(piece.text)
            shown = piece.text if len(piece.text) <= _SHOWN else f"{piece.text[:_SHOWN]}…"
            article = "an" if piece.kind == "address" else "a"
            findings.append(Finding(f"{shown} ({article} {piece.kind}) first appeared in {origin}"))
        return findings

    def _remember(self, pieces: Iterable[Notable], origin: str, known: Iterable[str] = ()) -> None:
        leave = set(known)
        for piece in pieces:
            if not origin:
                self._first[piece.text] = ""  # the person said it: whoever repeats it may
            elif piece.text not in leave:
                self._first.setdefault(piece.text, origin)
                if len(self._first) > _MOST:  # who floods us makes us forget what is oldest
                    del self._first[next(iter(self._first))]


def _is_harmless(piece: Notable, subject: Subject) -> bool:
    """Paths of the workspace are what an agent is there for."""
    if piece.kind != "path":
        return False
    return any(piece.text == root or piece.text.startswith(f"{root}/") for root in subject.roots)


def _is_part(text: str, said: Iterable[str]) -> bool:
    return any(text in longer for longer in said)
