"""What lies beside an image already, taken along when the image is copied: referrers, and cosign's tags.

Signatures, attestations and SBOMs of others are kept as they are, to the last byte. cosign before 3 keeps
them under tags that are made from the image's digest (cosign documentation, "Signature Spec").
"""

from __future__ import annotations

from functools import partial

from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.attestation.referrers import Listing, Subject, attach, listing_of
from wholeship.release.content import platform_entries
from wholeship.release.copying import copy_manifest
from wholeship.release.observe import each_at_once
from wholeship.release.ports import Manifest, Registry, WriteResult

COSIGN = lazy_pattern(r"sha256-([0-9a-f]{64})\.(?:sig|att|sbom)")


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside an image in ``source`` and is to lie beside its copy: ``fresh`` referrers by the list
    that they go into, and cosign's ``tagged`` artifacts."""

    source: Repository
    target: Repository
    fresh: tuple[tuple[Listing, tuple[Digest, ...]], ...] = ()
    tagged: tuple[Tag, ...] = ()

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The tags that ``target`` gets by it: a policy should be asked about them first."""
        return (*(listing.subject.fallback for listing, _ in self.fresh if listing.by_tag), *self.tagged)


def find_beside(registry: Registry, source: Repository, target: Repository, digest: Digest) -> Beside:
    """What lies beside the image *digest*, and the manifests of its platforms, in *source* and has yet to be
    copied to *target*. Raises the ``RegistryError`` family."""
    manifest = registry.manifest(source, digest)
    if manifest is None:
        return Beside(source, target)
    entries = platform_entries(manifest, f"{source}@{digest.short}")
    about = [Subject(source, digest, manifest.media_type, len(manifest.body))]
    about += [Subject(source, e.digest, e.media_type, e.size) for e in entries]
    found = each_at_once(partial(_fresh, registry, target), about)
    wanted = {subject.digest.hex for subject in about}
    tags = [Tag(t) for t in registry.tags(source) if (m := COSIGN.fullmatch(t)) and m[1] in wanted]
    return Beside(source, target, tuple(one for one in found if one[1]), tuple(tags))


def copy_beside(registry: Registry, beside: Beside) -> int:
    """Copy what was found; how many artifacts. What is in the target already stays. Raises the
    ``RegistryError`` family."""
    for listing, fresh in beside.fresh:
        attach(registry, listing, [copy_manifest(registry, beside.source, beside.target, d) for d in fresh])
    tagged = sum(_copy_tag(registry, beside.source, beside.target, tag) for tag in beside.tagged)
    return tagged + sum(len(fresh) for _, fresh in beside.fresh)


def _fresh(registry: Registry, target: Repository, subject: Subject) -> tuple[Listing, tuple[Digest, ...]]:
    there = Subject(target, subject.digest, subject.media_type, subject.size)
    found = listing_of(registry, subject).referrers
    if not found:
        return Listing(there, ()), ()
    listing = listing_of(registry, there)
    known = {one.digest for one in listing.referrers}
    return listing, tuple(one.digest for one in found if one.digest not in known)


def _copy_tag(registry: Registry, source: Repository, target: Repository, tag: Tag) -> bool:
    found = registry.manifest(source, tag)
    if found is None or registry.manifest(target, tag) is not None:
        return False
    copied: Manifest = copy_manifest(registry, source, target, found.digest)
    write = registry.bind(target, tag, copied)
    if write.result is not WriteResult.ACCEPTED and registry.manifest(target, tag) != copied:
        raise RegistryError(f"{target}:{tag}: a signature was not copied ({write.detail})")
    return True
