"""Words in tool output that speak to the model as if they were the person: a remark, no proof."""

from __future__ import annotations

import re
from collections.abc import Sequence

from goose_agent.characters import hidden_text
from goose_agent.permissions.inspectors.inspector import Finding, Subject
from goose_agent.state.records import CallRecord, Record

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

    def learn(self, records: Sequence[Record]) -> None:
        """Look at the last outputs.

        Args:
            records: of the session.
        """
        remarks = []
        for at in range(max(0, len(records) - _LOOKED_AT), len(records)):
            record = records[at]
            if isinstance(record, CallRecord) and record.result:
                remarks += [
                    Finding(f"that of call {record.key} {words}", asks=False)
                    for words in _words(record.result[:_LONGEST])
                ]
        self._remarks = tuple(remarks[-3:])

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """The remarks, on calls that do something."""
        return self._remarks if subject.effect in ("edit", "run") else ()


def _words(text: str) -> list[str]:
    found = [words for words, pattern in _PATTERNS.items() if pattern.search(text)]
    if hidden_text(text):
        found.append("has words in characters that nobody sees")
    return found
