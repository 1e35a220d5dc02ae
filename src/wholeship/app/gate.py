"""`wholeship gate`: the gates, run on the exact candidate digests."""

from __future__ import annotations

from dataclasses import field

from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_gates
from wholeship.app.project import open_project
from wholeship.app.records import needed_record, tag_to_go_on_with
from wholeship.app.stages import gate_settings_of, stage_settings_of
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.values import dataclass
from wholeship.release.memory import known_release
from wholeship.release.record import Record
from wholeship.release.stages.results import Held
from wholeship.release.stages.table import run_stages, stand_before


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """Which release is gated; without a tag the newest of this machine."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """The record with its receipts; ``held`` where the gates said no."""

    record: Record
    held: Held | None = None


def run_gates(question: GateQuestion, world: World) -> GateAnswer:
    """Join what was built in parts, and run every gate that has no receipt yet."""
    project = open_project(world, question.target)
    tag = tag_to_go_on_with(project)
    with project.working_on(tag):
        record = needed_record(project, tag)
        check_gates(project, record)
        settings = stage_settings_of(project, tag, gating=gate_settings_of(project, tag))
        with telling(project, Subject.of(record.plan)) as notice:
            gated = run_stages(stand_before("join", record, settings), settings, first="join", last="gate")
            record = known_release(settings.ports, tag) or gated.record
            held = gated.ended if isinstance(gated.ended, Held) else None
            notice.gated(record, held)
    return GateAnswer(record, held)
