"""What a kept verdict is a verdict of: everything that went into it, in one key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from wholeship.core.errors import BadInput
from wholeship.core.jsons import canonical, parse_json
from wholeship.review.ports import Capture
from wholeship.review.settings import Thresholds
from wholeship.review.verdict import VERSION, Unusable, Verdict, encode_verdict, parse_verdict


def key_of(
    capture: Capture, evidence: bytes, *, tool: str, prompt: str, reviewer: str, thresholds: Thresholds
) -> str:
    """The key for the verdict of *reviewer* (name, version, model, parameters), by version *tool*.

    Fields are length-prefixed, so that no two lists of fields read the same. *prompt* is the text without
    the nonces of a run, *evidence* its lasting part.
    """
    fields = (
        *("wholeship review", str(VERSION), tool, capture.head, capture.base, capture.merge_base),
        *(prompt, reviewer, repr(thresholds)),
    )
    return _hash([*(field.encode() for field in fields), capture.diff.patch, evidence])


def _hash(fields: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for field in fields:
        digest.update(len(field).to_bytes(8, "big"))
        digest.update(field)
    return digest.hexdigest()


def pack_verdict(verdict: Verdict) -> bytes:
    """A verdict to keep. Only valid, complete ones exist, so only those are kept."""
    return canonical({"version": VERSION, "verdict": parse_json(encode_verdict(verdict))})


def unpack(content: bytes) -> Verdict | Unusable:
    """The verdict in *content*, checked like a reviewer's."""
    try:
        value = parse_json(content, what="the kept verdict")
    except BadInput as error:
        return Unusable(error.message)
    if not isinstance(value, dict) or value.get("version") != VERSION or set(value) != {"version", "verdict"}:
        return Unusable("the kept verdict is of another version")
    return parse_verdict(value["verdict"])
