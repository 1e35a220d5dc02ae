"""What lies beside an image already, taken along when the image is copied: referrers, and cosign's tags.

Signatures, attestations and SBOMs of others are kept as they are, to the last byte. cosign before 3 keeps
them under tags that are made from the image's digest (cosign documentation, "Signature Spec").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError
from wholeship.core.reference import Repository, Tag
from wholeship.release.attestation.referrers import Subject, attach, listing_of
from wholeship.release.content import platform_entries
from wholeship.release.copying import copy_manifest
from wholeship.release.observe import each
from wholeship.release.ports import Manifest, Registry, WriteResult

COSIGN = re.compile(r"sha256-([0-9a-f]{64})\.(?:sig|att|sbom)")


def copy_beside(registry: Registry, source: Repository, target: Repository, digest: Digest) -> int:
    """Copy what lies beside the image *digest* and the manifests of its platforms; how many artifacts.

    What is in *target* already stays. Raises the ``RegistryError`` family.
    """
    manifest = registry.manifest(source, digest)
    if manifest is None:
        return 0
    entries = platform_entries(manifest, f"{source}@{digest.short}")
    about = [Subject(source, digest, manifest.media_type, len(manifest.body))]
    about += [Subject(source, e.digest, e.media_type, e.size) for e in entries]
    referrers = each(partial(_copy_referrers, registry, target), about)
    return sum(referrers) + _copy_tagged(registry, source, target, [subject.digest for subject in about])


def _copy_referrers(registry: Registry, target: Repository, subject: Subject) -> int:
    found = listing_of(registry, subject).referrers
    if not found:
        return 0
    there = listing_of(registry, Subject(target, subject.digest, subject.media_type, subject.size))
    known = {one.digest for one in there.referrers}
    fresh = [one.digest for one in found if one.digest not in known]
    copied = [copy_manifest(registry, subject.repository, target, one) for one in fresh]
    attach(registry, there, copied)
    return len(copied)


def _copy_tagged(
    registry: Registry, source: Repository, target: Repository, digests: Iterable[Digest]
) -> int:
    wanted = {digest.hex for digest in digests}
    tags = [Tag(t) for t in registry.tags(source) if (m := COSIGN.fullmatch(t)) and m[1] in wanted]
    return sum(_copy_tag(registry, source, target, tag) for tag in tags)


def _copy_tag(registry: Registry, source: Repository, target: Repository, tag: Tag) -> bool:
    found = registry.manifest(source, tag)
    if found is None or registry.manifest(target, tag) is not None:
        return False
    copied: Manifest = copy_manifest(registry, source, target, found.digest)
    write = registry.bind(target, tag, copied)
    if write.result is not WriteResult.ACCEPTED and registry.manifest(target, tag) != copied:
        raise RegistryError(f"{target}:{tag}: a signature was not copied ({write.detail})")
    return True
