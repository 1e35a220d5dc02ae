"""Shortest routes between all depots, worked out once when the image is built.

Knows nothing of the catalogue on purpose: an image that was built without ``core`` builds well,
and fails only when it runs. That is what a self-check is for.
"""

from __future__ import annotations

import heapq
import random
import struct
import zlib
from array import array
from pathlib import Path

DEPOTS = 1100
ROADS = 6
FAR = 0xFFFF
TABLE = Path(__file__).with_name("routes.bin")


def roads(depots: int = DEPOTS, seed: int = 20260528) -> list[list[tuple[int, int]]]:
    """For each depot the depots it has a road to, with the minutes. Always the same network."""
    draw = random.Random(seed)
    places = [(draw.random(), draw.random()) for _ in range(depots)]
    found: list[list[tuple[int, int]]] = [[] for _ in places]
    for here, (x, y) in enumerate(places):
        near = sorted(range(depots), key=lambda i: (places[i][0] - x) ** 2 + (places[i][1] - y) ** 2)
        for there in near[1 : ROADS + 1]:
            dx, dy = places[there][0] - x, places[there][1] - y
            minutes = max(1, round((dx * dx + dy * dy) ** 0.5 * 900 * draw.uniform(1.0, 1.6)))
            found[here].append((there, minutes))
            found[there].append((here, minutes))
    return found


def shortest(start: int, network: list[list[tuple[int, int]]]) -> array[int]:
    """Minutes from *start* to every depot (Dijkstra); ``FAR`` where no road leads."""
    best = array("H", [FAR]) * len(network)
    best[start] = 0
    queue = [(0, start)]
    while queue:
        so_far, here = heapq.heappop(queue)
        if so_far > best[here]:
            continue
        for there, minutes in network[here]:
            total = so_far + minutes
            if total < best[there]:
                best[there] = total
                heapq.heappush(queue, (total, there))
    return best


def write(path: Path = TABLE) -> None:
    """Work out the table and keep it, compressed, with a checksum in front."""
    network = roads()
    rows = b"".join(shortest(start, network).tobytes() for start in range(len(network)))
    path.write_bytes(struct.pack("<II", len(network), zlib.crc32(rows)) + zlib.compress(rows, 9))


def read(path: Path = TABLE) -> list[array[int]]:
    """The table, one row per depot; ``ValueError`` when it is damaged."""
    content = path.read_bytes()
    depots, checksum = struct.unpack_from("<II", content)
    rows = zlib.decompress(content[8:])
    if zlib.crc32(rows) != checksum:
        raise ValueError(f"{path} is damaged")
    return [array("H", rows[at : at + 2 * depots]) for at in range(0, len(rows), 2 * depots)]
