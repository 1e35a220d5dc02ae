"""Reading what registries answer: errors, pages, waits, manifests. Pure functions.

Facts: OCI distribution specification 1.1 (pull, push, content discovery, error codes); RFC 9110 for
``Retry-After``; RFC 8288 for ``Link``.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryUntrusted
from wholeship.core.http import Headers, Response
from wholeship.core.text import Redactor, printable
from wholeship.release.ports import Manifest

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST_TYPES = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
ACCEPT = ", ".join(MANIFEST_TYPES)
"""Without it distribution answers 404 for an OCI manifest that exists."""

MANIFEST_LIMIT = 4 * 1024 * 1024
ERROR_LIMIT = 64 * 1024
ABSENT_CODES = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"})


def error_codes(response: Response) -> tuple[str, ...]:
    """The codes of an error body in the OCI form; empty when it has another form."""
    try:
        body = json.loads(response.body[:ERROR_LIMIT])
        errors = body["errors"]
        return tuple(str(e.get("code", "")) for e in errors if isinstance(e, dict))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def explain(response: Response) -> str:
    """One printable line on what the registry said: status, codes and messages."""
    said: list[str] = []
    try:
        entries = json.loads(response.body[:ERROR_LIMIT])["errors"][:3]
        said += [f"{entry.get('code', '')}: {entry.get('message', '')}".strip(": ") for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        kind = response.headers.get("Content-Type", "")
        if response.body and "html" not in kind:
            said.append(response.body[:300].decode("utf-8", "replace"))
    text = f"{response.status}" + (f" ({'; '.join(said)})" if said else "")
    return Redactor()(printable(text, limit=400))


def is_absent(response: Response) -> bool:
    """Whether a 404 comes from the registry itself and not from something in front of it."""
    if response.status != 404:
        return False
    codes = error_codes(response)
    return bool(codes) and set(codes) <= ABSENT_CODES


def media_type(headers: Headers) -> str:
    """The Content-Type without parameters, in lower case."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def manifest_of(response: Response, expected: Digest | None, where: str) -> Manifest:
    """The manifest in a 200 answer, checked: hash, announced digest, length, type, and no two meanings.

    Raises :class:`RegistryUntrusted`.
    """
    body = response.body
    found = Digest.of(body)
    announced = response.headers.get("Docker-Content-Digest", "")
    if expected is not None and found != expected:
        raise RegistryUntrusted(f"{where}: the bytes have the digest {found}, not {expected}")
    # By tag the header is only a hint, and known to be wrong in places; by digest it must agree.
    if expected is not None and announced and announced != expected:
        raise RegistryUntrusted(
            f"{where}: announced as {printable(announced, limit=90)}, asked for {expected}"
        )
    kind = media_type(response.headers)
    if kind not in MANIFEST_TYPES:
        raise RegistryUntrusted(
            f"{where}: not an image manifest but {printable(kind, limit=90) or 'untyped'}"
        )
    content = _object(body, where)
    inside = content.get("mediaType")
    if inside is not None and inside != kind:
        raise RegistryUntrusted(
            f"{where}: served as {kind}, but says it is {printable(str(inside), limit=90)}"
        )
    if "manifests" in content and ("layers" in content or "config" in content):
        # Two readers could take it for two things (CVE-2021-41190).
        raise RegistryUntrusted(f"{where}: is both an index and an image")
    return Manifest(kind, body)


def _object(body: bytes, where: str) -> dict[str, Any]:
    try:
        content = jsons.parse(body, what=where)
    except BadInput as error:
        raise RegistryUntrusted(error.message) from None
    if not isinstance(content, dict):
        raise RegistryUntrusted(f"{where}: not a JSON object")
    return content


def tags_of(response: Response, where: str) -> list[str]:
    """The tags of one page; ``null`` is an empty list."""
    tags = _object(response.body, where).get("tags")
    if tags is None:
        return []
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise RegistryUntrusted(f"{where}: the tag list is not a list of strings")
    return tags


def next_page(response: Response, url: str, where: str) -> str | None:
    """The URL of the next page; only ever on the same scheme and host as *url*."""
    target = link_next(response.headers.all("Link"))
    if target is None:
        return None
    absolute = urljoin(url, target)
    mine, theirs = urlsplit(url), urlsplit(absolute)
    if (mine.scheme, mine.netloc) != (theirs.scheme, theirs.netloc):
        raise RegistryUntrusted(
            f"{where}: the next page is on another host: {printable(theirs.netloc, limit=80)}"
        )
    return absolute


def link_next(values: tuple[str, ...]) -> str | None:
    """The target of the ``rel="next"`` entry of Link headers."""
    for value in values:
        for match in re.finditer(r"<([^>]*)>((?:[^,\"]|\"[^\"]*\")*)", value):
            if re.search(r';\s*rel\s*=\s*(?:"[^"]*\bnext\b[^"]*"|next\b)', match[2], re.IGNORECASE):
                return match[1]
    return None


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for; None when it is missing or makes no sense."""
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())
