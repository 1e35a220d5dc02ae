"""Word vectors from scratch: counts of neighbouring words, weighted, reduced to a few dimensions.

Positive pointwise mutual information of words that stand near each other, then the leading
eigenvectors by subspace iteration: the classic method, in plain Python, so that training takes
a few seconds of real work while the image is built.
"""

from __future__ import annotations

import math
import random
import struct
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from core.catalogue import load
from core.words import words

DIMENSIONS = 16
ROUNDS = 400
NEAR = 5
VECTORS = Path(__file__).with_name("vectors.bin")

Vector = list[float]


def counted(texts: Iterable[str]) -> tuple[list[str], Counter[tuple[int, int]]]:
    """The vocabulary, and how often two words stand near each other."""
    split = [words(text) for text in texts]
    vocabulary = sorted({word for text in split for word in text})
    at = {word: index for index, word in enumerate(vocabulary)}
    pairs: Counter[tuple[int, int]] = Counter()
    for text in split:
        for here, word in enumerate(text):
            for other in text[here + 1 : here + 1 + NEAR]:
                pairs[at[word], at[other]] += 1
                pairs[at[other], at[word]] += 1
    return vocabulary, pairs


def weighted(pairs: Counter[tuple[int, int]]) -> list[tuple[int, int, float]]:
    """Positive pointwise mutual information: how much more often than by chance."""
    total = sum(pairs.values())
    alone: Counter[int] = Counter()
    for (word, _), count in pairs.items():
        alone[word] += count
    found = (
        (a, b, math.log(count * total / (alone[a] * alone[b]))) for (a, b), count in sorted(pairs.items())
    )
    return [(a, b, weight) for a, b, weight in found if weight > 0]


def reduced(entries: list[tuple[int, int, float]], size: int) -> list[Vector]:
    """The leading eigenvectors, one value per word each, longest first (subspace iteration)."""
    draw = random.Random(1)
    basis = [[draw.gauss(0, 1) for _ in range(size)] for _ in range(DIMENSIONS)]
    for _ in range(ROUNDS):
        basis = orthonormal([multiplied(entries, vector) for vector in basis])
    return basis


def multiplied(entries: list[tuple[int, int, float]], vector: Vector) -> Vector:
    """The sparse matrix *entries* times *vector*."""
    out = [0.0] * len(vector)
    for row, column, weight in entries:
        out[row] += weight * vector[column]
    return out


def orthonormal(vectors: list[Vector]) -> list[Vector]:
    """Gram and Schmidt."""
    done: list[Vector] = []
    for vector in vectors:
        left = vector
        for other in done:
            share = sum(map(float.__mul__, left, other))
            left = [value - share * o for value, o in zip(left, other, strict=True)]
        length = math.sqrt(sum(value * value for value in left)) or 1.0
        done.append([value / length for value in left])
    return done


def train(path: Path = VECTORS) -> None:
    """Learn from the catalogue and keep one vector per word."""
    vocabulary, pairs = counted(f"{p.name}. {p.text}" for p in load().values())
    basis = reduced(weighted(pairs), len(vocabulary))
    with path.open("wb") as out:
        for index, word in enumerate(vocabulary):
            name = word.encode()
            out.write(struct.pack(f"<H{DIMENSIONS}f", len(name), *(axis[index] for axis in basis)) + name)


def read(path: Path = VECTORS) -> dict[str, Vector]:
    """Word → vector, as :func:`train` kept them."""
    content, found, at = path.read_bytes(), {}, 0
    head = struct.Struct(f"<H{DIMENSIONS}f")
    while at < len(content):
        size, *vector = head.unpack_from(content, at)
        at += head.size
        found[content[at : at + size].decode()] = vector
        at += size
    return found
