"""Go's floating-point numbers, cases from the Go specification and strconv's documentation."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.gitops.numbers import go_float


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0),
        ("-62", -62.0),
        ("+.5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("1_000", 1000.0),
        ("1_0.5_0", 10.5),
        ("0x1p4", 16.0),
        ("-0X1.8P+1", -3.0),
        ("0x_1p0", 1.0),
        ("0x.8p1", 1.0),
        ("inf", math.inf),
        ("+Infinity", math.inf),
        ("-iNF", -math.inf),
        ("20260528162300123", 20260528162300124.0),
        ("1e-999", 0.0),
    ],
)
def test_numbers(text: str, number: float) -> None:
    """What Go accepts has Go's value."""
    assert go_float(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "-", "e5", "1e", "1 ", " 1", "_1", "1_", "1__0", "1_.5", "1e_5", "١"),
        *("0x1", "0x", "0xp1", "0b1", "0x_.1p0", "1.2.3", "2026-05-28", "infin", "+nan", "1e999", "0x1p9999"),
    ],
)
def test_no_numbers(text: str) -> None:
    """What Go refuses, out-of-range values included, is None."""
    assert go_float(text) is None


def test_nan() -> None:
    """NaN is a number to the parser, in any case."""
    number = go_float("NaN")
    assert number is not None
    assert math.isnan(number)


@given(st.floats(allow_nan=False))
def test_round_trip(number: float) -> None:
    """A float written in decimal or in hexadecimal reads as itself."""
    assert go_float(repr(number)) == number
    if math.isfinite(number):
        assert go_float(number.hex()) == number


@given(st.text(alphabet="0123456789abcdefxp_.+-einf", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text crashes the reader, and it never accepts more than Python's with underscores out."""
    number = go_float(text)
    if number is not None and "x" not in text:
        read = float(text.replace("_", ""))
        assert read == number or (math.isnan(read) and math.isnan(number))
