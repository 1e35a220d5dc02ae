"""Keyless: tokens and certificates by the real library; Fulcio, Rekor and their roots are played here."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wholeship.core.errors import Unfinished
from wholeship.release.attestation.terms import AttestTerms, Identity, Keyless, Trust
from wholeship.testing.clock import FakeClock

pytest.importorskip("sigstore", reason="the extra attest is not installed")

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sigstore.errors import VerificationError

from wholeship.adapters.signing import keyless
from wholeship.adapters.signing.keyless import CertificateReader, KeylessSigner, policy_of
from wholeship.adapters.signing.opening import open_signer, open_verifier

ISSUER = "https://token.actions.githubusercontent.com"
WORKFLOW = "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main"
STATEMENT = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "app", "digest": {"sha256": "0" * 64}}],
        "predicateType": "https://example.com/x",
        "predicate": {},
    }
).encode()


def token(*, since: timedelta = timedelta(minutes=-1), until: timedelta = timedelta(minutes=5)) -> str:
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "sub": "repo:acme/shop",
        "aud": "sigstore",
        "iat": now + since,
        "exp": now + until,
    }
    return str(jwt.encode(claims | {"job_workflow_ref": "acme/shop"}, "x" * 32))


def signer(raw: str = "") -> KeylessSigner:
    environment = {"SIGSTORE_ID_TOKEN": raw} if raw else {}
    return KeylessSigner("", Path(), environment, FakeClock())


def test_without_an_identity_it_is_told_before_anything_is_built() -> None:
    """No CI that gives a token: what to do, for GitHub and elsewhere."""
    with pytest.raises(Unfinished, match="no identity") as told:
        signer().check()
    assert "id-token: write" in told.value.advice


@pytest.mark.parametrize(
    ("since", "until"),
    [(timedelta(hours=-2), timedelta(hours=-1)), (timedelta(hours=1), timedelta(hours=2))],
)
def test_a_wrong_clock_is_named(since: timedelta, until: timedelta) -> None:
    """A token that is over, or not yet good, by this machine's clock: the clock is asked about."""
    with pytest.raises(Unfinished, match="not good now") as told:
        signer(token(since=since, until=until)).check()
    assert "clock right? it says 2026" in told.value.advice


def test_a_good_token_is_enough_to_begin() -> None:
    """Nothing is asked of Fulcio before there is something to sign."""
    signer(token()).check()


class PlayedSigner:
    """Signs as the library's, with no Fulcio behind it."""

    failing: Exception | None = None

    def __init__(self, identity: Any, context: Any) -> None:
        assert identity.issuer == ISSUER

    def sign_dsse(self, statement: Any) -> Any:
        if self.failing:
            raise self.failing
        return PlayedBundle()


class PlayedBundle:
    def to_json(self) -> str:
        envelope = {
            "payload": base64.b64encode(STATEMENT).decode(),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": "AAAA"}],
        }
        return json.dumps({"dsseEnvelope": envelope, "verificationMaterial": {"certificate": {}}})


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyless, "Signer", PlayedSigner)
    monkeypatch.setattr(keyless, "trust_config", lambda instance, root: None)
    monkeypatch.setattr("sigstore.sign.SigningContext.from_trust_config", lambda config: None)


@pytest.mark.usefixtures("played")
def test_what_sigstore_does_not_sign_is_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the library, of whatever kind, is "not signed", with its words."""
    assert signer(token()).sign(STATEMENT)
    monkeypatch.setattr(PlayedSigner, "failing", ConnectionError("no route to fulcio"))
    with pytest.raises(Unfinished, match="not signed: no route to fulcio"):
        signer(token()).sign(STATEMENT)


class SilentError(Exception):
    """As Fulcio's client has it: no words of its own."""

    __cause__ = ConnectionError("400 Bad Request")


@pytest.mark.usefixtures("played")
def test_an_error_without_words_is_told_by_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a class is no reason."""
    monkeypatch.setattr(PlayedSigner, "failing", SilentError())
    with pytest.raises(Unfinished, match="not signed: 400 Bad Request"):
        signer(token()).sign(STATEMENT)


def certificate(subject: str, issuer: str = ISSUER) -> Any:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([])
    said = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.1"), issuer.encode())
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(subject)])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(minutes=10))
    return (
        made.add_extension(names, critical=True)
        .add_extension(said, critical=False)
        .sign(key, hashes.SHA256())
    )


@pytest.mark.parametrize(
    ("trusted", "believed"),
    [
        (Identity(ISSUER, WORKFLOW), True),
        (Identity(ISSUER, WORKFLOW.partition("@")[0] + "@*"), True),
        (Identity("https://accounts.example.com", WORKFLOW), False),
        (Identity("https://accounts.example.com", WORKFLOW.partition("@")[0] + "@*"), False),
        (Identity(ISSUER, WORKFLOW[:-1]), False),
        (Identity(ISSUER, "https://github.com/acme/other/*"), False),
    ],
)
def test_whom_a_certificate_names(trusted: Identity, believed: bool) -> None:
    """Subject and issuer must be those named: in full, or the subject's beginning."""
    if believed:
        policy_of(trusted).verify(certificate(WORKFLOW))
        return
    with pytest.raises(VerificationError):
        policy_of(trusted).verify(certificate(WORKFLOW))


class PlayedVerifier:
    """Believes the identity that it is told to."""

    def verify_dsse(self, bundle: Any, policy: Any) -> tuple[str, bytes]:
        policy.verify(certificate(WORKFLOW))
        return "application/vnd.in-toto+json", STATEMENT


@pytest.mark.parametrize("subject", [WORKFLOW, "https://github.com/acme/other/*"])
def test_who_signed_is_told_by_identity(subject: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trusted identity is the signer's name; another certificate is nobody's, with the reason."""
    monkeypatch.setattr("sigstore.models.Bundle.from_json", lambda body: None)
    monkeypatch.setattr(CertificateReader, "_verifier", PlayedVerifier())
    terms = AttestTerms(Keyless(), Trust(identities=(Identity(ISSUER, subject),)))
    said = open_verifier(terms, Path(), {}).verify(PlayedBundle().to_json().encode())
    if subject == WORKFLOW:
        assert said.signer == f"{WORKFLOW} by {ISSUER}"
    else:
        assert (said.signer, "not signed by" in said.problem) == ("", True)


def test_a_bundle_of_another_form_is_nobodys() -> None:
    """The real library refuses it, and that is told, not raised."""
    terms = AttestTerms(Keyless(), Trust(identities=(Identity(ISSUER, WORKFLOW),)))
    said = open_verifier(terms, Path(), {}).verify(PlayedBundle().to_json().encode())
    assert said.signer == ""
    assert "not well formed" in said.problem


def test_keyless_signs_only_as_keyless() -> None:
    """The release file's word for it opens a signer without a key."""
    terms = AttestTerms(Keyless(), Trust())
    assert isinstance(open_signer(terms, Path(), {}, FakeClock()), KeylessSigner)
