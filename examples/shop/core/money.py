"""Prices in other currencies, rounded as shops round."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

# Units of each currency for one euro; a shop would fetch these, an example keeps them.
RATES = {
    "EUR": Decimal("1"),
    "USD": Decimal("1.0842"),
    "GBP": Decimal("0.8471"),
    "CHF": Decimal("0.9376"),
    "SEK": Decimal("11.4310"),
    "DKK": Decimal("7.4605"),
    "PLN": Decimal("4.2733"),
    "CZK": Decimal("25.1100"),
    "JPY": Decimal("169.2500"),
    "CAD": Decimal("1.4895"),
}
WHOLE = {"JPY"}


def price(cents: int, currency: str) -> str:
    """``cents`` of a euro in *currency*, for people: ``12.90 EUR``."""
    unit = Decimal("1") if currency in WHOLE else Decimal("0.01")
    amount = (Decimal(cents) / 100 * RATES[currency]).quantize(unit, ROUND_HALF_EVEN)
    return f"{amount} {currency}"
