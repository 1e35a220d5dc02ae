"""Every page of the shop, rendered once per currency and compressed as small as it gets."""

from __future__ import annotations

import html
import itertools
import lzma
import struct
import zlib
from pathlib import Path

from core.catalogue import Product, load
from core.money import RATES, price

HEAD = "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><body><h1>{title}</h1>"


def product_page(product: Product, currency: str) -> str:
    """The page of one product."""
    return (
        HEAD.format(title=html.escape(product.name))
        + f"<p>{html.escape(product.text)}.</p><p>{price(product.cents, currency)}, {product.grams} g</p>"
        + f'<p><a href="/{currency}/">all products</a></p>'
    )


def front_page(products: dict[str, Product], currency: str) -> str:
    """The list of all products."""
    rows = (
        f'<li><a href="/{currency}/{product.id}">{html.escape(product.name)}</a>, '
        f"{price(product.cents, currency)}</li>"
        for product in products.values()
    )
    return HEAD.format(title="Shop") + "<ul>" + "".join(rows) + "</ul>"


def render() -> dict[str, bytes]:
    """Path → gzip-compressed page, for every product and currency."""
    products = load()
    found: dict[str, bytes] = {}
    for currency in RATES:
        found[f"/{currency}/"] = squeeze(front_page(products, currency))
        for product in products.values():
            found[f"/{currency}/{product.id}"] = squeeze(product_page(product, currency))
    return found


def squeeze(page: str) -> bytes:
    """The smallest gzip of *page* over all of zlib's settings, as asset pipelines look for it."""
    best = b""
    for level, memory, strategy in itertools.product(range(1, 10), (7, 8, 9), (0, 1, 2, 3)):
        deflate = zlib.compressobj(level, zlib.DEFLATED, 31, memory, strategy)
        small = deflate.compress(page.encode()) + deflate.flush()
        best = small if not best or len(small) < len(best) else best
    return best


def bundle(pages: dict[str, bytes]) -> bytes:
    """All pages in one file: xz over (path length, page length, path, page)."""
    parts = []
    for path, page in sorted(pages.items()):
        name = path.encode()
        parts.append(struct.pack("<HI", len(name), len(page)) + name + page)
    plain = b"".join(parts)
    settings = [
        {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": lc, "lp": 0, "pb": pb}
        for lc in range(5)
        for pb in range(3)
    ]
    return min((lzma.compress(plain, filters=[setting]) for setting in settings), key=len)


def read(path: Path) -> dict[str, bytes]:
    """The pages that :func:`bundle` wrote."""
    plain, found, at = lzma.decompress(path.read_bytes()), {}, 0
    while at < len(plain):
        names, size = struct.unpack_from("<HI", plain, at)
        at += struct.calcsize("<HI")
        found[plain[at : at + names].decode()] = plain[at + names : at + names + size]
        at += names + size
    return found
