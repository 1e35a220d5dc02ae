"""`wholeship repair`: a release finished forward, or exactly what a person must do."""

from __future__ import annotations

from dataclasses import field

from wholeship.app.digests import DigestFiles
from wholeship.app.notice import Subject, telling
from wholeship.app.project import Project, open_project
from wholeship.app.records import record_of
from wholeship.app.stages import stage_settings_of
from wholeship.app.status import status_of_tag
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.record import Record
from wholeship.release.repair import repair, without_record
from wholeship.release.repaired import Mended, NeedsPerson
from wholeship.release.stages.results import Foreseen, Refused

RepairAnswer = Mended | NeedsPerson | Refused | Foreseen


@dataclass(frozen=True, slots=True)
class RepairQuestion:
    """Which release is repaired; ``move_tags``: the bound tags that may be moved to what was released."""

    tag: Tag
    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    force_older: bool = False
    move_tags: tuple[str, ...] = ()
    dry: bool = False
    digest_files: tuple[str, ...] = ()
    """Files that get the digests of the release once it is whole; each has to have a place for them."""


def repair_release(question: RepairQuestion, world: World) -> RepairAnswer:
    """Repair, or explain."""
    tag, project = question.tag, open_project(world, question.target)
    files = DigestFiles.checked(project, question.digest_files)
    with project.working_on(tag):
        record = record_of(project, tag, keep=not question.dry)
        with telling(project, _subject(project, tag, record), silent=question.dry) as notice:
            answer: RepairAnswer
            if record is None or not record.candidates:
                answer = without_record(status_of_tag(project, tag), planned=record is not None)
            else:
                settings = stage_settings_of(project, tag, force_older=question.force_older)
                answer = repair(record, settings, move=question.move_tags, dry=question.dry)
            if not isinstance(answer, Foreseen):
                notice.repaired(answer)
    if isinstance(answer, Mended):
        files.of_repaired(tag, record)
    return answer


def _subject(project: Project, tag: Tag, record: Record | None) -> Subject:
    """What is repaired, for a notice: by its record, else by the release file."""
    purpose = "it was to be repaired"
    if record is not None:
        return Subject.of(record.plan, purpose)
    return Subject(tag, tuple(project.config.images), purpose=purpose)
