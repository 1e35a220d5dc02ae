"""Keys: from files, variables and cosign's own format; what is wrong with one is said."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from wholeship.adapters.signing.envelope import read_bundle
from wholeship.core.errors import BadInput
from wholeship.release.attestation.terms import AttestTerms, SigningKey, Trust, is_store
from wholeship.testing.clock import FakeClock

pytest.importorskip("securesystemslib", reason="the extra attest is not installed")
pytest.importorskip("nacl", reason="the extra attest is not installed")

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from nacl.secret import SecretBox

from wholeship.adapters.signing.keys import KeySigner
from wholeship.adapters.signing.opening import open_signer, open_verifier

STATEMENT = b'{"_type":"https://in-toto.io/Statement/v1"}'
KEYS = {
    "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def pem(key: Any, password: str = "") -> bytes:
    sealed = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))


def public_pem(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def cosign_pem(key: Any, password: str) -> bytes:
    """As `cosign generate-key-pair` writes it, with less work to guess."""
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    salt, nonce = os.urandom(32), os.urandom(SecretBox.NONCE_SIZE)
    made = hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1, dklen=32)
    box = {
        "kdf": {"name": "scrypt", "params": {"N": 1024, "r": 8, "p": 1}, "salt": text(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": text(nonce)},
        "ciphertext": text(SecretBox(made).encrypt(der, nonce).ciphertext),
    }
    body = text(json.dumps(box).encode())
    kind = "ENCRYPTED SIGSTORE PRIVATE KEY"
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n".encode()


def terms(key: str, *, password: str = "", trusted: tuple[str, ...] = ()) -> AttestTerms:
    return AttestTerms(SigningKey(key, password=password), Trust(trusted))


def signed(wanted: AttestTerms, root: Path, environment: dict[str, str] | None = None) -> bytes:
    return open_signer(wanted, root, environment or {}, FakeClock()).sign(STATEMENT)


@pytest.mark.parametrize("kind", KEYS)
def test_what_a_key_signs_its_public_part_verifies(kind: str, tmp_path: Path) -> None:
    """ECDSA, Ed25519 and RSA; the statement comes back as it went, and the signer is named by its key."""
    key = KEYS[kind]()
    (tmp_path / "key.pem").write_bytes(pem(key))
    (tmp_path / "key.pub").write_bytes(public_pem(key))
    wanted = terms("key.pem", trusted=("key.pub",))
    said = open_verifier(wanted, tmp_path, {}).verify(signed(wanted, tmp_path))
    assert said.payload == STATEMENT
    assert said.signer == KeySigner(SigningKey("key.pem"), tmp_path, {}).public.name
    assert said.problem == ""


def test_without_trust_the_key_that_signs_is_trusted(tmp_path: Path) -> None:
    """One line in the release file is enough."""
    (tmp_path / "key.pem").write_bytes(pem(KEYS["ecdsa"]()))
    wanted = terms("key.pem")
    assert open_verifier(wanted, tmp_path, {}).verify(signed(wanted, tmp_path)).signer


def test_named_trust_is_all_there_is(tmp_path: Path) -> None:
    """Where keys are named, the key that signs is not believed beside them."""
    (tmp_path / "key.pem").write_bytes(pem(KEYS["ecdsa"]()))
    (tmp_path / "other.pub").write_bytes(public_pem(KEYS["ecdsa"]()))
    wanted = terms("key.pem", trusted=("other.pub",))
    said = open_verifier(wanted, tmp_path, {}).verify(signed(wanted, tmp_path))
    assert (said.signer, said.problem) == ("", "it is signed by a key that is not trusted")


@pytest.mark.parametrize("place", ["payload", "sig", "payloadType"])
def test_a_changed_byte_is_nobodys(place: str, tmp_path: Path) -> None:
    """The statement, the signature or the type changed: no key has signed that."""
    (tmp_path / "key.pem").write_bytes(pem(KEYS["ecdsa"]()))
    wanted = terms("key.pem")
    bundle = json.loads(signed(wanted, tmp_path))
    envelope = bundle["dsseEnvelope"]
    if place == "payloadType":
        envelope[place] = "application/vnd.in-toto"
    else:
        where = envelope["signatures"][0] if place == "sig" else envelope
        raw = bytearray(base64.b64decode(where[place]))
        raw[10] ^= 1
        where[place] = base64.b64encode(bytes(raw)).decode()
    said = open_verifier(wanted, tmp_path, {}).verify(json.dumps(bundle).encode())
    assert said.signer == ""
    assert said.problem


def test_a_key_in_a_variable(tmp_path: Path) -> None:
    """`env://NAME` is read from the environment; one that is not set is told."""
    environment = {"KEY": pem(KEYS["ecdsa"]()).decode()}
    wanted = terms("env://KEY")
    bundle = signed(wanted, tmp_path, environment)
    assert open_verifier(wanted, tmp_path, environment).verify(bundle).signer
    with pytest.raises(BadInput, match="no key in the variable KEY"):
        signed(wanted, tmp_path)


@pytest.mark.parametrize("form", [pem, cosign_pem])
def test_a_key_with_a_password(form: Any, tmp_path: Path) -> None:
    """PKCS#8 and cosign's own form: the right password opens it, a wrong one and none are told apart."""
    (tmp_path / "key.pem").write_bytes(form(KEYS["ecdsa"](), "right"))
    assert signed(terms("key.pem"), tmp_path, {"COSIGN_PASSWORD": "right"})
    assert signed(terms("key.pem", password="PIN"), tmp_path, {"PIN": "right", "COSIGN_PASSWORD": "wrong"})
    with pytest.raises(BadInput, match="password is wrong"):
        signed(terms("key.pem"), tmp_path, {"COSIGN_PASSWORD": "wrong"})
    with pytest.raises(BadInput, match="has a password"):
        signed(terms("key.pem"), tmp_path)
    with pytest.raises(BadInput, match="no variable PIN"):
        signed(terms("key.pem", password="PIN"), tmp_path)


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    """A file that is missing, and one that holds something else."""
    with pytest.raises(BadInput, match=r"key\.pem cannot be read"):
        signed(terms("key.pem"), tmp_path)
    (tmp_path / "key.pem").write_text("hello")
    with pytest.raises(BadInput, match="no private key"):
        signed(terms("key.pem"), tmp_path)
    (tmp_path / "key.pub").write_text("hello")
    with pytest.raises(BadInput, match="not a public key"):
        open_verifier(terms("key.pem", trusted=("key.pub",)), tmp_path, {}).check()


def test_a_key_store_needs_its_public_key() -> None:
    """Key stores are told from files by their scheme, and need the public key by the side."""
    stores = ("awskms:arn:aws:kms:eu-west-1:1:key/2", "hsm:2?module=x", "gcpkms://projects/p", "hv:name/1")
    assert all(is_store(key) for key in stores)
    assert not any(is_store(key) for key in ("cosign.key", "keys/release.pem", "env://KEY", "/etc/key"))
    with pytest.raises(BadInput, match="public key"):
        signed(terms("awskms:arn:aws:kms:eu-west-1:1:key/2"), Path())


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"dsseEnvelope":{"payload":"?"}}', b"\xff"])
def test_what_is_no_bundle_is_told(body: bytes, tmp_path: Path) -> None:
    """A bundle of another form is nobody's, with the reason; it is no crash."""
    (tmp_path / "key.pem").write_bytes(pem(KEYS["ecdsa"]()))
    assert open_verifier(terms("key.pem"), tmp_path, {}).verify(body).problem
    with pytest.raises(BadInput):
        read_bundle(body)
