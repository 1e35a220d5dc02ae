"""The pages say what the catalogue says; run while the image is built."""

import gzip
import tempfile
import unittest
from pathlib import Path

from core.catalogue import load
from core.money import RATES, price

from app import pages


class Pages(unittest.TestCase):
    def test_every_product_in_every_currency(self) -> None:
        """There is one page per product and currency, and one list per currency."""
        rendered = pages.read(Path(pages.__file__).with_name("pages.xz"))
        assert len(rendered) == (len(load()) + 1) * len(RATES)

    def test_a_page_names_product_and_price(self) -> None:
        """A product's page holds its name and its price in the currency of the path."""
        rendered = pages.read(Path(pages.__file__).with_name("pages.xz"))
        assert "Oak table" in gzip.decompress(rendered["/USD/oak-table"]).decode()
        assert "703.65 USD" in gzip.decompress(rendered["/USD/oak-table"]).decode()

    def test_bundle_round_trip(self) -> None:
        """What was bundled is read back."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "pages.xz")
            path.write_bytes(pages.bundle({"/a": b"1", "/b": b""}))
            assert pages.read(path) == {"/a": b"1", "/b": b""}

    def test_yen_have_no_cents(self) -> None:
        """Currencies without small coins are rounded to whole units."""
        assert price(1290, "JPY") == "2183 JPY"


if __name__ == "__main__":
    unittest.main()
