"""Hint files as a model reads them: named, with their end marked, and who speaks in them."""

from __future__ import annotations

from goose_agent.events import HintScope, HintsRead

__all__ = ["hint_words"]

_WHOSE: dict[HintScope, str] = {
    "global": "What the person wants in every project",
    "project": "What the people of this project want",
    "nested": "What the people of this project want in this folder",
}
_NOTE = "Follow it; where it conflicts with what the person says here, the person counts."


def hint_words(data: HintsRead) -> str:
    """What a model reads of a hint file; empty where there is nothing to read.

    Args:
        data: the file as it was read.
    """
    name = data.name.replace('"', "'")
    if not data.text:
        return "" if data.change == "new" else f"{name} does not hold any more: it is gone."
    # Nothing in the text can end it.
    text = data.text.replace("</hints", "<\\/hints")
    body = f'<hints file="{name}">\n{text}\n</hints>'
    if data.change == "changed":
        return f"{name} has changed. From now on it says:\n{body}"
    return f"{_WHOSE[data.scope]}, as written in {name}. {_NOTE}\n{body}"
