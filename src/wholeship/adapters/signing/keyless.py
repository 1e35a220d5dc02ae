"""Signing without a key of one's own: a certificate for whoever the CI says we are (Sigstore).

The library ``sigstore`` does all of it: it finds the CI's identity token, asks Fulcio for a certificate,
enters every signature into Rekor's log, and checks all that when it verifies.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.x509 import RFC822Name, SubjectAlternativeName, UniformResourceIdentifier
from sigstore.dsse import Statement
from sigstore.errors import VerificationError
from sigstore.models import Bundle, ClientTrustConfig, InvalidBundle
from sigstore.oidc import IdentityError, IdentityToken, detect_credential
from sigstore.sign import Signer, SigningContext
from sigstore.verify import Verifier
from sigstore.verify.policy import AllOf, OIDCIssuer
from sigstore.verify.policy import Identity as Policy

from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.release.attestation.terms import Identity
from wholeship.release.ports import Signature

TOKEN = "SIGSTORE_ID_TOKEN"  # noqa: S105 - the name of a variable
"""The variable with an identity token, where no CI gives one (as for cosign)."""


@dataclass(frozen=True)
class KeylessSigner:
    """Signs as whoever the CI says we are. ``instance`` describes another Sigstore than the public one.
    A :class:`wholeship.release.ports.Signer`."""

    instance: str
    root: Path
    environment: Mapping[str, str]
    clock: Clock
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def check(self) -> None:
        with self._turn:
            _ = self._token

    def sign(self, statement: bytes) -> bytes:
        with self._turn:
            token = self._token
            try:
                bundle = self._signer(token).sign_dsse(Statement(statement))
                return str(bundle.to_json()).encode()
            except (BadInput, Unfinished):
                raise
            except Exception as error:
                # The library lets requests', TUF's and its own errors through; none says that it is signed.
                raise Unfinished(
                    f"not signed: {_told_error(error)}",
                    advice=f"is this machine's clock right? it says {self.clock.now():%Y-%m-%d %H:%M} UTC; "
                    "else run the same command again",
                ) from error

    @cached_property
    def _token(self) -> Any:
        try:
            raw = self.environment.get(TOKEN) or detect_credential()
        except IdentityError as error:
            raise Unfinished(f"the CI gives no identity token: {_told_error(error)}", advice=_RIGHT) from None
        if not raw:
            raise Unfinished("there is no identity to sign with: this is no CI that gives one", advice=_RIGHT)
        try:
            return IdentityToken(raw)
        except IdentityError as error:
            raise Unfinished(
                f"the identity token is not good now: {_told_error(error)}",
                advice=f"is this machine's clock right? it says {self.clock.now():%Y-%m-%d %H:%M} UTC",
            ) from None

    def _signer(self, token: Any) -> Any:
        known = self._signers.get("one")
        if known is None:
            context = SigningContext.from_trust_config(trust_config(self.instance, self.root))
            known = self._signers["one"] = Signer(token, context)
        return known

    @cached_property
    def _signers(self) -> dict[str, Any]:
        return {}


_RIGHT = (
    "in GitHub Actions the job needs the permission `id-token: write`; elsewhere put a token into "
    f"{TOKEN}, or sign with a key"
)


def trust_config(instance: str, root: Path) -> Any:
    """Which Sigstore is asked and trusted: the public one, or what the file *instance* says."""

    if not instance:
        return ClientTrustConfig.production()
    try:
        return ClientTrustConfig.from_json((root / instance).read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{instance} cannot be read: {error.strerror}") from None
    except Exception as error:  # pydantic's, and the library's own
        raise BadInput(f"{instance} does not describe a Sigstore instance: {_told_error(error)}") from None


@dataclass(frozen=True, slots=True)
class SubjectBeginning:
    """A policy of the library's form: whom the certificate names begins with ``beginning``."""

    beginning: str

    def verify(self, cert: Any) -> None:
        """Nothing; raises where the certificate names somebody else, or more than one."""
        names = cert.extensions.get_extension_for_class(SubjectAlternativeName).value
        found = [
            *names.get_values_for_type(UniformResourceIdentifier),
            *names.get_values_for_type(RFC822Name),
        ]
        if len(found) != 1 or not found[0].startswith(self.beginning):
            raise VerificationError(f"the certificate names {', '.join(found) or 'nobody'}")


def policy_of(identity: Identity) -> Any:
    """What a certificate must say to be that of *identity*."""
    if not identity.subject.endswith("*"):
        return Policy(identity=identity.subject, issuer=identity.issuer)
    return AllOf([OIDCIssuer(identity.issuer), SubjectBeginning(identity.subject[:-1])])


@dataclass(frozen=True)
class CertificateReader:
    """Tells by certificates who signed, among the ``trusted``."""

    trusted: tuple[Identity, ...]
    instance: str
    root: Path

    def verify(self, bundle: bytes, payload: bytes) -> Signature:
        """Who signed *bundle*, which holds *payload*; raises ``Unfinished`` when that cannot be found out."""
        why = "it is signed by nobody who is trusted"
        try:
            read = Bundle.from_json(bundle)
        except (InvalidBundle, ValueError) as error:
            return Signature(payload, "", f"the bundle is not well formed: {_told_error(error)}")
        for identity in self.trusted:
            policy = policy_of(identity)
            try:
                _, signed = self._verifier.verify_dsse(read, policy)
            except VerificationError as error:
                why = f"it is not signed by {identity}: {_told_error(error)}"
                continue
            return Signature(signed, str(identity))
        return Signature(payload, "", why)

    @cached_property
    def _verifier(self) -> Any:

        try:
            return Verifier(trusted_root=trust_config(self.instance, self.root).trusted_root)
        except (BadInput, Unfinished):
            raise
        except Exception as error:  # TUF's and requests' own
            raise Unfinished(
                f"Sigstore's roots of trust cannot be had: {_told_error(error)}",
                advice="run the same command again",
            ) from error


def _told_error(error: BaseException) -> str:
    """What went wrong, in its own words; those of its cause where it has none."""
    while not str(error) and error.__cause__ is not None:
        error = error.__cause__
    return printable(str(error) or type(error).__name__, limit=300)
