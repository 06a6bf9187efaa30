import unittest
from decimal import Decimal

from shoplist.parse import Item
from shoplist.receipt import receipt


class ReceiptTest(unittest.TestCase):
    def test_lines_up_prices(self) -> None:
        lines = receipt([Item(1, "bread", Decimal("3.20"))]).splitlines()
        self.assertTrue(lines[0].startswith("1 bread") and lines[0].endswith("3.20"))
        self.assertEqual(len({len(line) for line in lines}), 1)
