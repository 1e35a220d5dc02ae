"""`wholeship gate`: the gates, run on the exact candidate digests."""

from __future__ import annotations

from dataclasses import dataclass, field

from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_gates
from wholeship.app.project import open_project
from wholeship.app.records import needed_record, ports_of, tag_to_go_on_with
from wholeship.app.stages import gate_settings_of
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.release.record import Record
from wholeship.release.ship import gate_slice, known
from wholeship.release.stages.join import join
from wholeship.release.stages.results import Held


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
        ports = ports_of(project, tag)
        record = needed_record(project, tag)
        check_gates(project, record)
        record = join(record, project.registry, ports.journal, world.progress)
        with telling(project, Subject.of(record.plan)) as notice:
            gated = gate_slice(record, ports, gate_settings_of(project, tag))
            record = known(ports, tag) or record
            held = gated if isinstance(gated, Held) else None
            notice.gated(record, held)
    return GateAnswer(record, held)
