"""Joined → mirrored: every image in each further repository that it goes to, by digest, before any gate,
with what others have signed of it.

A copy is a sibling like any other from then on: it gets the deploy tag before the followed images do, is read
back, told of, mended, taken back and tidied up with them. The repository that is followed is the truth.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from wholeship.core.errors import WholeshipError
from wholeship.core.progress import Outcome, Task, shown_task
from wholeship.core.reference import Repository
from wholeship.release.attestation.travel import copy_beside, find_beside
from wholeship.release.copying import copy_image
from wholeship.release.depth import is_whole
from wholeship.release.observe import each_at_once
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Ports, Registry
from wholeship.release.record import Record, built_entry
from wholeship.release.stages.results import Candidate
from wholeship.release.stages.settings import StageSettings
from wholeship.release.stages.underway import Underway

IMAGES = 4
"""Images on their way at a time."""


def mirror_tasks(plan: Plan) -> tuple[Task, ...]:
    """The copies that are to be made."""
    return tuple(Task("mirror", image.name) for image in plan.images if image.copy_of)


def run_mirror(state: Underway, settings: StageSettings) -> Underway:
    """The stage: see :func:`mirror_candidates`."""
    return replace(state, record=mirror_candidates(state.record, settings.ports))


def mirror_candidates(record: Record, ports: Ports) -> Record:
    """*record* with a candidate for every copy, which its repository holds. Raises ``RegistryError``."""
    waiting = [image for image in record.plan.images if image.copy_of in record.candidates]
    for candidate in each_at_once(partial(_copied_candidate, record, ports), waiting, workers=IMAGES):
        if record.candidates.get(candidate.image) != candidate:
            ports.journal.append(built_entry(candidate))
            record = record.with_candidate(candidate)
    return record


def bring_back(record: Record, ports: Ports) -> tuple[str, ...]:
    """What a repository has lost of an image that another one still has, copied back by digest; in words.

    Nothing is asked where no image goes to several repositories. What cannot be had is left to who needs it.
    """
    done = []
    for image in record.plan.images:
        others = [other for other in record.plan.images if _same_bytes(image, other) and other is not image]
        candidate = record.candidates.get(image.name)
        if not others or candidate is None:
            continue
        with suppress(WholeshipError):
            if is_whole(ports.registry, image.repository, candidate.digest):
                continue
            for other in others:
                if is_whole(ports.registry, other.repository, candidate.digest):
                    _copy_back(ports.registry, other.repository, image, record)
                    done.append(f"copied {other.repository}@{candidate.digest.short} to {image.repository}")
                    break
    return tuple(done)


def _copy_back(registry: Registry, source: Repository, image: PlannedImage, record: Record) -> None:
    """With what lies beside it, but for what needs tags where a controller looks."""
    ends = (registry, source, image.repository, record.candidates[image.name].digest)
    copy_image(*ends)
    beside = find_beside(*ends)
    if image.name not in record.plan.followed or not beside.tags:
        copy_beside(registry, beside)


def _same_bytes(one: PlannedImage, other: PlannedImage) -> bool:
    return (one.copy_of or one.name) == (other.copy_of or other.name)


def _copied_candidate(record: Record, ports: Ports, image: PlannedImage) -> Candidate:
    plan, task = record.plan, Task("mirror", image.name)
    original = record.candidates[image.copy_of]
    candidate = replace(original, image=image.name, built_seconds=0.0, pushed_seconds=0.0, built_on={})
    if record.candidates.get(image.name) == candidate and is_whole(
        ports.registry, image.repository, candidate.digest
    ):
        ports.progress.finished(task, Outcome.REUSED, "there already")
        return candidate
    with shown_task(ports.progress, task, str(image.repository)) as end:
        ends = (ports.registry, plan.image(image.copy_of).repository, image.repository, candidate.digest)
        end.note = candidate.digest.short if copy_image(*ends) else "there already"
        copy_beside(ports.registry, find_beside(*ends))
    return candidate
