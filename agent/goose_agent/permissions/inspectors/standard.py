"""The inspectors of a session, all together."""

from __future__ import annotations

from collections.abc import Sequence

from goose_agent.permissions.inspectors.egress import Egress
from goose_agent.permissions.inspectors.hidden import Hidden
from goose_agent.permissions.inspectors.injection import Injection
from goose_agent.permissions.inspectors.inspector import Inspection, Subject, inspect_call
from goose_agent.permissions.inspectors.pins import Pins
from goose_agent.permissions.inspectors.taint import Taint
from goose_agent.state.records import Record

__all__ = ["Inspectors"]


class Inspectors:
    """Looks at calls, and remembers what the session's outputs said."""

    def __init__(self) -> None:
        self._taint = Taint()
        self._injection = Injection()
        self._all = (Pins(), self._taint, Hidden(), Egress(), self._injection)

    def heirs(self) -> Inspectors:
        """Those of a subagent: they know where foreign text was met before it began."""
        heirs = Inspectors()
        heirs._taint = self._taint.heir()
        heirs._all = (Pins(), heirs._taint, Hidden(), Egress(), heirs._injection)
        return heirs

    def learn(self, records: Sequence[Record]) -> None:
        """Take in what the session has come to since the last time. Blocks.

        Args:
            records: of the session, from the first.
        """
        self._taint.learn(records)
        self._injection.learn(records)

    async def look(self, subject: Subject) -> Inspection:
        """What all of them see in a call."""
        return await inspect_call(self._all, subject)
