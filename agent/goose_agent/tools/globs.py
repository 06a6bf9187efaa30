"""File name patterns, as people write them."""

from __future__ import annotations

import re

__all__ = ["compile_glob"]

_TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]/]*\]|\\.|[{},]|.", re.DOTALL)
_PLAIN = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|"}


def compile_glob(pattern: str) -> re.Pattern[str]:
    """A pattern for whole relative paths.

    `*` and `?` stop at `/`, `**` does not, `{a,b}` is either, `[ab]` one of both. A pattern without
    a slash means a name in any folder.
    """
    pattern = pattern.removeprefix("./")
    anywhere = "" if "/" in pattern else "(?:.*/)?"
    tokens = _TOKENS.findall(pattern.removeprefix("/"))
    braced = _braced(tokens)
    body = "".join(_translate(token, index in braced) for index, token in enumerate(tokens))
    return re.compile(f"{anywhere}{body}", re.DOTALL)


def _translate(token: str, braced: bool) -> str:
    if token in ("{", "}", ","):
        return _PLAIN[token] if braced else re.escape(token)
    if token in _PLAIN:
        return _PLAIN[token]
    if len(token) > 2 and token[0] == "[":
        negated = token[1] in "!^"
        inside = token[2 if negated else 1 : -1].replace("\\", "\\\\")
        # A class must not begin with what would negate it, nor hold what Python reserves.
        inside = re.sub(r"([\[\]^&~|])", r"\\\1", inside)
        # Nothing but `**` reaches into the next folder.
        return f"(?!/)[{'^' if negated else ''}{inside}]" if inside else re.escape(token)
    return re.escape(token[-1] if token[0] == "\\" else token)


def _braced(tokens: list[str]) -> set[int]:
    """Places of the braces that belong together, and of the commas within them."""
    found: set[int] = set()
    open_ones: list[list[int]] = []
    for index, token in enumerate(tokens):
        if token == "{":
            open_ones.append([index])
        elif token == "," and open_ones:
            open_ones[-1].append(index)
        elif token == "}" and open_ones:
            found.update(open_ones.pop(), {index})
    return found
