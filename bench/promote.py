"""Promotion side by side with the peers: wall time of a cold process, and the exposure window.

    .venv/bin/python -m bench.promote [--images 3,20] [--round-trip 0,30,100] [--runs 5]

Every way binds one new tag on N images whose candidates are in the registry by digest already. None of the
peers orders anything, checks anything, or reads anything back; wholeship does all three. Peers that are not
installed are named and left out.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bench.common import machine, median, registry, table
from bench.relay import Relay, relay
from tests.contracts.images import image
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.files import State
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.core.reference import Repository
from wholeship.release.config import Overrides, parse_config
from wholeship.release.plan import make_plan
from wholeship.release.record import built_entry, planned
from wholeship.release.scenario import Origin
from wholeship.release.stages.results import Candidate

_numbers = itertools.count(1)
Way = Callable[["Bench", str], None]


class Bench:
    """N images in a registry, and a relay in front of it."""

    def __init__(self, number: int, front: Relay, folder: Path) -> None:
        self.front, self.folder = front, folder
        self.names = [f"image{i:02d}" for i in range(number)]
        self.file = folder / "wholeship.yaml"
        self.file.write_text(
            f"registry: {front.host}/bench\nimages:\n"
            + "".join(f"  {name}: {{}}\n" for name in self.names)
            + f"watched: {self.names[0]}\ngates: none\n"
        )
        self.client = RegistryClient(HttpTransport(), SystemClock())
        self.digests = {
            name: image(name).push(self.client, Repository(front.upstream, f"bench/{name}"))
            for name in self.names
        }

    def repository(self, name: str) -> str:
        return f"{self.front.host}/bench/{name}"

    def prepare(self, tag: str) -> None:
        """The record of a release that is built and has no gates, as a promote job finds it."""
        config = parse_config(self.file.read_text(), self.file, Overrides())
        plan = make_plan(config, Origin("manual"), now=SystemClock().now(), sequence=1, tag=tag)
        journal = State(self.folder / "state").journal(tag)
        journal.append(planned(plan))
        for planned_image in plan.images:
            manifest = image(planned_image.name).manifest
            journal.append(
                built_entry(
                    Candidate(
                        planned_image.name, manifest.digest, manifest.media_type, 1, planned_image.platforms
                    )
                )
            )


def wholeship(bench: Bench, tag: str) -> None:
    where = ["--file", str(bench.file), "--state", str(bench.folder / "state")]
    run([sys.executable, "-m", "wholeship", "promote", "--tag", tag, *where, "--quiet", "--format", "json"])


def crane(bench: Bench, tag: str, name: str) -> None:
    run(["crane", "tag", "--insecure", f"{bench.repository(name)}@{bench.digests[name]}", tag])


def skopeo(bench: Bench, tag: str, name: str) -> None:
    source = f"docker://{bench.repository(name)}@{bench.digests[name]}"
    target = f"docker://{bench.repository(name)}:{tag}"
    run(["skopeo", "copy", "-q", "--src-tls-verify=false", "--dest-tls-verify=false", source, target])


def imagetools(bench: Bench, tag: str, name: str) -> None:
    source = f"{bench.repository(name)}@{bench.digests[name]}"
    run(
        [
            "docker-buildx",
            "imagetools",
            "create",
            "--prefer-index=false",
            "--tag",
            f"{bench.repository(name)}:{tag}",
            source,
        ]
    )


def one_by_one(single: Callable[[Bench, str, str], None]) -> Way:
    def way(bench: Bench, tag: str) -> None:
        for name in bench.names:
            single(bench, tag, name)

    return way


def side_by_side(single: Callable[[Bench, str, str], None]) -> Way:
    def way(bench: Bench, tag: str) -> None:
        with ThreadPoolExecutor(len(bench.names)) as pool:
            list(pool.map(lambda name: single(bench, tag, name), bench.names))

    return way


PEERS = {"crane": crane, "skopeo": skopeo, "docker-buildx": imagetools}


def ways() -> Iterator[tuple[str, Way]]:
    yield "wholeship promote", wholeship
    for program, single in PEERS.items():
        if shutil.which(program) is None:
            print(f"left out: {program} is not installed", file=sys.stderr)
            continue
        yield f"{program}, one by one", one_by_one(single)
        yield f"{program}, in parallel", side_by_side(single)


def run(command: list[str]) -> None:
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


@contextmanager
def scene(number: int, round_trip: float) -> Iterator[Bench]:
    with (
        registry() as upstream,
        relay(upstream, round_trip) as front,
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
    ):
        yield Bench(number, front, Path(folder))


def measured(bench: Bench, way: Way, runs: int) -> tuple[float, float, float]:
    """Median wall seconds, exposure window, and requests per tag."""
    walls, windows, requests = [], [], []
    for _ in range(runs):
        tag = f"20260528-182833-{next(_numbers):06d}"
        if way is wholeship:
            bench.prepare(tag)
        before = bench.front.requests
        began = time.monotonic()
        way(bench, tag)
        walls.append(time.monotonic() - began)
        windows.append(bench.front.window(tag))
        requests.append((bench.front.requests - before) / len(bench.names))
    return median(walls), median(windows), median(requests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="3,20")
    parser.add_argument("--round-trip", default="0,30,100", help="milliseconds")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    rows = []
    for number in map(int, args.images.split(",")):
        for milliseconds in map(int, args.round_trip.split(",")):
            with scene(number, milliseconds / 1000) as bench:
                base = 0.0
                for name, way in ways():
                    wall, window, requests = measured(bench, way, args.runs)
                    base = base or wall
                    trips = f"{window / (milliseconds / 1000):.1f}" if milliseconds else "–"
                    figures = [f"{wall:.2f}", f"{wall / base:.2f}", f"{window:.3f}", trips]
                    rows.append([number, milliseconds, name, *figures, f"{requests:.1f}"])
                    print(*rows[-1], sep="\t", file=sys.stderr)
    head = ["images", "round trip ms", "way", "wall s", "ratio", "window s", "window in round trips"]
    print(f"{machine()}; medians of {args.runs}\n")
    print(table([*head, "requests per image"], rows))


if __name__ == "__main__":
    main()
