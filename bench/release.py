"""A whole release against building and pushing the same three images without any safety.

    .venv/bin/python -m bench.release [--builder buildah] [--runs 3] [--work NAMES] [--against SRC] [--short]

``compute``: examples/shop as it is, whose builds compete for the cores. ``wait``: three builds of equal
length that sleep, as on separate runners; ``ten``: the same for ten seconds. ``empty``: builds of no length,
so that what is left is what a release adds. ``--against``: another checkout's ``src``, measured in the same
rounds. Every run builds anew (a file in the context changes). The unsafe ways use the same builder with the
same flags, push tags as they come, and check nothing. The release has one gate, of negligible length. Needs
the base image: scripts/base-image.
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
from contextlib import contextmanager, nullcontext
from pathlib import Path

from bench.common import machine, median, registry, store, table
from wholeship.adapters.builders import buildah

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ("embeddings", "worker", "app")
BASE = "localhost/shop-base:1"
SECONDS = {"wait": 15, "ten": 10, "empty": 0}
_numbers = itertools.count(1)


class Scene:
    """A folder with three Dockerfiles and a release file, and a registry to push to."""

    def __init__(self, work: str, builder: str, folder: Path, host: str) -> None:
        self.builder, self.folder, self.host = builder, folder, host
        # The same way of running build steps for everybody, found out once.
        self.isolation = dict(buildah.make({}).isolation.environment) if builder == "buildah" else {}
        shutil.copytree(ROOT / "examples" / "shop", folder, dirs_exist_ok=True)
        if work in SECONDS:
            for name in IMAGES:
                step = f"RUN sleep {SECONDS[work]} && echo {name} > /made"
                lines = ["ARG BASE", "FROM ${BASE}", "COPY core core", step, 'ENTRYPOINT ["/bin/true"]']
                (folder / "docker" / name / "Dockerfile").write_text("\n".join(lines) + "\n")
        lines = [f"registry: {host}/bench", "images:"]
        lines += [
            f"  {name}: {{context: ., dockerfile: docker/{name}/Dockerfile, args: {{BASE: '{BASE}'}}}}"
            for name in IMAGES
        ]
        lines += ["watched: app", "gates: {quick: {run: /bin/true}}"]
        lines += [f"builder: {{type: {builder}, parallel: 3}}"]
        (folder / "wholeship.yaml").write_text("\n".join(lines) + "\n")

    def renew(self) -> str:
        """Something in every context changes; gives the tag of this run."""
        number = next(_numbers)
        (self.folder / "core" / "nonce.txt").write_text(f"{number} {time.time_ns()}\n")
        return f"20260528-182833-{number:06d}"

    def release(self, tag: str, *more: str, source: str = "") -> None:
        command = [sys.executable, "-m", "wholeship", "release", "--tag", tag, "--quiet", *more]
        run(command, self.folder, {"PYTHONPATH": source} if source else None)

    def image(self, name: str, tag: str) -> None:
        """Build and push one image, tagged, with nothing around it."""
        reference = f"{self.host}/bench/{name}:{tag}"
        what = ["-f", f"docker/{name}/Dockerfile", "--build-arg", f"BASE={BASE}", "-t", reference]
        if self.builder == "docker":
            from wholeship.adapters.builders import docker_client

            docker = docker_client.find_client().program
            run([docker, "build", "-q", *what, "."], self.folder)
            run([docker, "push", "-q", reference], self.folder)
            return
        flags = ["--pull=false", "--layers", "--format=oci"]
        run(["buildah", "build", "-q", *flags, *what, "."], self.folder, self.isolation)
        run(["buildah", "push", "-q", "--tls-verify=false", reference], self.folder)


def run(command: list[str], folder: Path, more: dict[str, str] | None = None) -> None:
    environment = {**os.environ, "DOCKER_BUILDKIT": "1", "NO_COLOR": "1", **(more or {})}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def parallel(scene: Scene, tag: str, names: tuple[str, ...] = IMAGES) -> None:
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: scene.image(name, tag), names))


def siblings_first(scene: Scene, tag: str) -> None:
    parallel(scene, tag, IMAGES[:2])
    scene.image(IMAGES[2], tag)


def sequential(scene: Scene, tag: str) -> None:
    for name in IMAGES:
        scene.image(name, tag)


WAYS: dict[str, Callable[[Scene, str], None]] = {
    "wholeship release": lambda scene, tag: scene.release(tag, "--no-reuse"),
    "unsafe, in parallel": parallel,
    "siblings, then app (the story's order)": siblings_first,
    "one after the other": sequential,
}


@contextmanager
def scene(work: str, builder: str) -> Iterator[Scene]:
    own = store() if builder == "buildah" else nullcontext()
    with own, registry() as host, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        here = Scene(work, builder, Path(folder), host)
        here.release(here.renew())  # the first one of all has nothing to go by
        yield here


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builder", default="buildah", choices=("buildah", "docker"))
    parser.add_argument("--work", default="compute,wait")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="beside the unsafe way in parallel only")
    parser.add_argument("--against", metavar="SRC", help="src of another checkout")
    args = parser.parse_args()
    ways = dict(list(WAYS.items())[:2]) if args.short else dict(WAYS)
    if args.against:
        source = str(Path(args.against).resolve())
        ways["the other wholeship"] = lambda scene, tag: scene.release(tag, "--no-reuse", source=source)
    rows = []
    for work in args.work.split(","):
        with scene(work, args.builder) as here:
            walls: dict[str, list[float]] = {name: [] for name in [*ways, "wholeship release, unchanged"]}
            for _ in range(args.runs):
                for name, way in ways.items():
                    tag = here.renew()
                    began = time.monotonic()
                    way(here, tag)
                    walls[name].append(time.monotonic() - began)
                # The last wholeship release of this round has other inputs; make one that can be reused.
                here.release(here.renew())
                began = time.monotonic()
                here.release(f"20260528-182833-{next(_numbers):06d}")
                walls["wholeship release, unchanged"].append(time.monotonic() - began)
            ours = median(walls["wholeship release"])
            for name, seconds in walls.items():
                wall = median(seconds)
                rows.append([work, name, f"{wall:.2f}", f"{ours / wall:.2f}"])
                print(*rows[-1], sep="\t", file=sys.stderr)
    print(f"{machine()}; {args.builder}; medians of {args.runs}\n")
    print(table(["work", "way", "wall s", "wholeship / this"], rows))


if __name__ == "__main__":
    main()
