"""An earlier release as a new one: its record where there is one, else what its tags point to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wholeship.cli.wiring import intended, origin_of, record_of
from wholeship.release.withdraw import adopt, again

if TYPE_CHECKING:
    from wholeship.cli.wiring import Stand
    from wholeship.core.reference import Tag
    from wholeship.release.record import Record


def record_again(here: Stand, target: Tag) -> Record:
    """A record of a new release, under a new tag, of what *target* is."""
    origin = origin_of(here)
    number = origin.run if origin.run is not None else here.state.count()
    plan = intended(here, origin, number)
    earlier = record_of(here, target)
    if earlier is not None and len(earlier.candidates) == len(earlier.plan.images):
        return again(earlier, plan.tag, here.clock.now(), run_url=plan.run_url)
    # The images say themselves which commit they are of; this checkout may be another.
    unsigned = replace(plan, commit="", dirty=False, aliases=(), alias_patterns=())
    return adopt(here.registry, unsigned, target)
