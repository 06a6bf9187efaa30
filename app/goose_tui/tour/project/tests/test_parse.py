import unittest
from decimal import Decimal

from shoplist.parse import Item, parse_list


class ParseTest(unittest.TestCase):
    def test_reads_items_and_passes_over_notes(self) -> None:
        items = parse_list("# for Sunday\n\n2 x milk @ 1.10\n")
        self.assertEqual(items, [Item(2, "milk", Decimal("1.10"))])

    def test_says_which_line_is_wrong(self) -> None:
        with self.assertRaisesRegex(ValueError, "line 2"):
            parse_list("1 x bread @ 3.20\nsome cheese\n")
