"""Legs → one candidate: an image built platform by platform, on several machines, as one index.

The children keep their bytes and digests; only the small list around them is new, and it is the same
list whoever makes it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wholeship.core import jsons
from wholeship.core.errors import Unfinished
from wholeship.core.media_types import OCI_INDEX
from wholeship.core.platform import Platform
from wholeship.core.progress import Outcome, Progress, Task
from wholeship.release.content import content_of
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Journal, Manifest, Registry
from wholeship.release.record import Record, built_entry
from wholeship.release.source import planned_source
from wholeship.release.stages.build import check_candidate, check_complete
from wholeship.release.stages.results import Candidate
from wholeship.release.stages.settings import StageSettings
from wholeship.release.stages.underway import Underway


def run_join(state: Underway, settings: StageSettings) -> Underway:
    """The stage: see :func:`join_legs`."""
    ports = settings.ports
    return replace(state, record=join_legs(state.record, ports.registry, ports.journal, ports.progress))


def recall_join(state: Underway, settings: StageSettings) -> Underway:
    """What the stage gave, from the record alone: a candidate for every image, or ``Unfinished``."""
    check_complete(state.record)
    return state


def join_legs(record: Record, registry: Registry, journal: Journal, progress: Progress) -> Record:
    """*record* with an index for every image whose legs cover its platforms, stored by digest."""
    for image in record.plan.built_images:
        legs = [leg for leg in record.legs if leg.image == image.name]
        covered = {platform for leg in legs for platform in leg.platforms}
        if image.name in record.candidates or not set(image.platforms) <= covered:
            continue
        task = Task("join", image.name)
        progress.started(task, ", ".join(str(p) for p in image.platforms))
        candidate = _joined_legs(record.plan, image, legs, registry)
        journal.append(built_entry(candidate))
        record = record.with_candidate(candidate)
        progress.finished(task, Outcome.DONE, candidate.digest.short)
    return record


def _joined_legs(plan: Plan, image: PlannedImage, legs: list[Candidate], registry: Registry) -> Candidate:
    entries: list[dict[str, Any]] = []
    used: list[Candidate] = []
    for platform in image.platforms:
        leg = next(leg for leg in legs if platform in leg.platforms)
        if leg not in used:
            used.append(leg)
            entries += _leg_entries(plan, image, leg, registry)
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": entries,
        "annotations": dict(plan.annotations(image.name)),
    }
    # Without the newline that canonical JSON ends with here: nothing depends on it, and it looks odd.
    manifest = Manifest(OCI_INDEX, jsons.canonical(content).rstrip(b"\n"))
    registry.store(image.repository, manifest)
    found = check_candidate(registry, plan, image, manifest.digest)
    return Candidate(
        image=image.name,
        digest=manifest.digest,
        media_type=OCI_INDEX,
        size=found.size,
        platforms=found.platforms,
        builder=", ".join(dict.fromkeys(leg.builder for leg in used)),
        built_seconds=max(leg.built_seconds for leg in used),
        pushed_seconds=max(leg.pushed_seconds for leg in used),
        storage_bytes=max(leg.storage_bytes for leg in used),
        source=_joint_source(plan, used),
        built_on={
            name: tuple(dict.fromkeys(digest for leg in used for digest in leg.built_on.get(name, ())))
            for name in image.needs
        },
    )


def _joint_source(plan: Plan, legs: list[Candidate]) -> str:
    """The legs' one source; that of one which is not the release's, where there is such a leg."""
    known = [leg.source for leg in legs if leg.source]
    return next(
        (source for source in known if source != str(planned_source(plan))), known[0] if known else ""
    )


def _leg_entries(plan: Plan, image: PlannedImage, leg: Candidate, registry: Registry) -> list[dict[str, Any]]:
    """A leg as index entries: itself, or what its own index lists (attestations come along)."""
    manifest = registry.manifest(image.repository, leg.digest)
    where = f"{image.repository}@{leg.digest}"
    if manifest is None:
        raise Unfinished(
            f"{image.name}: the candidate for {', '.join(map(str, leg.platforms))} is gone",
            advice=f"build it again: wholeship build --tag {plan.tag} --image {image.name}",
        )
    content = content_of(manifest, where)
    if content.is_index:
        return list(jsons.parse_json(manifest.body, what=where)["manifests"])
    return [
        {
            "mediaType": manifest.media_type,
            "digest": str(leg.digest),
            "size": len(manifest.body),
            "platform": _platform_object(leg.platforms[0]),
        }
    ]


def _platform_object(platform: Platform) -> dict[str, str]:
    found = {"os": platform.os, "architecture": platform.architecture}
    return found | ({"variant": platform.variant} if platform.variant else {})
