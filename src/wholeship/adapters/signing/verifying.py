"""Whose signature it is, among those who are trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.signing.envelope import IN_TOTO, Envelope, read_bundle
from wholeship.adapters.signing.keys import KeySigner, PublicKey, load_public_key
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.release.attestation.terms import Trust
from wholeship.release.ports import Signature

if TYPE_CHECKING:
    from wholeship.adapters.signing.keyless import CertificateReader


@dataclass(frozen=True)
class TrustedSigners:
    """Tells signatures of *trust* from others. ``signer``: the key that signs here, which is trusted where
    nobody else is named. A :class:`wholeship.release.ports.Verifier`."""

    trust: Trust
    root: Path
    environment: Mapping[str, str]
    signer: KeySigner | None = None
    certificates: CertificateReader | None = None
    _known: dict[bytes, Signature] = field(default_factory=dict)

    def check(self) -> None:
        if not self._keys and self.certificates is None:
            raise BadInput(
                "nobody is trusted to sign",
                advice="name keys or identities in attest.trust of the release file",
            )

    def verify(self, bundle: bytes) -> Signature:
        known = self._known.get(bundle)
        if known is None:
            known = self._known[bundle] = self._verified(bundle)
        return known

    def _verified(self, bundle: bytes) -> Signature:
        try:
            envelope = read_bundle(bundle)
        except BadInput as error:
            return Signature(b"", "", error.message)
        if envelope.payload_type != IN_TOTO:
            return Signature(envelope.payload, "", f"it is not a statement but {envelope.payload_type[:80]}")
        if not envelope.has_certificate:
            return self._by_key(envelope)
        if self.certificates is None:
            return Signature(
                envelope.payload, "", "it is signed with a certificate, and no identity is trusted"
            )
        return self.certificates.verify(bundle, envelope.payload)

    def _by_key(self, envelope: Envelope) -> Signature:
        for key in self._keys:
            for signature in envelope.signatures:
                if key.has_signed(envelope.payload, envelope.payload_type, signature):
                    return Signature(envelope.payload, key.name)
        return Signature(envelope.payload, "", "it is signed by a key that is not trusted")

    @cached_property
    def _keys(self) -> tuple[PublicKey, ...]:
        named = tuple(load_public_key(place, self.root, self.environment) for place in self.trust.keys)
        own = self.signer is not None and not self.trust
        return (*named, self.signer.public) if own and self.signer is not None else named
