"""Tells the model what a person made of its call before it ran."""

from __future__ import annotations

import json

from goose_agent.loop.approvals import Grant
from goose_agent.state.records import CallRecord

__all__ = ["changed_words"]

_LONGEST = 2000
"""Characters of an argument or of a piece that are told."""


def changed_words(call: CallRecord, grant: Grant) -> str:
    """What is not as the model wrote it; empty where all is.

    Args:
        call: as the model wrote it.
        grant: what ran.
    """
    words = []
    proposed = call.arguments or {}
    if grant.arguments != proposed:
        words.append("The person changed this call before it ran:")
        for name in dict.fromkeys((*proposed, *grant.arguments)):
            if name not in grant.arguments:
                words.append(f"- {name} was left out")
            elif proposed.get(name) != grant.arguments[name] or name not in proposed:
                value = json.dumps(grant.arguments[name], ensure_ascii=False)
                words.append(f"- {name} is {_cut(value)}")
    if grant.hunks is not None:
        refused = [at for at in range(len(grant.shown)) if at not in grant.hunks]
        count = f"{len(refused)} of {len(grant.shown)}"
        words.append(f"The person refused {count} pieces of this change; the file is without them:")
        words += [_cut(grant.shown[at].rstrip("\n")) for at in refused]
    return "\n".join(words)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} [… cut]"
