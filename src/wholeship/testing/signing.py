"""Signers and verifiers in memory, that keep the ports' promise without a library or a key.

A bundle of theirs names its signer and is bound to its bytes; change one, and nobody has signed it. What
they make proves nothing to anybody else.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import field

from wholeship.core import jsons
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.values import dataclass
from wholeship.release.ports import Signature


@dataclass(slots=True)
class MemorySigner:
    """Signs as ``name``; each signature is another one, as of a real key. ``failing``: what it raises.
    A :class:`wholeship.release.ports.Signer`."""

    name: str = "release"
    failing: WholeshipError | None = None
    signed: list[bytes] = field(default_factory=list)

    def check(self) -> None:
        if self.failing is not None:
            raise self.failing

    def sign(self, statement: bytes) -> bytes:
        self.check()
        self.signed.append(statement)
        text = base64.b64encode(statement).decode()
        read = {"number": len(self.signed), "signer": self.name, "payload": text}
        return jsons.canonical(read | {"seal": _seal(read)})


@dataclass(frozen=True, slots=True)
class MemoryVerifier:
    """Believes the signatures of ``trusted``, by name. A :class:`wholeship.release.ports.Verifier`."""

    trusted: frozenset[str] = frozenset({"release"})

    def check(self) -> None:
        """See :class:`wholeship.release.ports.Verifier`."""

    def verify(self, bundle: bytes) -> Signature:
        try:
            read = jsons.parse_json(bundle, what="the bundle")
            seal, payload = read.pop("seal"), base64.b64decode(read["payload"], validate=True)
        except (BadInput, KeyError, TypeError, AttributeError, ValueError) as error:
            return Signature(b"", "", f"the bundle has another form ({error!r})")
        if seal != _seal(read):
            return Signature(payload, "", "the signature does not fit")
        if read["signer"] not in self.trusted:
            return Signature(payload, "", "it is signed by a key that is not trusted")
        return Signature(payload, read["signer"])


def _seal(read: dict[str, object]) -> str:
    return hashlib.sha256(jsons.canonical(read)).hexdigest()
