"""What images contain: from a scanner, or from where BuildKit left it; stated once, by somebody trusted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.release.stages.test_attest import beside, settings, shipped, subjects, visible
from tests.release.world import World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import ToolMissing, Unfinished
from wholeship.core.progress import Progress
from wholeship.core.reference import Pinned, Repository
from wholeship.release.attestation.referrers import bundle_in, bundles_of, listing_of
from wholeship.release.attestation.statements import SPDX
from wholeship.release.attestation.terms import Contents
from wholeship.release.depth import inspect
from wholeship.release.ports import BuildRequest, BuiltImage, Manifest, Registry
from wholeship.release.stages.results import Promoted
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.signing import MemoryVerifier


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


@dataclass
class Scanner:
    """Lists one package; each document is another one, as with the real ones."""

    missing: bool = False
    size: int = 0
    scanned: list[Pinned] = field(default_factory=list)

    def check(self) -> None:
        if self.missing:
            raise ToolMissing("syft is not installed, or not on PATH")

    def scan(self, image: Pinned) -> bytes:
        self.scanned.append(image)
        document = {"spdxVersion": "SPDX-2.3", "name": str(image), "documentNamespace": len(self.scanned)}
        return json.dumps(document | {"packages": [{"name": "zlib"}], "comment": "x" * self.size}).encode()


def by_scanner(scanner: Scanner) -> Any:
    return settings(contents=Contents(sbom="syft"), scanner=scanner)


def said_about(world: World, subject: Any) -> dict[str, Any]:
    (referrer,) = bundles_of(listing_of(world.client, subject), SPDX)
    payload = MemoryVerifier().verify(bundle_in(world.client, subject.repository, referrer)).payload
    read: dict[str, Any] = json.loads(payload)
    return read


def test_each_platform_has_its_own_sbom(world: World) -> None:
    """One document for each platform's manifest, about that manifest alone; an index has none of its own."""
    plan, scanner = world.plan("release", version="1.2.3"), Scanner()
    assert isinstance(shipped(world, plan, by_scanner(scanner)).outcome, Promoted)
    leaves = [s for s in subjects(world, plan) if "index" not in s.media_type]
    assert len(leaves) == 6
    assert {(p.repository, p.digest) for p in scanner.scanned} == {(s.repository, s.digest) for s in leaves}
    for subject in leaves:
        read = said_about(world, subject)
        assert [one["digest"]["sha256"] for one in read["subject"]] == [subject.digest.hex]
        assert read["predicate"]["packages"] == [{"name": "zlib"}]
    assert all(SPDX not in beside(world, s) for s in subjects(world, plan) if s not in leaves)


def test_what_is_stated_is_not_scanned_again(world: World) -> None:
    """A second try finds the documents, though a scanner would make other ones."""
    plan, scanner = world.plan(), Scanner()
    shipped(world, plan, by_scanner(scanner))
    once = len(scanner.scanned)
    shipped(world, plan, by_scanner(scanner))
    assert len(scanner.scanned) == once == 3


def test_a_strangers_sbom_does_not_count(world: World) -> None:
    """A document that nobody trusted has signed is no reason not to scan."""
    plan, scanner = world.plan(), Scanner()
    shipped(world, plan, by_scanner(scanner))
    other = replace(by_scanner(scanner), verifier=MemoryVerifier(frozenset({"else"})), required=False)
    shipped(world, plan, other)
    assert len(scanner.scanned) == 6


def test_an_absent_scanner_is_told_before_the_build(world: World) -> None:
    """No image is built for nothing."""
    with pytest.raises(ToolMissing, match="syft"):
        shipped(world, world.plan(), by_scanner(Scanner(missing=True)))
    assert world.builder.built == []


def test_an_sbom_of_five_megabytes_is_refused(world: World) -> None:
    """Longer than anybody reads: told, with its size and the image, and nothing is promoted."""
    plan = world.plan()
    with pytest.raises(Unfinished, match=r"about embeddings has 5\.0 MB"):
        shipped(world, plan, by_scanner(Scanner(size=5_000_000)))
    assert visible(world, plan) == set()


class BuildKit(MemoryBuilder):
    """As buildx with ``--sbom=true``: each image an index, with an attestation of each platform."""

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        made = super().build(request, progress=progress, stop=stop)
        return replace(made, digest=with_sbom(self.registry, request.repository, made.digest))


def described(kind: str, body: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": Digest.of(body), "size": len(body)}


def with_sbom(registry: Registry, repository: Repository, digest: Digest) -> Digest:
    child = registry.manifest(repository, digest)
    assert child is not None
    document = {"spdxVersion": "SPDX-2.3", "packages": [{"name": "busybox"}]}
    statement = {"predicateType": SPDX, "subject": [], "predicate": document}
    layer, config = json.dumps(statement).encode(), b"{}"
    for blob in (layer, config):
        registry.upload(repository, blob)
    kind = "application/vnd.oci.image.manifest.v1+json"
    layers = [
        described("application/vnd.in-toto+json", layer)
        | {"annotations": {"in-toto.io/predicate-type": SPDX}}
    ]
    proof = json.dumps(
        {"schemaVersion": 2, "mediaType": kind, "layers": layers,
         "config": described("application/vnd.oci.image.config.v1+json", config)}
    ).encode()  # fmt: skip
    registry.store(repository, Manifest(kind, proof))
    index_kind = "application/vnd.oci.image.index.v1+json"
    entries = [
        described(kind, child.body) | {"platform": {"os": "linux", "architecture": "amd64"}},
        described(kind, proof)
        | {
            "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {
                "vnd.docker.reference.digest": digest,
                "vnd.docker.reference.type": "attestation-manifest",
            },
        },
    ]
    index = json.dumps({"schemaVersion": 2, "mediaType": index_kind, "manifests": entries}).encode()
    registry.store(repository, Manifest(index_kind, index))
    return Digest.of(index)


def test_what_buildkit_found_is_signed(world: World) -> None:
    """The document in the index is stated about the platform's manifest, signed."""
    world.builder = BuildKit(world.client)
    plan = world.plan()
    answer = shipped(world, plan, settings(contents=Contents(sbom="buildkit")))
    assert isinstance(answer.outcome, Promoted)
    leaves = [s for s in subjects(world, plan) if "index" not in s.media_type]
    assert len(leaves) == 3
    assert all(said_about(world, s)["predicate"]["packages"] == [{"name": "busybox"}] for s in leaves)


def test_an_image_without_buildkits_sbom_is_told(world: World) -> None:
    """One that was built without is named, with the cure; nothing is promoted."""
    plan = world.plan()
    with pytest.raises(Unfinished, match=r"no SBOM of .* from BuildKit") as told:
        shipped(world, plan, settings(contents=Contents(sbom="buildkit")))
    assert "--no-reuse" in told.value.advice
    assert visible(world, plan) == set()


def test_attestations_in_an_index_are_no_platform(world: World) -> None:
    """`unknown/unknown` children are kept, byte for byte, and are no platform of the image."""
    world.builder = BuildKit(world.client)
    plan = world.plan()
    answer = shipped(world, plan)
    assert isinstance(answer.outcome, Promoted)
    for image in plan.images:
        candidate = answer.record.candidates[image.name]
        manifest = world.client.manifest(image.repository, candidate.digest)
        assert manifest is not None
        assert (
            candidate.platforms
            == image.platforms
            == inspect(world.client, image.repository, manifest).platforms
        )
        assert world.points_to(image.name, plan.tag) == candidate.digest
        assert len(json.loads(manifest.body)["manifests"]) == 2
