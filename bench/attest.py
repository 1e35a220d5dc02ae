"""What attesting costs, beside a release without it: time, requests, and the exposure window.

    .venv/bin/python -m bench.attest [--images 20] [--round-trip 0,30] [--runs 3]

A release of N small images on docker-registry, behind a relay; attested with a key in a file, and plain, in
pairs. Builds are of no length (blobs of a few bytes), so that nothing hides what attesting takes. Needs the
extra ``attest``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.common import machine, median, registry, table
from bench.relay import relay
from tests.release.world import World
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.signing.opening import open_signer, open_verifier
from wholeship.core.http import Request, Response
from wholeship.release.attestation.terms import AttestTerms, SigningKey, Trust
from wholeship.release.config import Overrides, parse_config
from wholeship.release.ship import ship
from wholeship.release.stages.results import Promoted
from wholeship.release.stages.settings import AttestSettings, PromoteSettings
from wholeship.testing.builder import MemoryBuilder

CONNECTIONS = 96


@dataclass
class Counted:
    """A transport that remembers what went over it."""

    inner: HttpTransport
    tag: str = ""
    sent: int = 0
    marks: list[int] | None = None

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        answer = self.inner.send(request, limit=limit, timeout=timeout)
        self.sent += 1
        if self.marks is not None and request.method == "PUT" and request.url.endswith(self.tag):
            self.marks.append(self.sent)
        return answer


@dataclass(frozen=True)
class Figures:
    """Of one release: seconds by stage, the window, requests between the first and the last tag."""

    attest: float
    window: float
    processor: float
    between: int
    requests: int


def release(host: str, folder: Path, number: int, sequence: int, attesting: AttestSettings | None) -> Figures:
    names = [f"image{i:02d}" for i in range(number)]
    text = f"registry: {host}/bench{sequence}\nimages:\n" + "".join(f"  {name}: {{}}\n" for name in names)
    config = parse_config(
        f"{text}watched: image00\ngates:\n  check: {{image: image00, command: [x]}}\n",
        folder / "f.yaml",
        Overrides(),
    )
    world = World(folder, config)
    world.clock = SystemClock()  # type: ignore[assignment]
    line = Counted(HttpTransport(connections=CONNECTIONS), marks=[])
    world.client = RegistryClient(line, world.clock)
    world.builder = MemoryBuilder(world.client)
    plan = world.plan(sequence=sequence)
    line.tag = plan.tag
    (folder / "Dockerfile").touch()
    began = time.process_time()
    shipped = ship(
        plan, replace(world.settings(plan), attesting=lambda: attesting, promoting=PromoteSettings)
    )
    assert isinstance(shipped.outcome, Promoted), shipped.outcome
    marks = line.marks or [0]
    return Figures(
        shipped.seconds.get("attest", 0.0),
        shipped.outcome.window,
        time.process_time() - began,
        marks[-1] - marks[0] - 1,
        line.sent,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--round-trip", default="0,30", help="milliseconds")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print(machine())
    rows, sequence = [], 0
    with registry() as upstream, tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        attesting = by_key(folder)
        for delay in map(float, args.round_trip.split(",")):
            plain, signed = [], []
            with relay(upstream, delay / 1000) as front:
                for _ in range(args.runs):
                    for kept, how in ((plain, None), (signed, attesting)):
                        sequence += 1
                        kept.append(release(front.host, folder, args.images, sequence, how))
            rows += [row(delay, "plain", plain), row(delay, "attested", signed)]
    head = ("ms", "", "attest s", "window ms", "between tags", "requests", "CPU s")
    print(table(head, rows))


def by_key(folder: Path) -> AttestSettings:
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "a.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    terms = AttestTerms(SigningKey("a.key"), Trust())
    return AttestSettings(open_verifier(terms, folder, {}), open_signer(terms, folder, {}, SystemClock()))


def row(delay: float, name: str, figures: list[Figures]) -> tuple[str, ...]:
    return (
        f"{delay:.0f}",
        name,
        f"{median([f.attest for f in figures]):.2f}",
        f"{median([f.window for f in figures]) * 1000:.0f}",
        " ".join(str(f.between) for f in figures),
        f"{median([f.requests for f in figures]):.0f}",
        f"{median([f.processor for f in figures]):.2f}",
    )


if __name__ == "__main__":
    main()
