"""`wholeship attest`: what is true of a gated release, stated, signed, and laid beside its images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_gates
from wholeship.app.project import Project, open_project
from wholeship.app.records import needed_record, tag_to_go_on_with
from wholeship.app.stages import stage_settings_of
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.release.memory import known_release, save
from wholeship.release.record import Record
from wholeship.release.stages.results import Held, Refused
from wholeship.release.stages.table import run_stages, stand_before


@dataclass(frozen=True, slots=True)
class AttestQuestion:
    """Which release is attested; without a tag the newest of this machine."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)


@dataclass(frozen=True, slots=True)
class AttestAnswer:
    """The record, with who signed; ``stopped``: what did not pass its gates is not attested, and neither is
    what no trusted signature can be found of."""

    record: Record
    stopped: Held | Refused | None = None


def attest_release(question: AttestQuestion, world: World) -> AttestAnswer:
    """State, sign and store; every digest and receipt is checked anew, and nothing is run."""
    project = open_project(world, question.target)
    check_asked_for(project)
    tag = tag_to_go_on_with(project)
    with project.working_on(tag):
        record = needed_record(project, tag)
        check_gates(project, record)
        settings = stage_settings_of(project, tag)
        with telling(project, Subject.of(record.plan)) as notice:
            ready = stand_before("attest", record, settings)
            after = run_stages(ready, settings, first="attest", last="attest")
            save(settings.ports)
            record = known_release(settings.ports, tag) or record
            if after.ended is None:
                world.write_step_outputs(dict(_outputs(record)))
            stopped = after.ended if isinstance(after.ended, (Held, Refused)) else None
            notice.attested(record, stopped)
    return AttestAnswer(record, stopped)


def _outputs(record: Record) -> Iterator[tuple[str, str]]:
    """What later steps of a CI job may want to attest in their own way."""
    for image in record.plan.images:
        yield f"repository-{image.name}", str(image.repository)
        yield f"digest-{image.name}", str(record.candidates[image.name].digest)


def check_asked_for(project: Project) -> None:
    """:class:`BadInput` where the release file does not ask for attestations."""
    if project.config.attest is None:
        raise BadInput(
            f"{project.config.file.name} asks for no attestations", advice="add: attest: {sign: {key: FILE}}"
        )
