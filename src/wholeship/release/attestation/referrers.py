"""Artifacts beside an image: listed by the registry, or under a tag of their own where it keeps no list.

Facts: OCI distribution specification 1.1, "Listing Referrers", "Pushing Manifests with Subject" and
"Referrers Tag Schema"; cosign's bundle specification for what a stored bundle looks like.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryDenied, RegistryError, RegistryUntrusted
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.content import referrers_in
from wholeship.release.observe import each_at_once
from wholeship.release.ports import Manifest, Referrer, Registry, WriteResult

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
CONTENT = "dev.sigstore.bundle.content"
PREDICATE = "dev.sigstore.bundle.predicateType"
ENVELOPE = "dsse-envelope"
LIMIT = 8 * 1024 * 1024
"""Longest bundle that is read: a statement of 4 MiB in base64, with room for certificates."""
FALLBACK_TRIES = 5
_EMPTY = b"{}"


@dataclass(frozen=True, slots=True)
class Subject:
    """A manifest that statements are about: where it is, and how it is described."""

    repository: Repository
    digest: Digest
    media_type: str
    size: int

    @property
    def fallback(self) -> Tag:
        """The tag that lists its referrers where the registry does not."""
        return Tag(self.digest.replace(":", "-", 1))

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest.short}"


@dataclass(frozen=True, slots=True)
class Listing:
    """What refers to a subject. ``by_tag``: the registry keeps no list, a tag of ours does."""

    subject: Subject
    referrers: tuple[Referrer, ...]
    by_tag: bool = False


def listing_of(registry: Registry, subject: Subject) -> Listing:
    """What refers to *subject*; raises ``RegistryError``."""
    found = registry.referrers(subject.repository, subject.digest)
    if found is not None:
        return Listing(subject, found)
    manifest = registry.manifest(subject.repository, subject.fallback)
    return Listing(subject, _listed_referrers(manifest, subject), by_tag=True)


def _listed_referrers(manifest: Manifest | None, subject: Subject) -> tuple[Referrer, ...]:
    where = f"{subject.repository}:{subject.fallback}"
    if manifest is None:
        return ()
    if manifest.media_type != OCI_INDEX:
        raise RegistryUntrusted(
            f"{where} is not a list of referrers", advice="something else wrote that tag; delete it"
        )
    return referrers_in(manifest.body, where)


def bundles_of(listing: Listing, predicate: str) -> tuple[Referrer, ...]:
    """The stored bundles that say they hold a statement of the type *predicate*, newest last."""
    return tuple(
        one
        for one in listing.referrers
        if one.artifact_type == BUNDLE and one.annotations.get(PREDICATE) == predicate
    )


def bundle_in(registry: Registry, repository: Repository, referrer: Referrer) -> bytes:
    """The bundle that *referrer* stores; raises ``RegistryError`` when it cannot be had as what it says."""
    where = f"{repository}@{referrer.digest.short}"
    manifest = registry.manifest(repository, referrer.digest)
    if manifest is None:
        raise RegistryUntrusted(f"{where} is listed as a referrer, and is gone")
    digest, size = _only_layer(manifest, where)
    if size > LIMIT:
        raise RegistryUntrusted(
            f"{where}: a bundle of {size / 1e6:.1f} MB; none above {LIMIT / 1e6:.1f} is read"
        )
    body = registry.blob(repository, digest, limit=LIMIT)
    if body is None:
        raise RegistryUntrusted(f"{where} has lost its bundle")
    return body


def _only_layer(manifest: Manifest, where: str) -> tuple[Digest, int]:
    try:
        (layer,) = jsons.parse_json(manifest.body, what=where)["layers"]
        return Digest(layer["digest"]), int(layer["size"])
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RegistryUntrusted(f"{where} stores no bundle as others do ({error})") from None


def stored_bundle(bundle: bytes, predicate: str, subject: Subject) -> Manifest:
    """The artifact that ties *bundle*, a statement of the type *predicate*, to *subject*."""
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": BUNDLE,
        "config": _described("application/vnd.oci.empty.v1+json", _EMPTY),
        "layers": [_described(BUNDLE, bundle)],
        "subject": {
            "mediaType": subject.media_type,
            "digest": str(subject.digest),
            "size": subject.size,
        },
        "annotations": {CONTENT: ENVELOPE, PREDICATE: predicate},
    }
    return Manifest(OCI_MANIFEST, jsons.canonical(content))


def _described(media_type: str, body: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of(body)), "size": len(body)}


def upload_bundles(registry: Registry, repository: Repository, bundles: Iterable[bytes]) -> None:
    """Put *bundles* where artifacts of *repository* can name them."""
    each_at_once(partial(registry.upload, repository), (_EMPTY, *bundles))


def attach(registry: Registry, listing: Listing, artifacts: Iterable[Manifest]) -> None:
    """Store *artifacts* (see :func:`stored_bundle`) beside the subject of *listing*, and list them.

    Raises ``RegistryError``.
    """
    wanted = tuple(artifacts)
    repository = listing.subject.repository
    known = each_at_once(partial(registry.attach, repository), wanted)
    unlisted = [artifact for artifact, is_listed in zip(wanted, known, strict=True) if not is_listed]
    if unlisted:
        _list_by_tag(registry, listing.subject, unlisted)


def _list_by_tag(registry: Registry, subject: Subject, artifacts: Iterable[Manifest]) -> None:
    """Add *artifacts* to the list under the fallback tag; what others wrote there stays.

    No registry compares before it writes: after each write it is read back, and done again where somebody
    else's write took its place.
    """
    entries = {artifact.digest: _index_entry(artifact) for artifact in artifacts}
    said = ""
    for _ in range(FALLBACK_TRIES):
        found = registry.manifest(subject.repository, subject.fallback)
        there = {one.digest for one in _listed_referrers(found, subject)}
        if set(entries) <= there:
            return
        before = jsons.parse_json(found.body, what=str(subject))["manifests"] if found is not None else []
        added = [entry for digest, entry in entries.items() if digest not in there]
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*before, *added]}
        write = registry.bind(
            subject.repository, subject.fallback, Manifest(OCI_INDEX, jsons.canonical(index))
        )
        said = write.detail
        if write.denied:
            raise RegistryDenied(f"{subject.repository}:{subject.fallback}: not allowed: {said}")
        if write.result is WriteResult.REFUSED and not write.throttled:
            break
    if set(entries) <= {one.digest for one in listing_of(registry, subject).referrers}:
        return
    raise RegistryError(
        f"{subject.repository}:{subject.fallback}: the list of referrers was not written "
        f"({said or 'others write it too'})"
    )


def _index_entry(artifact: Manifest) -> dict[str, Any]:
    content = jsons.parse_json(artifact.body, what="an artifact")
    described = _described(artifact.media_type, artifact.body)
    kind = content.get("artifactType") or (content.get("config") or {}).get("mediaType")
    more = {"artifactType": kind, "annotations": content.get("annotations")}
    return described | {key: value for key, value in more.items() if value}
