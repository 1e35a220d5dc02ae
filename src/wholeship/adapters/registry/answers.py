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
from urllib.parse import urljoin, urlsplit, urlunsplit

from wholeship.adapters.registry.challenge import inside_advice, leads_inside
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryUntrusted
from wholeship.core.http import Headers, Response
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.text import Redactor, printable
from wholeship.release.content import referrers_in
from wholeship.release.ports import Manifest, Referrer

DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
MANIFEST_TYPES = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
ACCEPT = ", ".join(MANIFEST_TYPES)
"""Without it distribution answers 404 for an OCI manifest that exists."""

MANIFEST_LIMIT = 4 * 1024 * 1024
ERROR_LIMIT = 64 * 1024
ABSENT_CODES = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"})

PAGE_CODES = frozenset({"PAGINATION_NUMBER_INVALID", "UNSUPPORTED"})


def error_codes(response: Response) -> tuple[str, ...]:
    """The codes of an error body in the OCI form; empty when it has another form."""
    try:
        body = json.loads(response.body[:ERROR_LIMIT])
        errors = body["errors"]
        return tuple(str(e.get("code", "")) for e in errors if isinstance(e, dict))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def explain(response: Response, redact: Redactor | None = None) -> str:
    """One printable line on what the registry said: status, codes and messages, without secrets."""
    said: list[str] = []
    try:
        entries = json.loads(response.body[:ERROR_LIMIT])["errors"][:3]
        said += [f"{entry.get('code', '')}: {entry.get('message', '')}".strip(": ") for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        kind = response.headers.get("Content-Type", "")
        if response.body and "html" not in kind:
            said.append(response.body[:300].decode("utf-8", "replace"))
    text = f"{response.status}" + (f" ({'; '.join(said)})" if said else "")
    return (redact or Redactor())(printable(text, limit=400))


def is_absent(response: Response) -> bool:
    """Whether a 404 comes from the registry itself and not from something in front of it."""
    if response.status != 404:
        return False
    codes = error_codes(response)
    return bool(codes) and set(codes) <= ABSENT_CODES


def lacks_parts(response: Response) -> bool:
    """Whether a manifest is refused because blobs or manifests that it names are not there."""
    return response.status in (400, 404) and "MANIFEST_BLOB_UNKNOWN" in error_codes(response)


def refuses_page(response: Response) -> bool:
    """Whether this says that a page of so many entries is not to be had (distribution 3; ECR)."""
    return response.status in (400, 405) and not PAGE_CODES.isdisjoint(error_codes(response))


def media_type(headers: Headers) -> str:
    """The Content-Type without parameters, in lower case."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()


def announces(headers: Headers, digest: Digest) -> bool:
    """Whether these are the headers of the manifest *digest*, as far as headers can show it."""
    return headers.get("Docker-Content-Digest") == digest and media_type(headers) in MANIFEST_TYPES


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
        content = jsons.parse_json(body, what=where)
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


def referrers_of(response: Response, where: str) -> tuple[Referrer, ...]:
    """The artifacts that one page of referrers lists: an image index. Raises :class:`RegistryUntrusted`."""
    if media_type(response.headers) != OCI_INDEX:
        raise RegistryUntrusted(f"{where}: the list is not an image index")
    return referrers_in(response.body, where)


def next_page(response: Response, url: str, where: str) -> str | None:
    """The URL of the next page; only ever on the same scheme and host as *url*."""
    target = link_next(response.headers.all("Link"))
    return None if target is None else at_home(url, target, f"{where}: the next page")


def at_home(url: str, target: str, what: str) -> str:
    """*target*, as found in an answer from *url*, on the very origin of *url*.

    Registries behind a proxy put the scheme or the port that they themselves see into ``Link`` and
    ``Location`` (Nexus leaves the port out): the same host name is taken for ours, and asked the way we
    came. Another host raises :class:`RegistryUntrusted`.
    """
    try:
        mine, theirs = urlsplit(url), urlsplit(urljoin(url, target))
        ours = theirs.hostname == mine.hostname and theirs.port in (mine.port, None)
    except ValueError:
        raise RegistryUntrusted(f"{what} has an address that cannot be read") from None
    if not ours or theirs.scheme not in ("http", "https") or "@" in theirs.netloc:
        raise RegistryUntrusted(f"{what} is on another host: {printable(theirs.netloc, limit=80)}")
    return urlunsplit((mine.scheme, mine.netloc, theirs.path, theirs.query, ""))


def redirected(url: str, response: Response, registry: str, inside: frozenset[str] = frozenset()) -> str:
    """Where a redirect of a download leads; :class:`RegistryUntrusted` for places we do not go.

    Never from https to http, and from a registry on the internet only to those addresses of the inside that
    *inside* names.
    """
    try:
        absolute = urljoin(url, response.headers.get("Location", ""))
        old, new = urlsplit(url), urlsplit(absolute)
        host = new.hostname or ""
    except ValueError:
        raise RegistryUntrusted(f"{registry} redirects to an address that cannot be read") from None
    shown = printable(new.netloc, limit=80)
    if new.scheme not in ("http", "https") or not host or "@" in new.netloc:
        raise RegistryUntrusted(f"{registry} redirects to {shown!r}, which is no plain web address")
    if old.scheme == "https" and new.scheme != "https":
        raise RegistryUntrusted(f"{registry} redirects to {shown}, which is not encrypted")
    if leads_inside(new.netloc, registry, inside):
        raise RegistryUntrusted(
            f"{registry} redirects to the private address {shown}", advice=inside_advice(new.netloc)
        )
    return absolute


def link_next(values: tuple[str, ...]) -> str | None:
    """The target of the ``rel="next"`` entry of Link headers."""
    for value in values:
        for match in re.finditer(r"<([^>]*)>((?:[^,\"]|\"[^\"]*\")*)", value):
            if re.search(
                r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\s*(?:;|$))', match[2], re.IGNORECASE
            ):
                return match[1]
    return None


def asked_wait(headers: Headers, now: datetime) -> float | None:
    """Seconds that an answer asks to wait; None when it does not, or makes no sense.

    A date is counted from the answer's own ``Date`` where there is one: our clock may be wrong.
    """
    return retry_after(headers.get("Retry-After"), _moment(headers.get("Date", "")) or now)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for; None when it is missing or makes no sense."""
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    when = _moment(text)
    return None if when is None else max(0.0, (when - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when


def warnings_of(headers: Headers) -> tuple[str, ...]:
    """What ``Warning: 299 - "…"`` headers say, fit to print; to be shown, never acted on."""
    found = []
    for value in headers.all("Warning"):
        match = re.fullmatch(r'\s*299\s+-\s+"((?:[^"\\]|\\.)*)".*', value[:4096], re.DOTALL)
        if match:
            found.append(printable(re.sub(r"\\(.)", r"\1", match[1]), limit=500))
    return tuple(found)
