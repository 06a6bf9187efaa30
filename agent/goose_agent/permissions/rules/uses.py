"""How often rules of files were used: kept beside the sessions, shared by all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from goose_agent.decoding import decoder_of
from goose_agent.private_file import locked, read_small, write_whole
from goose_agent.state.session_state import RuleUse

__all__ = ["Uses"]

_LARGEST = 4 * 2**20
_MOST = 5000
"""Rules that are remembered; those used longest ago are forgotten."""


class Uses:
    """The counts of one user. Blocks: call it in a thread.

    Args:
        path: of the file; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._decoder = decoder_of(dict[str, RuleUse])

    def all(self) -> Mapping[str, RuleUse]:
        """Every count by the rule's id; none where the file is missing or damaged."""
        with suppress(OSError, ValueError):
            return self._decoder.decode(read_small(self._path, _LARGEST))
        return {}

    def count(self, rule_ids: Iterable[str], at: datetime) -> None:
        """Count one more use of each.

        Args:
            rule_ids: which.
            at: the wall clock, UTC.

        Raises:
            OSError: it cannot be written.
        """
        with locked(self._path):
            uses = dict(self.all())
            for rule_id in rule_ids:
                uses[rule_id] = RuleUse(uses.get(rule_id, RuleUse()).hits + 1, at)
            if len(uses) > _MOST:
                latest = sorted(uses.items(), key=lambda item: str(item[1].last), reverse=True)
                uses = dict(latest[:_MOST])
            write_whole(self._path, msgspec.json.encode(uses))
