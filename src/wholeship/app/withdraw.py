"""An earlier release as a new one: its record where there is one, else what its tags point to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wholeship.app.answers import members, sight
from wholeship.app.world import intended, origin_of, record_of
from wholeship.core.reference import Tag
from wholeship.release.withdraw import adopt, again, followers, going_along

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.release.record import Record
    from wholeship.release.withdraw import Follower


def following(here: Stand, withdrawn: Tag, target: Record | None = None) -> tuple[Follower, ...]:
    """The aliases that name release *withdrawn*: those of its record, and the plain ones of the file.

    *target* is the record of the release to go back to, where there is one.
    """
    record = record_of(here, withdrawn)
    aliases = (
        [] if record is None else list(zip(record.plan.alias_patterns, record.plan.aliases, strict=True))
    )
    plain = {name for names in here.config.aliases.values() for name in names if "{" not in name}
    aliases += [(name, Tag(name)) for name in sorted(plain)]
    recorded = {} if record is None else {c.image: c.digest for c in record.candidates.values()}
    found = {image.image: image.digest for image in sight(here, withdrawn).images if image.digest}
    fields = target.plan.fields if target is not None else None
    return followers(here.registry, members(here), {**recorded, **found}, aliases, fields)


def record_again(here: Stand, target: Tag, withdrawn: Tag) -> tuple[Record, tuple[Follower, ...]]:
    """A record of a new release, under a new tag, of what *target* is; and the aliases of *withdrawn*."""
    origin = origin_of(here)
    number = origin.run if origin.run is not None else here.state.count()
    plan = intended(here, origin, number)
    earlier = record_of(here, target)
    aliases = following(here, withdrawn, earlier)
    if earlier is not None and len(earlier.candidates) == len(earlier.plan.images):
        record = again(earlier, plan.tag, here.clock.now(), run_url=plan.run_url)
    else:
        # The images say themselves which commit they are of; this checkout may be another.
        record = adopt(here.registry, replace(plan, commit="", dirty=False), target)
    return replace(record, plan=going_along(record.plan, aliases)), aliases
