"""The products the shop sells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Product:
    """One thing on sale. ``cents`` is its price in the shop's own currency."""

    id: str
    name: str
    text: str
    cents: int
    grams: int


PRODUCTS = Path(__file__).with_name("products.json")


def load(path: Path = PRODUCTS) -> dict[str, Product]:
    """Every product by its id."""
    return {entry["id"]: Product(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))}
