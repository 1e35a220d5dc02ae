"""``python3 -m worker run`` reads orders, ``self-check`` proves that it could."""

from __future__ import annotations

import json
import sys


def run() -> int:
    """Orders as JSON lines on standard input, parcels as JSON lines on standard output."""
    from core.catalogue import load

    from worker import orders, routes

    products, table = load(), routes.read()
    for line in sys.stdin:
        order = json.loads(line)
        for parcel in orders.pack(order["products"], order["customer"], products, table):
            print(json.dumps(parcel.__dict__), flush=True)
    return 0


def self_check() -> int:
    """Import everything ``run`` needs and pack one order; anything missing ends this with an error."""
    from core.catalogue import load

    from worker import orders, routes

    products, table = load(), routes.read()
    parcels = orders.pack(["oak-table", "tea-cup", "tea-pot"], 7, products, table)
    assert [parcel.products for parcel in parcels] == [("oak-table",), ("tea-pot", "tea-cup")], parcels
    print(f"worker: {len(products)} products, {len(table)} depots")
    return 0


def main(words: list[str]) -> int:
    """One command."""
    if words == ["routes"]:
        from worker import routes

        routes.write()
        return 0
    if words == ["run"]:
        return run()
    if words == ["self-check"]:
        return self_check()
    print("usage: worker run | self-check | routes", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
