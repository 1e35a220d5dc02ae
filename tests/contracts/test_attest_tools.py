"""Checked by others: cosign, oras and regctl on docker-registry, and a real syft, each the real program."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator
from threading import Event

import pytest

from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.syft import Syft
from wholeship.core.digest import Digest
from wholeship.core.media_types import OCI_MANIFEST
from wholeship.core.progress import Silent
from wholeship.core.reference import Pinned, Repository
from wholeship.release.attestation.demands import DemandRunner
from wholeship.release.attestation.statements import PROVENANCE, RELEASE, SIGNED, SUMMARY
from wholeship.release.attestation.terms import Demand
from wholeship.release.inputs.dockerfile import Outside
from wholeship.release.ports import Manifest, Trial
from wholeship.testing.images import OCI_CONFIG, OCI_LAYER, image
from wholeship.testing.signing import MemoryVerifier

pytest.importorskip("securesystemslib", reason="the extra attest is not installed")
from tests.contracts.attested import TOOLS, Real, by_key, called, key_pairs, released, tool

pytestmark = [pytest.mark.real, pytest.mark.extended]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """A release on docker-registry, signed with a key that cosign made."""
    folder = tmp_path_factory.mktemp("real")
    key_pairs(folder, "cosign", "stranger")
    with released(folder, by_key(folder)) as out:
        yield out


@pytest.mark.parametrize("image", ["app", "worker", "embeddings"])
@pytest.mark.parametrize("kind", [RELEASE, PROVENANCE, SUMMARY, SIGNED])
def test_cosign_verifies_every_statement(real: Real, image: str, kind: str) -> None:
    """`cosign verify-attestation` with the public key: each statement, of each image, by its type."""
    done = real.cosign("verify-attestation", real.image(image), f"--type={kind}")
    assert done.returncode == 0, done.stderr
    assert "signatures were verified against the specified public key" in done.stderr
    assert done.stdout.count("\n") == 1


def test_cosign_verifies_the_image(real: Real) -> None:
    """`cosign verify`, of the tag, of the index by digest, and of one platform by digest."""
    repository, digest = real.world.repository("app"), real.record.candidates["app"].digest
    index = real.world.client.manifest(repository, digest)
    assert index is not None
    child = json.loads(index.body)["manifests"][0]["digest"]
    for name in (real.image("app"), f"{repository}@{digest}", f"{repository}@{child}"):
        done = real.cosign("verify", name)
        assert done.returncode == 0, done.stderr


def test_cosign_refuses_a_foreign_key(real: Real) -> None:
    """Another key pair has signed none of it."""
    for verb, more in (("verify", ()), ("verify-attestation", (f"--type={RELEASE}",))):
        assert real.cosign(verb, real.image("app"), *more, key="stranger.pub").returncode != 0


def test_cosign_refuses_what_was_not_released(real: Real) -> None:
    """Another image in the same repository has no statement, and one cannot be borrowed by its tag."""
    repository = real.world.repository("app")
    other = image("somebody else's").push(real.world.client, repository)
    assert real.cosign("verify", f"{repository}@{other}").returncode != 0


def test_cosign_applies_a_policy_to_the_predicate(real: Real) -> None:
    """A policy in CUE over the release's own predicate: the right tag passes, another does not."""
    for tag, code in ((real.plan.tag, 0), ("20000101-000000-000001", 1)):
        policy = real.folder / "policy.cue"
        policy.write_text(f'predicate: release: tag: "{tag}"\npredicate: gates: [...{{passed: true}}]\n')
        done = real.cosign("verify-attestation", real.image("app"), f"--type={RELEASE}", f"--policy={policy}")
        assert done.returncode == code, done.stderr


def test_oras_discovers_the_artifacts(real: Real) -> None:
    """`oras discover` shows the bundles beside the image, with their type."""
    done = called(real.folder, "oras", "discover", "--plain-http", "--format=json", real.image("app"))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    entries = found.get("referrers") or found["manifests"]
    kinds = {entry["annotations"]["dev.sigstore.bundle.predicateType"] for entry in entries}
    assert kinds == {RELEASE, PROVENANCE, SUMMARY, SIGNED}
    assert {entry["artifactType"] for entry in entries} == {"application/vnd.dev.sigstore.bundle.v0.3+json"}


def test_regctl_lists_the_artifacts(real: Real) -> None:
    """`regctl artifact list` shows the same."""
    host = real.world.repository("app").host
    called(real.folder, "regctl", "registry", "set", "--tls=disabled", host)
    done = called(real.folder, "regctl", "artifact", "list", "--format={{json .}}", real.image("app"))
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["descriptors"]) == 4


APK = """P:zlib
V:1.3.1-r2
A:x86_64
L:Zlib
T:a compression library
o:zlib

"""


def alpine(client: RegistryClient, repository: Repository) -> Digest:
    """An image with one layer, in which one package is installed, as apk writes it down."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as layer:
        for name, text in (("etc/os-release", "ID=alpine\nVERSION_ID=3.20\n"), ("lib/apk/db/installed", APK)):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            layer.addfile(member, io.BytesIO(text.encode()))
    body = made.getvalue()
    config = json.dumps(
        {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [Digest.of(body)]}}
    ).encode()
    for blob in (body, config):
        client.upload(repository, blob)
    parts = [(OCI_CONFIG, config), (OCI_LAYER, body)]
    described = [{"mediaType": k, "digest": Digest.of(b), "size": len(b)} for k, b in parts]
    content = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described[0], "layers": described[1:]}
    manifest = Manifest(OCI_MANIFEST, json.dumps(content).encode())
    client.store(repository, manifest)
    return manifest.digest


def test_syft_lists_what_an_image_contains(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real syft reads an image from the registry: an SPDX document, in which a gate finds the package."""
    tool("syft")
    monkeypatch.setenv("PATH", f"{TOOLS}:{os.environ['PATH']}")
    repository = real.world.repository("app")
    pinned = Pinned(repository, alpine(real.world.client, repository))
    scanner = Syft(frozenset({repository.host}))
    scanner.check()
    document = json.loads(scanner.scan(pinned))
    assert document["spdxVersion"].startswith("SPDX-2")
    assert ("zlib", "1.3.1-r2") in {(p["name"], p.get("versionInfo")) for p in document["packages"]}
    demand = Demand(sbom_without=("zlib@1.3.1-r2",))
    looks = DemandRunner(demand, real.world.client, outside_of, MemoryVerifier, scanner, real.world.clock)
    trial = Trial("slim", 60, real.folder / "slim.log", {"app": pinned})
    answer = looks.run(trial, progress=Silent(), stop=Event())
    assert answer.exit_code == 1
    assert answer.tail[0].endswith("contains zlib 1.3.1-r2")


def outside_of(image: str) -> Outside:
    return Outside(())
