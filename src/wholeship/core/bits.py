"""A set of small numbers in the bits of one: where each of thousands would hold thousands of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import TypeVar

Element = TypeVar("Element")


class BitSet(Set[int]):
    """The numbers whose bits are set in ``bits``; equal to, and hashed as, any set of the same numbers."""

    __slots__ = ("bits",)

    def __init__(self, bits: int = 0) -> None:
        self.bits = bits

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and number >= 0 and bool(self.bits >> number & 1)

    def __iter__(self) -> Iterator[int]:
        bits = self.bits
        while bits:
            low = bits & -bits
            yield low.bit_length() - 1
            bits ^= low

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __hash__(self) -> int:
        return self._hash()

    def __repr__(self) -> str:
        return f"BitSet({self.bits:#b})"

    @classmethod
    def _from_iterable(cls, it: Iterable[Element]) -> Set[Element]:
        return frozenset(it)  # of a union with anything
