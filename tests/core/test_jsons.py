"""Strict JSON."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core import jsons
from wholeship.core.errors import BadInput

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_round_trip(value: Any) -> None:
    """What is written canonically reads back as the same value, and writes the same bytes again."""
    written = jsons.canonical(value)
    assert jsons.parse_json(written) == value
    assert jsons.canonical(jsons.parse_json(written)) == written


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1, "a": 2}',
        b"NaN",
        b"[Infinity]",
        b"[" * 100_000,
        b"[" * 70 + b"]" * 70,
        b"\xff",
        b"1" * 5000,
        b"{} {}",
        b"",
    ],
)
def test_doubtful_documents_are_refused(text: bytes) -> None:
    """Anything two readers could understand differently, or that could exhaust us, is refused."""
    with pytest.raises(BadInput, match="the record"):
        jsons.parse_json(text, what="the record")


@given(st.binary(max_size=200))
def test_never_anything_but_refused(noise: bytes) -> None:
    """Noise is refused, or read as the standard reader reads it; it never raises anything else."""
    with contextlib.suppress(BadInput):
        assert jsons.parse_json(noise) == json.loads(noise)
