"""Who signs and who is trusted, by what the release file says; nothing is read before it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from wholeship.adapters.signing.keys import KeySigner
from wholeship.adapters.signing.verifying import TrustedSigners
from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput
from wholeship.release.attestation.terms import AttestTerms, Keyless, SigningKey
from wholeship.release.ports import Signer


def open_signer(terms: AttestTerms, root: Path, environment: Mapping[str, str], clock: Clock) -> Signer:
    """Who signs by *terms*, which stand in a release file in *root*."""
    if isinstance(terms.sign, Keyless):
        signer: Signer = _keyless().KeylessSigner(terms.sign.instance, root, environment, clock)
        return signer
    if terms.sign is None:
        raise BadInput("nothing says who signs", advice="say so in the release file: attest.sign")
    return KeySigner(terms.sign, root, environment)


def open_verifier(terms: AttestTerms, root: Path, environment: Mapping[str, str]) -> TrustedSigners:
    """Who tells the signatures that *terms* trust from others."""
    trust, reader = terms.trust, None
    own = KeySigner(terms.sign, root, environment) if isinstance(terms.sign, SigningKey) else None
    if trust.identities:
        reader = _keyless().CertificateReader(trust.identities, trust.instance, root)
    return TrustedSigners(trust, root, environment, own, reader)


def _keyless() -> ModuleType:
    """Imported where it is asked for: it takes a third of a second."""
    from wholeship.adapters.signing import keyless

    return keyless
