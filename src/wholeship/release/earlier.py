"""Which earlier release a new one is, or goes on with, by what was planned and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wholeship.release.lifecycle import State
from wholeship.release.observe import survey
from wholeship.release.order import Election, Elector
from wholeship.release.plan import Plan
from wholeship.release.ports import Registry
from wholeship.release.record import Record
from wholeship.release.stages.results import Refusal


def is_over(record: Record) -> bool:
    """Whether nothing is left to do for this release: it was proved, aliases and all, or refused for good."""
    if record.withdrawn:
        return True
    for event in record.events:
        if event.get("event") == "finished" and event.get("whole") is True and not event.get("unmoved"):
            return True
        if event.get("event") == "refused" and event.get("refusal") not in _PASSING:
            return True
    return False


_PASSING = frozenset({Refusal.CANDIDATE_GONE, Refusal.OTHER_SOURCE, Refusal.NOT_ATTESTED})
"""Refusals that another try, or another work tree, can do away with."""


def going_on(plan: Plan, records: Iterable[Record]) -> Record | None:
    """The record of an earlier, unfinished try at just this release; None: it is a new one.

    The same commit, with the same changes if any, and the same intent. In a CI, a re-run of the same run is
    the same release even when it was finished: it then finds everything in place.
    """
    for record in records:
        earlier = record.plan
        if earlier.environment != plan.environment:
            continue  # the same bytes, on their way through another environment
        if plan.run_url and earlier.run_url == plan.run_url and earlier.commit == plan.commit:
            return record
        if (
            plan.commit
            and (plan.changes or not plan.dirty)
            and _intent(earlier) == _intent(plan)
            and not is_over(record)
        ):
            return record
    return None


def out_before(plan: Plan, records: Iterable[Record]) -> Record | None:
    """The record of a finished release of just this source and intent; None: there is none.

    What its tags are by now has still to be looked at.
    """
    for record in records:
        earlier = record.plan
        same = plan.commit and (plan.changes or not plan.dirty) and _intent(earlier) == _intent(plan)
        if same and not record.withdrawn and any(e.get("whole") is True for e in record.events):
            return record
    return None


def stands(record: Record, registry: Registry, elector: Elector) -> bool:
    """Whether the release of *record* is out and whole, and nothing newer is."""
    digests = {name: candidate.digest for name, candidate in record.candidates.items()}
    now = survey(registry, record.plan, digests)
    if now.state is not State.PUBLISHED:
        return False
    opinion = elector.opinion(record.plan.tag, now.tags[record.plan.watched])
    return opinion.election not in (Election.OLDER, Election.TIE)


def _intent(plan: Plan) -> Plan:
    return replace(plan, tag=plan.images[0].name, created="", run_url="", aliases=(), tool="")  # type: ignore[arg-type]
