"""Keyless for real: a certificate of Fulcio's, an entry in Rekor, a time stamp; and who believes them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wholeship.core.errors import Unfinished
from wholeship.release.attestation.statements import RELEASE, release_statement
from wholeship.release.attestation.terms import AttestTerms, Identity, Keyless, Trust
from wholeship.release.stages.settings import AttestSettings
from wholeship.release.stages.table import stand_before

pytest.importorskip("sigstore", reason="the extra attest is not installed")
from tests.contracts.attested import DOCS, Real, called, documented, released, tool
from tests.sigstore_instance import Issuer, SigstoreInstance, sigstore
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.signing.keyless import TOKEN
from wholeship.adapters.signing.opening import open_signer, open_verifier

pytestmark = [pytest.mark.real, pytest.mark.extended]
WORKFLOW = "acme/shop/.github/workflows/release.yml"
SUBJECT = f"https://github.com/{WORKFLOW}@"


@dataclass(frozen=True)
class Keylessly:
    """A release that is signed with a certificate."""

    real: Real
    instance: SigstoreInstance


def settings(
    instance: SigstoreInstance, workflow: str = WORKFLOW, trusted: str = f"{SUBJECT}*"
) -> AttestSettings:
    """As a job of *workflow*; *trusted* is believed."""
    identity = Identity(instance.issuer.url, trusted)
    terms = AttestTerms(Keyless("sigstore.json"), Trust(identities=(identity,), instance="sigstore.json"))
    environment = {TOKEN: instance.issuer.token(f"{workflow}@refs/heads/main")}
    signer = open_signer(terms, instance.logs, environment, SystemClock())
    return AttestSettings(open_verifier(terms, instance.logs, environment), signer)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keylessly]:
    folder = tmp_path_factory.mktemp("keyless")
    with sigstore(folder, tool) as instance, released(folder, settings(instance)) as real:
        yield Keylessly(real, instance)


def stated(out: Keylessly) -> bytes:
    """The release's statement."""
    cleared = stand_before("attest", out.real.record, out.real.world.settings(out.real.plan)).cleared
    assert cleared is not None
    return release_statement(cleared).body


def bundle_of(out: Keylessly, attesting: AttestSettings) -> bytes:
    """The statement, signed once more."""
    assert attesting.signer is not None
    return attesting.signer.sign(stated(out))


def test_a_certificate_tells_who_signed(out: Keylessly) -> None:
    """The workflow is believed, by its beginning and in full; another workflow, ref or issuer is not."""
    bundle = bundle_of(out, settings(out.instance))
    for trusted in (f"{SUBJECT}*", f"{SUBJECT}refs/heads/main"):
        assert settings(out.instance, trusted=trusted).verifier.verify(bundle).signer
    assert not settings(out.instance, trusted=f"{SUBJECT}refs/heads/other").verifier.verify(bundle).signer
    foreign = bundle_of(out, settings(out.instance, workflow="acme/other/.github/workflows/release.yml"))
    said = settings(out.instance).verifier.verify(foreign)
    assert (said.signer, "not signed by" in said.problem) == ("", True)


def test_a_changed_byte_is_not_believed(out: Keylessly) -> None:
    """In the certificate, the time stamp, the log's entry or the signature: anywhere."""
    bundle = bundle_of(out, settings(out.instance)).decode()
    for part in ("rawBytes", "signedTimestamp", "canonicalizedBody", "rootHash", "sig"):
        at = bundle.index(f'"{part}"') + len(part) + 60
        changed = bundle[:at] + ("A" if bundle[at] != "A" else "B") + bundle[at + 1 :]
        assert not settings(out.instance).verifier.verify(changed.encode()).signer, part


def test_fulcio_that_believes_nobody_is_told(out: Keylessly) -> None:
    """A token that its issuer did not sign: nothing is signed, and the reason is said."""
    other = Issuer(out.instance.issuer.url)
    terms = AttestTerms(Keyless("sigstore.json"), Trust())
    signer = open_signer(
        terms, out.instance.logs, {TOKEN: other.token(f"{WORKFLOW}@refs/heads/main")}, SystemClock()
    )
    with pytest.raises(Unfinished, match="not signed: 4"):
        signer.sign(stated(out))


def cosign(out: Keylessly, subject: str) -> str:
    """What it complains of; nothing: verified."""
    words = (
        f"--trusted-root={out.instance.root}",
        f"--certificate-oidc-issuer={out.instance.issuer.url}",
        f"--certificate-identity-regexp=^{subject}",
        f"--type={RELEASE}",
        "--use-signed-timestamps",
        "--allow-http-registry",
    )
    done = called(out.real.folder, "cosign", "verify-attestation", *words, out.real.image("app"))
    assert (done.returncode == 0) == ("The code-signing certificate was verified" in done.stderr), done.stderr
    return done.stderr if done.returncode else ""


def test_cosign_believes_the_workflow(out: Keylessly) -> None:
    """`cosign verify-attestation` by the workflow's identity; another identity is refused."""
    assert cosign(out, SUBJECT) == ""
    assert "no matching CertificateIdentity" in cosign(out, "https://github.com/acme/other/")


def test_flux_believes_the_workflow(out: Keylessly) -> None:
    """By the documented block, with the identity in the place of the key."""
    roots = out.real.folder / "secrets" / "sigstore-root"
    roots.mkdir(parents=True)
    shutil.copy(out.instance.root, roots / "trusted_root.json")
    (identity,) = re.findall(r"```yaml\n( +matchOIDCIdentity:.*?)```", DOCS, re.DOTALL)
    ours = identity.replace(r"https://token\.actions\.githubusercontent\.com", out.instance.issuer.url)
    assert ours != identity
    for owner, code in (("acme", 0), ("mallory", 1)):
        block = documented("OCIRepository", out.real).replace(
            "    secretRef: {name: release-key}\n",
            "    trustedRootSecretRef: {name: sigstore-root}\n" + ours.replace("acme", owner),
        )
        Path(out.real.folder / "repository.yaml").write_text(block)
        done = called(out.real.folder, "flux-verify", "repository.yaml", "secrets", out.real.image("app"))
        assert done.returncode == code, done.stderr
