"""The form of a Sigstore bundle around a DSSE envelope, written for keys and read for all.

Facts: Sigstore's protobuf specification, "Bundle" 0.3; DSSE 1.0, "Envelope". Only the form is handled here;
what is signed, and whether it is signed well, is for the libraries.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from wholeship.core import jsons
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
IN_TOTO = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a bundle holds. ``has_certificate``: it says by a certificate who signed, not by a key."""

    payload: bytes
    payload_type: str
    signatures: tuple[bytes, ...]
    has_certificate: bool


def bundle_for_key(payload: bytes, signature: bytes, hint: bytes) -> bytes:
    """A bundle of *payload* with the *signature* of a key that *hint* tells from others."""
    return jsons.canonical(
        {
            "mediaType": MEDIA_TYPE,
            "verificationMaterial": {"publicKey": {"hint": _base64_text(hint)}},
            "dsseEnvelope": {
                "payload": _base64_text(payload),
                "payloadType": IN_TOTO,
                "signatures": [{"sig": _base64_text(signature)}],
            },
        }
    ).rstrip(b"\n")


def read_bundle(body: bytes) -> Envelope:
    """The envelope in a bundle; :class:`BadInput` when there is none that can be read."""
    try:
        read: Any = jsons.parse_json(body, what="the bundle")
        envelope, material = read["dsseEnvelope"], read["verificationMaterial"]
        return Envelope(
            _base64_bytes(envelope["payload"]),
            str(envelope["payloadType"]),
            tuple(_base64_bytes(signature["sig"]) for signature in envelope["signatures"]),
            "publicKey" not in material,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"the bundle has another form ({error!r})") from None


def _base64_text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _base64_bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
