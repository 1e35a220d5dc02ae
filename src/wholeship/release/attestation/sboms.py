"""What BuildKit's scanner found, read from where buildx put it: an index's attestation manifests.

Facts: BuildKit documentation, "Image attestation storage": a child of the platform ``unknown/unknown``
names in an annotation the manifest it is about; each of its layers is an in-toto statement.
"""

from __future__ import annotations

from typing import Any

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryUntrusted, Unfinished
from wholeship.core.reference import Repository
from wholeship.release.attestation.statements import LIMIT, SPDX
from wholeship.release.ports import Manifest, Registry

ABOUT = "vnd.docker.reference.digest"
PREDICATE = "in-toto.io/predicate-type"


def buildkit_sbom(registry: Registry, repository: Repository, index: Manifest, about: Digest) -> bytes:
    """The SPDX document in *index* about the manifest *about*; ``Unfinished`` when there is none."""
    where = f"{repository}@{index.digest.short}"
    for entry in _index_entries(index, where):
        if (entry.get("annotations") or {}).get(ABOUT) != about:
            continue
        document = _spdx_document(registry, repository, Digest(str(entry["digest"])), where)
        if document is not None:
            return jsons.canonical(document)
    raise Unfinished(
        f"{where} has no SBOM of {about.short} from BuildKit",
        advice="build it with one: wholeship release --no-reuse, with the builder buildx",
    )


def _index_entries(index: Manifest, where: str) -> list[dict[str, Any]]:
    entries = jsons.parse_json(index.body, what=where).get("manifests") or []
    return [entry for entry in entries if isinstance(entry, dict)]


def _spdx_document(registry: Registry, repository: Repository, digest: Digest, where: str) -> Any:
    """The predicate of the SPDX statement that an attestation manifest holds; None: it holds none."""
    manifest = registry.manifest(repository, digest)
    if manifest is None:
        raise RegistryUntrusted(f"{where}: its attestation {digest.short} is gone")
    try:
        layers = jsons.parse_json(manifest.body, what=where)["layers"]
        found = [layer for layer in layers if (layer.get("annotations") or {}).get(PREDICATE) == SPDX]
        if not found:
            return None
        blob = registry.blob(repository, Digest(found[0]["digest"]), limit=LIMIT)
        if blob is None:
            raise RegistryUntrusted(f"{where}: its SBOM is gone")
        return jsons.parse_json(blob, what=f"the SBOM in {where}")["predicate"]
    except (BadInput, KeyError, TypeError, AttributeError) as error:
        raise RegistryUntrusted(f"{where}: its attestation cannot be read ({error})") from None
