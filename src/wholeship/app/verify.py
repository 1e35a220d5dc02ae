"""`wholeship verify`: every tag, digest and platform, read back."""

from __future__ import annotations

from dataclasses import dataclass, field

from wholeship.app.notice import Subject, telling
from wholeship.app.project import open_project
from wholeship.app.records import needed_record, tag_to_go_on_with
from wholeship.app.stages import stage_settings_of
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.release.record import Record
from wholeship.release.stages.results import Drifted, Verified
from wholeship.release.stages.table import run_stages, stand_before


@dataclass(frozen=True, slots=True)
class VerifyQuestion:
    """Which release is read back; without a tag the newest of this machine."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """What was recorded, and what reading back gave."""

    record: Record
    proof: Verified | Drifted


def verify_release(question: VerifyQuestion, world: World) -> VerifyAnswer:
    """Read the release back, and compare it with its record; nothing is kept."""
    project = open_project(world, question.target)
    tag = tag_to_go_on_with(project)
    record, settings = needed_record(project, tag, keep=False), stage_settings_of(project, tag)
    built = stand_before("verify", record, settings)
    with telling(project, Subject.of(record.plan)) as notice:
        proof = run_stages(built, settings, first="verify").proof
        assert proof is not None
        notice.verified(record, proof)
    return VerifyAnswer(record, proof)
