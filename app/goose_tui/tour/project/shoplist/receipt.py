"""Print a receipt."""

from __future__ import annotations

from collections.abc import Sequence

from shoplist.parse import Item
from shoplist.total import price_of, total

WIDTH = 28


def receipt(items: Sequence[Item]) -> str:
    """The receipt of a list, a line an item and the sum at the end."""
    lines = [_line(f"{item.count} {item.name}", str(price_of(item))) for item in items]
    return "\n".join([*lines, "-" * WIDTH, _line("total", str(total(items)))])


def _line(left: str, right: str) -> str:
    return left.ljust(WIDTH - len(right)) + right
