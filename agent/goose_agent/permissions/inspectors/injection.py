"""Words in tool output and hint files that speak to the model as if they were the person: a remark, no proof."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeGuard

from goose_agent.characters import hidden_text
from goose_agent.permissions.inspectors.inspector import Finding, Subject
from goose_agent.state.records import CallRecord, HintsRecord, Record

__all__ = ["Injection"]

_LONGEST = 200_000
_LOOKED_AT = 40
"""Records back from the end."""
_PATTERNS = {
    "tells the reader to forget its instructions": re.compile(
        r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|your)\b"
        r".{0,30}\b(?:instructions?|prompts?|rules|guidelines)\b",
        re.IGNORECASE,
    ),
    "pretends to be the system": re.compile(
        r"<\|?(?:im_start|system|assistant)\|?>|\[/?(?:INST|SYSTEM)\]|^\s*(?:system|assistant)\s*:\s",
        re.IGNORECASE | re.MULTILINE,
    ),
    "asks to keep something from the person": re.compile(
        r"\b(?:do not|don't|never|without)\b.{0,20}\b(?:tell|inform|mention|show|ask|telling|asking)\b"
        r".{0,20}\b(?:the )?(?:user|human|person|operator)\b",
        re.IGNORECASE,
    ),
}


class Injection:
    """Remarks on the outputs that the model has read last."""

    name = "output"

    def __init__(self) -> None:
        self._remarks: tuple[Finding, ...] = ()
        self._known: dict[int, tuple[CallRecord | HintsRecord, list[Finding]]] = {}
        """What was found in the outputs looked at last, by their places."""

    def learn(self, records: Sequence[Record]) -> None:
        """Look at the last outputs.

        Args:
            records: of the session.
        """
        before, self._known = self._known, {}
        for at in range(max(0, len(records) - _LOOKED_AT), len(records)):
            record = records[at]
            if (isinstance(record, CallRecord) and record.result) or _is_foreign(record):
                known = before.get(at)
                # A record that changes is another object.
                found = known[1] if known and known[0] is record else _remarks(record)
                self._known[at] = record, found
        remarks = [remark for _, found in self._known.values() for remark in found]
        self._remarks = tuple(remarks[-3:])

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """The remarks, on calls that do something."""
        return self._remarks if subject.effect in ("edit", "run") else ()


def _is_foreign(record: Record) -> TypeGuard[HintsRecord]:
    """Whether it is a hint file that is not the person's own."""
    return isinstance(record, HintsRecord) and record.data.scope != "global"


def _remarks(record: CallRecord | HintsRecord) -> list[Finding]:
    if isinstance(record, CallRecord):
        text, named = record.result, f"that of call {record.key}"
    else:
        text, named = record.data.text, f"the hint file {record.data.name}"
    return [Finding(f"{named} {words}", asks=False) for words in _words(text[:_LONGEST])]


def _words(text: str) -> list[str]:
    found = [words for words, pattern in _PATTERNS.items() if pattern.search(text)]
    if hidden_text(text):
        found.append("has words in characters that nobody sees")
    return found
