"""Sets of numbers that are kept as bits."""

from __future__ import annotations

import pickle
from collections.abc import Set
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.bits import BitSet

NUMBERS = st.frozensets(st.integers(0, 300), max_size=40)


def as_bits(numbers: Set[int]) -> BitSet:
    return BitSet(sum(1 << number for number in numbers))


@given(NUMBERS, NUMBERS)
def test_it_is_the_set_of_the_same_numbers(one: Set[int], other: Set[int]) -> None:
    """Members, size, order of equality, hash, union, common part and difference are those of a frozenset."""
    bits, more = as_bits(one), as_bits(other)
    assert (sorted(bits), len(bits), hash(bits)) == (sorted(one), len(one), hash(one))
    assert (bits == one, one == bits, bits == more) == (True, True, one == other)
    assert all((number in bits) is (number in one) for number in range(-1, 302))
    assert (bits | more, bits & more, bits - more) == (one | other, one & other, one - other)
    assert (bits <= more) is (one <= other)


def test_what_is_no_number_is_not_in_it() -> None:
    """Asking for a text or a negative number is answered, not an error."""
    text: Any = "1"
    assert text not in BitSet(2)
    assert -1 not in BitSet(2)


def test_it_survives_a_process() -> None:
    """It can be handed to another process."""
    assert pickle.loads(pickle.dumps(BitSet(5))) == {0, 2}
