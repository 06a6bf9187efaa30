import unittest
from decimal import Decimal

from shoplist.parse import Item
from shoplist.total import price_of, total


class TotalTest(unittest.TestCase):
    def test_adds_up(self) -> None:
        items = [Item(2, "milk", Decimal("1.10")), Item(1, "bread", Decimal("3.20"))]
        self.assertEqual(total(items), Decimal("5.40"))

    def test_nine_of_a_kind_cost_the_full_price(self) -> None:
        self.assertEqual(price_of(Item(9, "apples", Decimal("0.50"))), Decimal("4.50"))

    def test_ten_of_a_kind_are_cheaper(self) -> None:
        self.assertEqual(price_of(Item(10, "apples", Decimal("0.50"))), Decimal("4.50"))
