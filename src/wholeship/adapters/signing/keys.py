"""Keys: read from a file, a variable or a key store, and used through securesystemslib.

``FILE`` or ``env://NAME`` hold PEM: PKCS#8 (also with a password), or what ``cosign generate-key-pair``
writes. Any other ``SCHEME:…`` is a key store's URI as securesystemslib has it (``awskms:``, ``gcpkms:``,
``azurekms:``, ``hv:`` for Vault, ``hsm:`` for PKCS#11, ``gnupg:``); then the public key must be named too.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_pem_public_key,
)
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnsupportedLibraryError, UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Signature, Signer, SSlibKey

from wholeship.adapters.signing.envelope import IN_TOTO, bundle_for_key
from wholeship.core import jsons
from wholeship.core.errors import BadInput, ToolMissing, Unfinished
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.release.attestation.terms import VARIABLE, SigningKey, is_store

PASSWORDS = ("WHOLESHIP_KEY_PASSWORD", "COSIGN_PASSWORD")
"""Variables that a key's password is looked for in, where the release file names no other."""
_COSIGN = lazy_pattern(r"-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----(.+?)-----END", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that may be trusted; ``name`` is for people. ``key`` is securesystemslib's."""

    name: str
    key: Any
    spki: bytes

    @property
    def hint(self) -> bytes:
        """What tells it from other keys: the SHA-256 of its DER form, as cosign has it."""
        return hashlib.sha256(self.spki).digest()

    def has_signed(self, payload: bytes, payload_type: str, signature: bytes) -> bool:
        """Whether *signature* is this key's, of a DSSE envelope with *payload*."""

        try:
            given = Signature(self.key.keyid, signature.hex())
            self.key.verify_signature(given, Envelope(payload, payload_type, {}).pae())
        except UnverifiedSignatureError:
            return False
        return True


@dataclass(frozen=True)
class KeySigner:
    """Signs with a key. A :class:`wholeship.release.ports.Signer`."""

    wanted: SigningKey
    root: Path
    environment: Mapping[str, str]

    def check(self) -> None:
        _ = self._signer

    def sign(self, statement: bytes) -> bytes:

        signer, public = self._signer
        try:
            signature = signer.sign(Envelope(statement, IN_TOTO, {}).pae())
        except Exception as error:
            # Every key store has errors of its own, and none of them says that anything was signed.
            raise Unfinished(
                f"{self.wanted.key} does not sign: {error}", advice="run the same command again"
            ) from error
        return bundle_for_key(statement, bytes.fromhex(signature.signature), public.hint)

    @property
    def public(self) -> PublicKey:
        """The key that its signatures are checked with."""
        return self._signer[1]

    @cached_property
    def _signer(self) -> tuple[Any, PublicKey]:
        return self._from_store() if is_store(self.wanted.key) else self._from_pem()

    def _from_pem(self) -> tuple[Any, PublicKey]:

        text = read_pem(self.wanted.key, self.root, self.environment)
        private = private_key(text, self._password(), self.wanted.key)
        public = public_key_of(private.public_key(), self.wanted.key)
        try:
            return CryptoSigner(private, public.key), public
        except (ValueError, TypeError) as error:
            raise BadInput(f"{self.wanted.key}: not a key to sign with: {error}") from None

    def _from_store(self) -> tuple[Any, PublicKey]:

        public = load_public_key(self.wanted.public or "", self.root, self.environment)
        try:
            return Signer.from_priv_key_uri(self.wanted.key, public.key, lambda _: self._pin()), public
        except (ImportError, UnsupportedLibraryError) as error:
            told = f"{self.wanted.key} needs a library that is not installed: {error}"
            raise ToolMissing(
                told, advice="pip install 'securesystemslib[awskms,azurekms,gcpkms,hsm]'"
            ) from None
        except ValueError as error:
            raise BadInput(f"{self.wanted.key}: {error}") from None
        except Exception as error:
            raise Unfinished(f"{self.wanted.key} cannot be used: {error}") from error

    def _pin(self) -> str:
        return (self._password() or b"").decode()

    def _password(self) -> bytes | None:
        names = (self.wanted.password,) if self.wanted.password else PASSWORDS
        found = next((self.environment[name] for name in names if name in self.environment), None)
        if found is None and self.wanted.password:
            raise BadInput(
                f"there is no variable {self.wanted.password}", advice="it should hold the key's password"
            )
        return found.encode() if found is not None else None


def read_pem(place: str, root: Path, environment: Mapping[str, str]) -> bytes:
    """The PEM text at *place*, a file (from *root*) or ``env://NAME``; :class:`BadInput`."""
    if place.startswith(VARIABLE):
        name = place.removeprefix(VARIABLE)
        if not environment.get(name):
            raise BadInput(f"there is no key in the variable {name}", advice="set it to the key in PEM")
        return environment[name].encode()
    try:
        return (root / place).read_bytes()
    except OSError as error:
        raise BadInput(f"the key {place} cannot be read: {error.strerror}") from None


def private_key(text: bytes, password: bytes | None, name: str) -> Any:
    """The private key in the PEM *text*; :class:`BadInput` with a wrong password, or none."""

    sealed = _COSIGN.search(text.decode("ascii", "replace"))
    try:
        if sealed is not None:
            return load_der_private_key(_opened_key(sealed[1], password, name), None)
        return load_pem_private_key(text, password if b"ENCRYPTED" in text else None)
    except TypeError:
        raise BadInput(f"{name} has a password", advice=f"put it into {PASSWORDS[0]}") from None
    except ValueError as error:
        wrong = password is not None and b"ENCRYPTED" in text
        told = "the password is wrong, or it is no private key" if wrong else f"no private key: {error}"
        raise BadInput(f"{name}: {told}") from None


def _opened_key(encoded: str, password: bytes | None, name: str) -> bytes:
    """What cosign sealed with *password*: scrypt and NaCl's secretbox, as its key file says itself."""

    if password is None:
        raise TypeError
    try:
        box = jsons.parse_json(base64.b64decode(encoded), what=name)
        kdf, cost = box["kdf"], box["kdf"]["params"]
        if (kdf["name"], box["cipher"]["name"]) != ("scrypt", "nacl/secretbox"):
            raise BadInput(f"{name} is sealed in a way that is not known here")
        key = hashlib.scrypt(
            password,
            salt=base64.b64decode(kdf["salt"]),
            n=int(cost["N"]),
            r=int(cost["r"]),
            p=int(cost["p"]),
            maxmem=256 * 1024 * 1024,
            dklen=32,
        )
        sealed, nonce = base64.b64decode(box["ciphertext"]), base64.b64decode(box["cipher"]["nonce"])
        return bytes(SecretBox(key).decrypt(sealed, nonce))
    except (CryptoError, KeyError) as error:
        raise ValueError(str(error)) from None


def load_public_key(place: str, root: Path, environment: Mapping[str, str]) -> PublicKey:
    """The public key at *place*, in PEM; :class:`BadInput`."""
    if not place:
        raise BadInput("a key in a key store needs its public key too", advice="attest.sign.public: FILE")
    try:
        return public_key_of(load_pem_public_key(read_pem(place, root, environment)), place)
    except ValueError as error:
        raise BadInput(f"{place}: not a public key in PEM: {error}") from None


def public_key_of(public: Any, name: str) -> PublicKey:
    """*public*, a key of the library cryptography, as what signatures are checked with; :class:`BadInput`."""

    # The padding that cosign and the policy engines use for RSA; the library's own default is another.
    scheme = "rsa-pkcs1v15-sha256" if isinstance(public, RSAPublicKey) else None
    try:
        key = SSlibKey.from_crypto(public, scheme=scheme)
    except ValueError as error:
        raise BadInput(f"{name}: {error}", advice="use ECDSA, Ed25519 or RSA") from None
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(f"key {hashlib.sha256(spki).hexdigest()[:12]}", key, spki)
