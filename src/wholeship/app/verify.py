"""`wholeship verify`: every tag, digest and platform, read back."""

from __future__ import annotations

from dataclasses import field

from wholeship.app.attest import check_asked_for
from wholeship.app.notice import Subject, telling
from wholeship.app.project import open_project
from wholeship.app.records import needed_record, tag_to_go_on_with
from wholeship.app.stages import stage_settings_of
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.values import dataclass
from wholeship.release.record import Record
from wholeship.release.stages.attest import attested
from wholeship.release.stages.results import Drifted, Held, Refused, Verified
from wholeship.release.stages.settings import StageSettings
from wholeship.release.stages.table import run_stages, stand_before
from wholeship.release.stages.underway import require_given


@dataclass(frozen=True, slots=True)
class VerifyQuestion:
    """Which release is read back; without a tag the newest of this machine. ``policy``: what is stated of it
    must be signed by somebody that the release file trusts."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    policy: bool = False


@dataclass(frozen=True, slots=True)
class VerifyAnswer:
    """What was recorded, and what reading back gave; ``distrusted``: why its statement is not believed."""

    record: Record
    proof: Verified | Drifted
    distrusted: Held | Refused | None = None


def verify_release(question: VerifyQuestion, world: World) -> VerifyAnswer:
    """Read the release back, and compare it with its record; nothing is kept."""
    project = open_project(world, question.target)
    if question.policy:
        check_asked_for(project)
    tag = tag_to_go_on_with(project)
    record, settings = needed_record(project, tag, keep=False), stage_settings_of(project, tag)
    built = stand_before("verify", record, settings)
    with telling(project, Subject.of(record.plan)) as notice:
        proof = run_stages(built, settings, first="verify").proof
        assert proof is not None
        distrusted = _distrusted(record, settings) if question.policy else None
        notice.verified(record, proof, distrusted)
    return VerifyAnswer(record, proof, distrusted)


def _distrusted(record: Record, settings: StageSettings) -> Held | Refused | None:
    """Why what is stated of it is not believed, be it that it is out."""
    gated = stand_before("attest", record, settings)
    if gated.cleared is None:
        return gated.ended if isinstance(gated.ended, Held) else None
    ports = settings.ports
    answer = attested(
        gated.cleared, ports.registry, require_given(settings.attesting()), ports.clock, ports.progress
    )
    return answer if isinstance(answer, Refused) else None
