"""Characters that a person does not see, in what they would be asked to allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from goose_agent.characters import Kind, Span, find_hidden, find_lookalikes
from goose_agent.permissions.inspectors.inspector import Finding, Subject

__all__ = ["Hidden"]

_LONGEST = 2**20
_MISLEADING = frozenset({Kind.BIDI, Kind.TAG})
"""What has no business in a file that a person reads either."""


class Hidden:
    """Finds controls, marks that reorder text, invisible characters and look-alikes."""

    name = "hidden characters"

    def inspect(self, subject: Subject) -> Sequence[Finding]:
        """The first of each kind."""
        found: dict[str, None] = {}
        for text in subject.deciding:
            for span in (*find_hidden(text[:_LONGEST]), *find_lookalikes(text[:_LONGEST])):
                found[f"{_shown(text, span)} ({span.kind.value})"] = None
        for span, text in _misleading(subject.content):
            found[f"{_shown(text, span)} ({span.kind.value}) in what it writes"] = None
        # What only looks is held up by where it looks, not by how that is spelt.
        asks = subject.effect != "read"
        return [Finding(f"it has {words}", asks) for words in list(found)[:5]]


def _misleading(texts: Sequence[str]) -> Iterator[tuple[Span, str]]:
    for text in texts:
        for span in find_hidden(text[:_LONGEST]):
            if span.kind in _MISLEADING:
                yield span, text


def _shown(text: str, span: Span) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in text[span.start : span.stop][:3])
