"""What one repository holds, and the answers a registry gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.http import Headers, Response
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass

EMPTY = Digest.of(b"")


@dataclass(slots=True)
class Shelf:
    """One repository: manifests by digest, tags, and which blobs it may serve."""

    manifests: dict[Digest, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)
    blobs: set[Digest] = field(default_factory=set)

    def resolve(self, reference: str) -> Digest | None:
        """The digest that *reference* means, whether or not there is a manifest behind it."""
        if ":" not in reference:
            return self.tags.get(reference)
        try:
            return Digest(reference)
        except BadInput:
            return None


@dataclass(frozen=True, slots=True)
class BlobResponse(Response):
    """An answer whose body is a part of a stored blob that has still to be read."""

    digest: Digest = EMPTY
    first: int = 0
    length: int = 0


def is_tag(text: str) -> bool:
    """Whether a registry would take *text* for a tag."""
    try:
        Tag(text)
    except BadInput:
        return False
    return True


def parsed(body: bytes) -> dict[str, object] | None:
    """The JSON object in *body*; None: something else. Duplicate keys pass, as distribution lets them."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def refused_answer(status: int, code: str, message: str, detail: object = None) -> Response:
    """An error in the form of the specification."""
    body = json.dumps({"errors": [{"code": code, "message": message, "detail": detail}]}).encode()
    return Response(status, Headers({"Content-Type": "application/json"}), body)


def plain_answer(status: int, text: str) -> Response:
    """An answer that is no JSON."""
    return Response(status, Headers({"Content-Type": "text/plain; charset=utf-8"}), text.encode())


def listing(content: Mapping[str, object], **headers: str) -> Response:
    """A 200 with a JSON body."""
    named = {"Content-Type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Response(200, Headers(named), json.dumps(content).encode())
