"""What is visible of a release, by its record; a half one is louder than anything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wholeship.core.errors import HalfReleased, RegistryError, Stopped, Unfinished
from wholeship.release.lifecycle import VISIBLE, State
from wholeship.release.observe import Survey, is_half, survey
from wholeship.release.ports import Ports
from wholeship.release.record import Record
from wholeship.release.stages.results import CandidateGone, Refusal, Refused


def look_at(ports: Ports, record: Record) -> Survey:
    """What the registry shows of the release of *record* now."""
    return survey(ports.registry, record.plan, record.digests)


@contextmanager
def half_is_louder(ports: Ports, record: Record) -> Iterator[None]:
    """Where what is done in the block cannot be finished: ``HalfReleased`` instead, when *record* is visible
    and not whole. That is the news that a person on call needs first."""
    try:
        yield
    except (RegistryError, Stopped):
        raise  # there is nobody to ask, or no time
    except Unfinished as error:
        now = look_at(ports, record) if record.candidates else None
        gone = isinstance(error, CandidateGone)
        if now is None or not (
            is_half(now) or (gone and now.state in VISIBLE and now.state != State.FOREIGN)
        ):
            raise
        raise HalfReleased(
            f"{record.plan.tag} is visible and not whole: {error.message}",
            advice=f"see what to do: wholeship repair {record.plan.tag}",
        ) from error


def refused_withdrawn(ports: Ports, record: Record) -> Refused:
    """A release whose tags are being deleted is not put out again; half of it, still visible, is half."""
    tag = record.plan.tag
    if is_half(look_at(ports, record)):
        raise HalfReleased(
            f"{tag} is being withdrawn, and is visible and not whole",
            advice=f"finish that: wholeship withdraw --delete {tag}",
        )
    reason = f"{tag} was withdrawn: its tags are deleted on purpose, and are not given again"
    return Refused(record.plan, Refusal.WITHDRAWN, reason, "release under a new tag (leave --tag out)")
