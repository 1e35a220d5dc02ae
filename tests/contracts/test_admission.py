"""Asked by the cluster: the policies in docs/attest.md, as they stand there, by Kyverno and by Flux."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from wholeship.core.digest import Digest
from wholeship.core.reference import Repository
from wholeship.release.attestation.referrers import (
    Subject,
    attach,
    bundle_in,
    bundles_of,
    listing_of,
    stored_bundle,
    upload_bundles,
)
from wholeship.release.attestation.statements import RELEASE
from wholeship.testing.images import image

pytest.importorskip("securesystemslib", reason="the extra attest is not installed")
from tests.contracts.attested import Real, by_key, called, documented, key_pairs, released, released_in

pytestmark = [pytest.mark.real, pytest.mark.extended]


@dataclass(frozen=True)
class Stranger:
    """Images in the released repository that are of no release, by what lies beside them."""

    real: Real

    @property
    def repository(self) -> Repository:
        return self.real.world.repository("app")

    def bundle(self) -> bytes:
        """The released app's own."""
        client, digest = self.real.world.client, self.real.record.candidates["app"].digest
        (referrer,) = bundles_of(listing_of(client, Subject(self.repository, digest, "", 0)), RELEASE)
        return bundle_in(client, self.repository, referrer)

    def unsigned(self) -> Digest:
        return image("unsigned").push(self.real.world.client, self.repository)

    def borrowed(self) -> Digest:
        """With the statement of a release that it is not in."""
        return self._with("borrowed", self.bundle())

    def changed(self) -> Digest:
        """With a statement in which a digest was changed to its own after it was signed."""
        mine, bundle = image("changed").digest, json.loads(self.bundle())
        said = base64.b64decode(bundle["dsseEnvelope"]["payload"]).decode()
        said = said.replace(self.real.record.candidates["app"].digest.hex, mine.hex)
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(said.encode()).decode()
        return self._with("changed", json.dumps(bundle).encode())

    def by_another_key(self) -> Digest:
        """Stated as it should be, by somebody else."""
        said = base64.b64decode(json.loads(self.bundle())["dsseEnvelope"]["payload"]).decode()
        mine = image("foreign").digest
        return self._with("foreign", self._signed(said, mine, "stranger"))

    def not_clean(self) -> Digest:
        """Of a release from a work tree with changes, by the right key."""
        said = base64.b64decode(json.loads(self.bundle())["dsseEnvelope"]["payload"]).decode()
        return self._with(
            "dirty", self._signed(said.replace('"dirty":false', '"dirty":true'), image("dirty").digest)
        )

    def _signed(self, said: str, digest: Digest, key: str = "cosign") -> bytes:
        signer = by_key(self.real.folder, key).signer
        assert signer is not None
        return signer.sign(said.replace(self.real.record.candidates["app"].digest.hex, digest.hex).encode())

    def _with(self, name: str, bundle: bytes) -> Digest:
        client, made = self.real.world.client, image(name)
        made.push(client, self.repository)
        manifest = made.manifest
        subject = Subject(self.repository, manifest.digest, manifest.media_type, len(manifest.body))
        upload_bundles(client, self.repository, [bundle])
        attach(client, listing_of(client, subject), [stored_bundle(bundle, RELEASE, subject)])
        return made.digest


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """Two releases of the same images on docker-registry; the second one."""
    folder = tmp_path_factory.mktemp("admission")
    key_pairs(folder, "cosign", "stranger")
    with released(folder, by_key(folder)) as first:
        yield released_in(first.world, folder, by_key(folder), sequence=2)


KYVERNO = ("ImageValidatingPolicy", "ClusterPolicy")
STRANGERS = ("unsigned", "borrowed", "changed", "by_another_key")


def admitted(real: Real, kind: str, *images: str, key: str = "cosign") -> bool:
    """Whether Kyverno lets a pod of *images* in, the first as a container, others before it."""
    (real.folder / "policy.yaml").write_text(documented(kind, real, key))
    containers = [{"name": f"c{number}", "image": name} for number, name in enumerate(images)]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "namespace": "default"},
        "spec": {"containers": containers[:1], "initContainers": containers[1:]},
    }
    (real.folder / "pod.yaml").write_text(json.dumps(pod))
    done = called(real.folder, "kyverno", "apply", "policy.yaml", "--resource=pod.yaml", "--registry")
    assert re.search(r"pass: \d+, fail: \d+, warn: 0, error: 0, skip: 0", done.stdout), (
        done.stdout + done.stderr
    )
    passed = re.search(r"pass: [1-9]\d*, fail: 0,", done.stdout) is not None
    assert passed == (done.returncode == 0), done.stdout
    return passed


@pytest.mark.parametrize("kind", KYVERNO)
def test_kyverno_lets_a_release_in(real: Real, kind: str) -> None:
    """Each image of a release, also where several releases share it."""
    for name in ("app", "worker", "embeddings"):
        assert admitted(real, kind, real.pinned(name))
    assert not admitted(real, kind, real.pinned("app"), key="stranger")


@pytest.mark.parametrize("kind", KYVERNO)
@pytest.mark.parametrize("beside", [*STRANGERS, "not_clean"])
def test_kyverno_keeps_others_out(real: Real, kind: str, beside: str) -> None:
    """What no release states, in whatever way it pretends; as a container, and before a good one."""
    stranger = Stranger(real)
    name = f"{stranger.repository}@{getattr(stranger, beside)()}"
    assert not admitted(real, kind, name)
    assert not admitted(real, kind, real.pinned("app"), name)


def verified(real: Real, image: str, key: str = "cosign") -> bool:
    """Whether Flux takes *image* by the documented block, the secret being the key."""
    (real.folder / "repository.yaml").write_text(documented("OCIRepository", real))
    secret = real.folder / key / "release-key"
    secret.mkdir(parents=True, exist_ok=True)
    (secret / "cosign.pub").write_text((real.folder / f"{key}.pub").read_text())
    done = called(real.folder, "flux-verify", "repository.yaml", key, image)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def test_flux_takes_a_release(real: Real) -> None:
    """By its tag and by its digest; with another key it is refused."""
    assert verified(real, real.image("app"))
    assert verified(real, real.pinned("app"))
    assert not verified(real, real.pinned("app"), key="stranger")


@pytest.mark.parametrize("beside", STRANGERS)
def test_flux_refuses_others(real: Real, beside: str) -> None:
    """What no release states, in whatever way it pretends."""
    stranger = Stranger(real)
    assert not verified(real, f"{stranger.repository}@{getattr(stranger, beside)()}")
