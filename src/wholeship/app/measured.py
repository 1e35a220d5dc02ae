"""Two versions of the workflows, with minutes and gigabytes: for these, both have to be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace

from wholeship.app.workflow_files import Side
from wholeship.app.workflow_terms import WorkflowOptions
from wholeship.core.values import dataclass
from wholeship.forecast.measure import Known, measures
from wholeship.pipeline.ports import Repository
from wholeship.verdict.check import report_of, study_of
from wholeship.verdict.diff import Change, Measure, diff
from wholeship.verdict.joined import joined_report
from wholeship.verdict.options import Options
from wholeship.verdict.study import Study
from wholeship.verdict.systems import Memory


def read_studies(side: Side, options: Options) -> tuple[Study, ...]:
    """Every workflow of *side*, read."""
    memory = Memory(side.repository, options)
    return tuple(study_of(content, path, memory, options) for path, content in side.files.items())


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A repository, and what was read of it so far."""

    repository: Repository
    found: dict[str, str | bytes | None] = field(default_factory=dict)

    def __call__(self, path: str) -> str | bytes | None:
        content = self.found[path] = self.repository(path)
        return content

    def reads_alike(self, other: Repository) -> bool:
        """Whether all that was read is the same in *other*, and what was not there is not there."""
        return all(other(path) == content for path, content in self.found.items())


def _studies_of_both(
    before: Side, after: Side, options: Options
) -> tuple[tuple[Study, ...], tuple[Study, ...]]:
    """Every workflow of both sides; one that is the same on both, with all that any of them reads, once."""
    recorded = _Recorded(before.repository)
    first = read_studies(replace(before, repository=recorded), options)
    known = dict(zip(before.files, first, strict=True))
    if not recorded.reads_alike(after.repository):
        return first, read_studies(after, options)
    same = {path for path, content in after.files.items() if before.files.get(path) == content}
    changed = {path: content for path, content in after.files.items() if path not in same}
    known |= zip(changed, read_studies(replace(after, files=changed), options), strict=True)
    return first, tuple(known[path] for path in after.files)


def measured_diff(before: Side, after: Side, options: WorkflowOptions) -> Change:
    """What the change from *before* to *after* does, with minutes and gigabytes."""
    asked = options.verdict
    studies = _studies_of_both(before, after, asked)
    every = {id(study): study for each in studies for study in each}
    told = {key: report_of(study, asked) for key, study in every.items()}
    reports = [joined_report((told[id(study)] for study in each), asked) for each in studies]
    measured = measured_changes(*studies, options.figures)
    return diff(*reports, base=before.name, head=after.name, measures=measured)


def measured_changes(
    before: Iterable[Study], after: Iterable[Study], figures: Known | None
) -> tuple[Measure, ...]:
    """Minutes and gigabytes on both sides; nothing where no figures are known."""
    return () if figures is None else measures(before, after, figures)
