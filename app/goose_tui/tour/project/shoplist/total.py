"""Add up what a list costs."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from shoplist.parse import Item

BULK = 10
DISCOUNT = Decimal("0.10")
CENT = Decimal("0.01")


def price_of(item: Item) -> Decimal:
    """What one line of the list costs; much of one thing is cheaper."""
    full = item.count * item.price
    if item.count > BULK:
        full -= full * DISCOUNT
    return full.quantize(CENT)


def total(items: Iterable[Item]) -> Decimal:
    """What all of it costs."""
    return sum((price_of(item) for item in items), Decimal("0.00"))
