"""Is a release whole? One cold `wholeship status TAG` against loops of the peers' tools.

    .venv/bin/python -m bench.whole [--images 20] [--round-trip 0,30] [--runs 5]

The peers only fetch each manifest; wholeship also reads the listings that controllers read, checks every
byte against its digest, and says what the answer means.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.common import machine, median, table
from bench.promote import Bench, run, scene, wholeship

Way = Callable[[Bench, str], None]


def ours(bench: Bench, tag: str) -> None:
    run([sys.executable, "-m", "wholeship", "status", tag, "--file", str(bench.file), "--quiet"])


def crane(bench: Bench, tag: str, name: str) -> None:
    run(["crane", "manifest", "--insecure", f"{bench.repository(name)}:{tag}"])


def skopeo(bench: Bench, tag: str, name: str) -> None:
    run(["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{bench.repository(name)}:{tag}"])


def loop(single: Callable[[Bench, str, str], None], width: int) -> Way:
    def way(bench: Bench, tag: str) -> None:
        with ThreadPoolExecutor(width) as pool:
            list(pool.map(lambda name: single(bench, tag, name), bench.names))

    return way


def ways(number: int) -> Iterator[tuple[str, Way]]:
    yield "wholeship status", ours
    if shutil.which("crane"):
        yield "crane manifest, one by one", loop(crane, 1)
        yield "crane manifest, in parallel", loop(crane, number)
    else:
        print("left out: crane is not installed", file=sys.stderr)
    yield "skopeo inspect --raw, one by one", loop(skopeo, 1)
    yield "skopeo inspect --raw, in parallel", loop(skopeo, number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--round-trip", default="0,30", help="milliseconds")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    rows = []
    for milliseconds in map(int, args.round_trip.split(",")):
        with scene(args.images, milliseconds / 1000) as bench:
            tag = "20260528-182833-000001"
            bench.prepare(tag)
            wholeship(bench, tag)
            base = 0.0
            for name, way in ways(args.images):
                walls = []
                for _ in range(args.runs):
                    began = time.monotonic()
                    way(bench, tag)
                    walls.append(time.monotonic() - began)
                base = base or median(walls)
                rows.append([milliseconds, name, f"{median(walls):.2f}", f"{median(walls) / base:.2f}"])
                if way is ours:
                    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{machine()}; {args.images} images; medians of {args.runs}; wholeship's peak {peak:.0f} MB\n")
    print(table(["round trip ms", "way", "wall s", "this / wholeship"], rows))


if __name__ == "__main__":
    main()
