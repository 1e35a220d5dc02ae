"""Orders in, parcels out."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from core.catalogue import Product
from core.money import price

PARCEL_GRAMS = 20_000


@dataclass(frozen=True)
class Parcel:
    """What leaves a depot together."""

    products: tuple[str, ...]
    grams: int
    depot: int
    minutes: int
    value: str


def pack(
    wanted: list[str],
    customer: int,
    products: dict[str, Product],
    routes: list[array[int]],
    currency: str = "EUR",
) -> list[Parcel]:
    """Parcels for an order: heaviest first, each from the depot nearest to the customer's own."""
    parcels: list[list[Product]] = []
    for product in sorted((products[name] for name in wanted), key=lambda p: -p.grams):
        for parcel in parcels:
            if sum(p.grams for p in parcel) + product.grams <= PARCEL_GRAMS:
                parcel.append(product)
                break
        else:
            parcels.append([product])
    depot = min((d for d in range(len(routes)) if d != customer), key=lambda d: routes[d][customer])
    return [
        Parcel(
            tuple(p.id for p in parcel),
            sum(p.grams for p in parcel),
            depot,
            routes[depot][customer],
            price(sum(p.cents for p in parcel), currency),
        )
        for parcel in parcels
    ]
