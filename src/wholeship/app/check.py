"""`wholeship check`: the workflows proved, or the run in which they break a promise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial
from pathlib import Path

from wholeship.app.check_question import CheckQuestion
from wholeship.app.checking import check_guarded, refuse_unpublished, report_on
from wholeship.app.kept_checks import RepositoryReads
from wholeship.app.kept_reports import known_reports
from wholeship.app.workflow_files import named_workflows
from wholeship.app.workflow_terms import options_for
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.verdict.fix import Fixed, fix
from wholeship.verdict.joined import joined_report
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report, WorkflowReport
from wholeship.verdict.suppress import Baseline, baseline_text, read_baseline


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The report; ``fixed`` says by file what was fixed, and what could have been."""

    report: Report
    fixed: Mapping[str, Fixed] = field(default_factory=dict)


def check_workflows(
    question: CheckQuestion, world: World, reads: RepositoryReads | None = None
) -> CheckAnswer:
    """Look at every workflow that is meant.

    *reads* is told what of their repositories was read; with it, reports that were made before are given
    again where they would be the same, and new ones are kept.
    """
    files = named_workflows(question.paths, world)
    root = world.root_of(next(iter(files.values())))
    baseline = _baseline(question.baseline, world)
    terms = options_for(question.terms, world, root).verdict
    options = replace(terms, baseline=baseline, failing=question.failing or terms.failing)
    kept = known_reports(options, world) if reads is not None else None
    answer = CheckAnswer(report_on(files, options, world, reads=reads, kept=kept))
    refuse_unpublished(answer.report, root, options, world)
    if question.fix:
        answer = _fixed(answer.report, files, root, options, world)
    if question.write_baseline:
        known = [each.finding for w in answer.report.workflows for each in w.suppressed if not each.where]
        text = baseline_text([*answer.report.findings, *known])
        world.write_file(Path(question.write_baseline), text)
    return answer


def _baseline(file: str, world: World) -> Baseline:
    if not file:
        return Baseline()
    content = world.read_file(Path(file))
    if content is None:
        there = Path(file).exists()
        what = "no file of at most 2 MB can be read from" if there else "there is no"
        raise BadInput(f"{what} {file}", advice="write one with --write-baseline FILE")
    return read_baseline(content, file)


def _fixed(
    report: Report, files: Mapping[str, Path], root: Path, options: Options, world: World
) -> CheckAnswer:
    repository = world.files_below(root)

    def checked_again(name: str, text: str) -> WorkflowReport:
        return check_guarded(text, name, repository, options)

    kept, told = [], {}
    for workflow in report.workflows:
        done = fix(workflow, partial(checked_again, workflow.path))
        if done.fixed:
            world.write_file(files[workflow.path], done.text)
        told[workflow.path] = done
        kept.append(done.report if done.fixed else workflow)
    return CheckAnswer(joined_report(kept, options), told)
