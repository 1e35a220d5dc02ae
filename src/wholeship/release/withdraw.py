"""Taking a published release back, as an explicit act: forward, to the last whole one before it.

Tags cannot be unpublished: many registries do not delete them, and nodes have pulled them. So the
digests of an earlier release go out again, under a newer tag, gated by the receipts they have (or anew).
Deleting the tag is a separate wish, watched image first; a controller then elects the next older tag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wholeship.core.errors import BadInput
from wholeship.core.reference import Tag
from wholeship.release.content import inspect
from wholeship.release.observe import each
from wholeship.release.order import key
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Registry
from wholeship.release.record import Record
from wholeship.release.stages import Candidate
from wholeship.release.status import Member


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of each tag that was to be deleted, watched image first: True: it is gone."""

    tags: Mapping[str, bool]

    @property
    def all_gone(self) -> bool:
        """Whether the registry deleted every one."""
        return all(self.tags.values())


def before(tag: str, pattern: str, tags: Sequence[str]) -> tuple[str, ...]:
    """The *tags* older than *tag* by the tag pattern, newest first; :class:`BadInput` without an order."""
    mine = key(pattern, tag)
    if mine is None:
        raise BadInput(
            f"the tag pattern {pattern!r} does not say what came before {tag}",
            advice="name the release to go back to with --to TAG",
        )
    older = [(k, other) for other in tags if (k := key(pattern, other)) is not None and k < mine]
    return tuple(other for _, other in sorted(older, reverse=True))


def again(earlier: Record, tag: Tag, now: datetime, *, run_url: str = "") -> Record:
    """A new release of the very digests of *earlier*, with the receipts they have."""
    plan = replace(
        earlier.plan,
        tag=tag,
        created=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        run_url=run_url,
        aliases=(),
        alias_patterns=(),
    )
    reused = {name: replace(c, reused_from=str(earlier.plan.tag)) for name, c in earlier.candidates.items()}
    receipts = tuple(replace(r, reused_from=str(earlier.plan.tag)) for r in earlier.receipts)
    return Record(plan, reused, receipts)


def adopt(registry: Registry, plan: Plan, tag: Tag) -> Record:
    """A record of *plan* whose candidates are what *tag* points to now: for releases without a record.

    It has no receipts: the gates have to run.
    """

    def found(image: PlannedImage) -> Candidate:
        manifest = registry.manifest(image.repository, tag)
        if manifest is None:
            raise BadInput(f"{image.repository} has no {tag}", advice="name a whole release with --to TAG")
        seen = inspect(registry, image.repository, manifest)
        return Candidate(
            image.name, manifest.digest, manifest.media_type, seen.size, seen.platforms, reused_from=str(tag)
        )

    candidates = {candidate.image: candidate for candidate in each(found, plan.images)}
    return Record(plan, candidates)


def delete(registry: Registry, members: Sequence[Member], watched: str, tag: Tag) -> Deleted:
    """Delete *tag* everywhere, the watched image's first: from then on nobody new is led to the others."""
    ordered = sorted(members, key=lambda image: image.name != watched)
    told: dict[str, bool] = {}
    for image in ordered:
        told[f"{image.repository}:{tag}"] = registry.unbind(image.repository, tag)
        if image.name == watched and not told[f"{image.repository}:{tag}"]:
            # While it is visible, its siblings have to stay: deleting them would make it half.
            break
    return Deleted(told)
