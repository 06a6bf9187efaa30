"""Read a shopping list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

LINE = re.compile(r"(?P<count>\d+) x (?P<name>.+) @ (?P<price>\d+\.\d\d)")


@dataclass(frozen=True)
class Item:
    """So many of one thing."""

    count: int
    name: str
    price: Decimal


def parse_list(text: str) -> list[Item]:
    """The items of a list; notes and empty lines are passed over."""
    items = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number} is not an item: {line}")
        items.append(Item(int(found["count"]), found["name"], Decimal(found["price"])))
    return items
