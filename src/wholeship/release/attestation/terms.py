"""What the release file says about attesting, resolved: what is stated, who signs, who is trusted."""

from __future__ import annotations

from dataclasses import field

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

VARIABLE = "env://"
_STORE = lazy_pattern(r"[a-z][a-z0-9]+:(?!//).+|(?:awskms|azurekms|gcpkms|gnupg|hsm|hv)://.+")


def is_store(key: str) -> bool:
    """Whether *key* names a key in a key store."""
    return not key.startswith(VARIABLE) and _STORE.fullmatch(key) is not None


@dataclass(frozen=True, slots=True)
class Contents:
    """What is stated beside the release itself."""

    provenance: bool = True
    sbom: str = "none"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Where the key is (a file, ``env://NAME``, a key store's URI), its public part where that must be named,
    and the variable with its password; empty: not named."""

    key: str
    public: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Keyless:
    """Signed with a certificate for whoever the CI says we are. ``instance``: a file that describes another
    Sigstore than the public one."""

    instance: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody that a certificate may name: ``subject`` by the word of ``issuer``. A subject that ends with
    ``*`` is a beginning: the refs of a workflow differ."""

    issuer: str
    subject: str

    def __str__(self) -> str:
        return f"{self.subject} by {self.issuer}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose signatures are believed. Nobody's, where it is empty."""

    keys: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()
    instance: str = ""

    def __bool__(self) -> bool:
        return bool(self.keys or self.identities)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a gate asks without running anything: base images signed by somebody, and packages (``NAME`` or
    ``NAME@VERSION``) that no image contains."""

    signed_bases: Trust | None = None
    sbom_without: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = []
        if self.signed_bases is not None:
            who = [*self.signed_bases.keys, *map(str, self.signed_bases.identities)]
            words.append(f"base images signed by {' or '.join(who)}")
        if self.sbom_without:
            words.append(f"no {', no '.join(self.sbom_without)} in it")
        return "; ".join(words)


@dataclass(frozen=True, slots=True)
class AttestTerms:
    """The section ``attest`` of the release file."""

    sign: SigningKey | Keyless | None
    trust: Trust
    contents: Contents = field(default_factory=Contents)
    required: bool = True
