"""Arguments that are JSON but for a habit of models: only what cannot change their meaning."""

from __future__ import annotations

import re

__all__ = ["mended", "unfenced"]

_FENCED = re.compile(
    r"\s*```[ \t]*(?:json)?[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL | re.IGNORECASE
)
_STRING_OR_COMMA = re.compile(
    r'"(?:[^"\\]|\\.)*+"|(?<=[^\s,:\[{])(\s*),(?=\s*[}\]])',
    re.DOTALL,
)


def mended(text: str) -> str:
    """`text` without a Markdown fence around it and without commas behind a last item.

    Whether the outcome is JSON remains to be seen; nothing inside a string is touched.

    Args:
        text: what a model wrote instead of JSON.
    """
    return _STRING_OR_COMMA.sub(
        lambda found: found[0] if found[1] is None else found[1], unfenced(text)
    )


def unfenced(text: str) -> str:
    """`text` without a Markdown fence around it."""
    fenced = _FENCED.fullmatch(text)
    return fenced[1] if fenced else text
