"""The colours of code, as a palette's `syntax` says them: `keyword=#b7b6f6;comment=#96a5b3 italic`.

The kinds are few and stand for pygments' many; a name without `=` is one of pygments' own styles.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

if TYPE_CHECKING:
    from rich.syntax import SyntaxTheme

__all__ = ["code_colours"]

_KINDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "comment": (("Comment",), ("Literal", "String", "Doc"), ("Generic", "Output")),
    "keyword": (
        ("Keyword",),
        ("Operator", "Word"),
        ("Name", "Tag"),
        ("Comment", "Preproc"),
        ("Generic", "Heading"),
        ("Generic", "Prompt"),
    ),
    "function": (("Name", "Function"), ("Name", "Decorator"), ("Name", "Builtin")),
    "type": (
        ("Name", "Class"),
        ("Name", "Exception"),
        ("Name", "Namespace"),
        ("Name", "Attribute"),
        ("Keyword", "Type"),
    ),
    "string": (("Literal", "String"), ("Literal", "Date"), ("Generic", "Inserted")),
    "number": (
        ("Literal", "Number"),
        ("Literal", "String", "Escape"),
        ("Literal", "String", "Interpol"),
        ("Keyword", "Constant"),
        ("Name", "Constant"),
        ("Name", "Entity"),
        ("Name", "Variable"),
        ("Generic", "Deleted"),
    ),
    "operator": (("Operator",), ("Punctuation",)),
}


@lru_cache(maxsize=16)
def code_colours(syntax: str) -> SyntaxTheme:
    """What gives each kind of token its style.

    Args:
        syntax: of a palette.
    """
    # Loads pygments: only once there is code to show.
    from rich.syntax import ANSISyntaxTheme, Syntax

    if "=" not in syntax:
        return Syntax.get_theme(syntax)
    styles: dict[tuple[str, ...], Style] = {}
    for part in syntax.split(";"):
        kind, _, ink = part.partition("=")
        for token in _KINDS.get(kind, ()):
            styles[token] = Style.parse(ink)
    return ANSISyntaxTheme(styles)
