"""What the images that others are built from are by now: their digests, of this very release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from wholeship.core.digest import Digest
from wholeship.core.errors import Unfinished
from wholeship.release.contexts import pinned, target_of
from wholeship.release.plan import PlannedImage
from wholeship.release.record import Record
from wholeship.release.stages.results import Candidate


def grounded(image: PlannedImage, record: Record) -> PlannedImage:
    """*image* with the exact bytes of what it needs in place of the names.

    Raises ``Unfinished`` where one of them has no candidate yet, for all of the image's platforms.
    """
    plan = record.plan

    def of(context: str) -> str:
        name = target_of(context)
        return context if name is None else pinned(plan.image(name).repository, _ground(image, name, record))

    return replace(image, contexts={name: of(context) for name, context in image.contexts.items()})


def grounds_of(image: PlannedImage, record: Record) -> Mapping[str, tuple[Digest, ...]]:
    """The digests of what *image* is built from, by name."""
    return {name: (_ground(image, name, record),) for name in image.needs}


def _ground(image: PlannedImage, name: str, record: Record) -> Digest:
    for candidate in _known_candidates(name, record):
        if set(image.platforms) <= set(candidate.platforms):
            return candidate.digest
    advice = f"build that first: wholeship build --tag {record.plan.tag} --image {name}"
    if _known_candidates(name, record):
        wanted = ",".join(map(str, image.platforms))
        raise Unfinished(
            f"{image.name} is built from {name}, which has no candidate for {wanted} together",
            advice=f"{advice} --platforms {wanted}",
        )
    raise Unfinished(f"{image.name} is built from {name}, which has no candidate yet", advice=advice)


def _known_candidates(name: str, record: Record) -> list[Candidate]:
    whole = [record.candidates[name]] if name in record.candidates else []
    return [*whole, *(leg for leg in record.legs if leg.image == name)]


def ungrounded(record: Record, candidate: Candidate) -> str:
    """The image that *candidate* was built from, and that is another one by now; empty: there is none."""
    for name in record.plan.needs[candidate.image]:
        now = {known.digest for known in _known_candidates(name, record)}
        was = candidate.built_on.get(name, ())
        if not was or not set(was) <= now:
            return name
    return ""


def on_other_grounds(record: Record) -> tuple[str, ...]:
    """Candidates that were built from something else than what ships beside them, in words."""
    found = ((name, ungrounded(record, candidate)) for name, candidate in record.candidates.items())
    told = [
        f"{name} was built from another {base} than the one that would ship" for name, base in found if base
    ]
    return (*told, *(f"{image.name} is not the {image.copy_of} that would ship" for image in stale(record)))


def stale(record: Record) -> tuple[PlannedImage, ...]:
    """Copies that have a candidate, and another one than the image that they are copies of."""
    known = record.candidates
    return tuple(
        image
        for image in record.plan.images
        if image.copy_of in known
        and image.name in known
        and known[image.name].digest != known[image.copy_of].digest
    )
