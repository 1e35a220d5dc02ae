"""What is close to what."""

from __future__ import annotations

import math

from core.catalogue import Product
from core.words import words

from embeddings.train import DIMENSIONS, Vector


def embed(text: str, vectors: dict[str, Vector]) -> Vector:
    """The mean of the vectors of the words of *text*; words never seen count nothing."""
    known = [vectors[word] for word in words(text) if word in vectors]
    if not known:
        return [0.0] * DIMENSIONS
    return [sum(values) / len(known) for values in zip(*known, strict=True)]


def cosine(a: Vector, b: Vector) -> float:
    """1 for the same direction, 0 for nothing in common."""
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0


def similar(name: str, products: dict[str, Product], vectors: dict[str, Vector], count: int = 5) -> list[str]:
    """The products closest to *name*, closest first."""
    here = embed(products[name].text, vectors)
    others = (other for other in products if other != name)
    return sorted(others, key=lambda o: -cosine(here, embed(products[o].text, vectors)))[:count]
