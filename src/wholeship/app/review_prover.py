"""The workflow prover as the review asks it: two trees in, what the change does to the pipelines out.

What decides about the answer is the base's: which image is followed, and what is declared of actions that
cannot be read. Of the head's own word only what makes the answer stricter is heard. A comment in the change
that says to ignore a finding does not close it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace as replaced

from wholeship.app.checking import guarded_report, unreadable_file
from wholeship.app.kept_reports import KeptReports, RepositoryReports
from wholeship.app.review_settings import first_present
from wholeship.app.workflow_files import Side, workflows_of_repository
from wholeship.app.workflow_terms import declared_actions, figures_for, release_file, watched_images
from wholeship.app.world import World
from wholeship.core.edits import applied
from wholeship.core.errors import Unfinished
from wholeship.core.finding import Confidence, Finding, Severity
from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.review.ports import Counterexample, WorkflowComparison, WorkflowFinding
from wholeship.review.reviewers.rubric import fix_of
from wholeship.review.verdict import SuggestedFix
from wholeship.verdict.diff import Change, Kind, Line, Turn, diff
from wholeship.verdict.joined import joined_report
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report, WorkflowReport

if TYPE_CHECKING:
    from difflib import SequenceMatcher

    from wholeship.app.measured import measured_changes, read_studies
    from wholeship.release.schema import RawRelease
else:  # for changes that some reviews have
    SequenceMatcher = late("difflib:SequenceMatcher")
    measured_changes = late("wholeship.app.measured:measured_changes")
    read_studies = late("wholeship.app.measured:read_studies")

IGNORED = " (a comment of the change says to ignore this)"


@dataclass(frozen=True, slots=True)
class ReviewProver:
    """:class:`wholeship.review.ports.Workflows`. *files* may be the release file, below the top: the first
    that the base has, else that the head has.

    *home* is the user's own work tree, where past runs are remembered; None: no minutes and gigabytes.
    """

    world: World
    files: tuple[str, ...] = ("wholeship.yaml",)
    home: Path | None = None

    def compare(self, base: Path, head: Path) -> WorkflowComparison:
        """See :class:`wholeship.review.ports.Workflows`."""
        file = first_present(
            self.files, lambda name: (base / name).is_file(), lambda name: (head / name).is_file()
        )
        terms = self._terms(base, file)
        known = KeptReports(terms)
        found = replaced(
            _compared_trees(self.world, base, head, known, known),
            measures=self._measures(base, head, file, terms),
        )
        stricter = watched_images(self.world, head, self._release(head, file), file)
        if stricter.names and set(stricter.names) != set(terms.watched.names):
            # The change also says what is followed from now on: nothing may be half by that either.
            later = KeptReports(replace(terms, watched=stricter))
            found = _joined_comparisons(found, _compared_trees(self.world, base, head, known, later))
        return found

    def _terms(self, root: Path, file: str) -> Options:
        raw = self._release(root, file)
        watched = watched_images(self.world, root, raw, file)
        return Options(watched=watched, declared=declared_actions(raw))

    def _release(self, root: Path, file: str) -> RawRelease | None:
        """The release file of a tree, when it has one."""
        return release_file(self.world, root, str(root / file)) if (root / file).is_file() else None

    def _measures(self, base: Path, head: Path, file: str, terms: Options) -> tuple[str, ...]:
        if self.home is None:
            return ()
        figures = figures_for(self.world, self.home, self._release(base, file))
        if figures is None:
            return ()
        before, after = (read_studies(_side_of_tree(self.world, root), terms) for root in (base, head))
        return tuple(str(each) for each in measured_changes(before, after, figures))


def _compared_trees(
    world: World, base: Path, head: Path, terms: KeptReports, later: KeptReports
) -> WorkflowComparison:
    """*base* on its own *terms*, *head* on those that hold *later*; what is the same in both is read once."""
    before, after = _report(world, base, terms), _report(world, head, later)
    change = diff(before, after)
    texts = {report.path: report.text for report in after.workflows}
    known = {finding.fingerprint for report in before.workflows for finding in _every(report)}
    opened = [finding for each in change.workflows for finding in each.opened]
    opened += [
        replace(answer.finding, message=answer.finding.message + IGNORED)
        for report in after.workflows
        for answer in report.suppressed
        if answer.finding.fingerprint not in known
    ]
    fresh = {finding.fingerprint for finding in opened}
    standing = [f for report in after.workflows for f in _every(report) if f.fingerprint not in fresh]
    closed = [finding for each in change.workflows for finding in each.closed]
    return WorkflowComparison(
        files=tuple(sorted({each.path for each in (*before.workflows, *after.workflows)})),
        opened=_examples(opened),
        closed=_examples(closed),
        standing=_examples(standing),
        gates_lost=tuple(_gates_of_change(change, Turn.LOST)),
        gates_gained=tuple(_gates_of_change(change, Turn.ADDED)),
        caused=tuple(sorted(map(_review_finding, (f for f in opened if not _is_example(f))))),
        environment=tuple(sorted(map(_review_finding, (f for f in standing if not _is_example(f))))),
        suggested=tuple(
            fix for finding in opened for fix in _suggested_fixes(finding, texts.get(finding.place.file, ""))
        ),
        unread=tuple(_unread(after)),
    )


def _joined_comparisons(one: WorkflowComparison, other: WorkflowComparison) -> WorkflowComparison:
    """What either found to be worse."""

    def both(name: str) -> tuple[object, ...]:
        return tuple(dict.fromkeys((*getattr(one, name), *getattr(other, name))))

    worse = ("opened", "gates_lost", "caused", "suggested", "unread")
    return replaced(one, **{name: both(name) for name in worse})


def _report(world: World, root: Path, known: KeptReports) -> Report:
    """Every workflow of the tree; a file that cannot be read is a finding, a bug of ours an error."""
    there = RepositoryReports(known, world.files_below(root))
    reports = []
    for path, content in _workflow_files(world, root).items():
        if content is None:
            reports.append(unreadable_file(path))
            continue
        report = guarded_report(path, partial(there.report, path, content))
        if report.crash:
            raise Unfinished(f"{path} could not be looked at: {report.crash}")
        reports.append(report)
    return joined_report(reports, known.options)


def _side_of_tree(world: World, root: Path) -> Side:
    files = {path: content for path, content in _workflow_files(world, root).items() if content is not None}
    return Side(root.name, files, world.files_below(root))


def _workflow_files(world: World, root: Path) -> Mapping[str, bytes | None]:
    return {
        path.relative_to(root).as_posix(): world.read_file(path) for path in workflows_of_repository(root)
    }


def _every(report: WorkflowReport) -> Iterator[Finding]:
    yield from report.findings
    yield from (answer.finding for answer in report.suppressed)


def _is_example(finding: Finding) -> bool:
    """Whether it is a run that breaks a promise, and no opinion: certain enough, and with its story."""
    if finding.confidence is Confidence.UNKNOWN:
        return False
    return finding.severity is Severity.ERROR or (
        finding.severity is Severity.WARNING and bool(finding.story)
    )


def _examples(findings: list[Finding]) -> tuple[Counterexample, ...]:
    found = {
        Counterexample(f.rule, f.place.file, max(1, f.place.line), f.message, tuple(_story_lines(f)))
        for f in findings
        if _is_example(f)
    }
    return tuple(sorted(found))


def _story_lines(finding: Finding) -> Iterator[str]:
    for number, moment in enumerate(finding.story, 1):
        where = f"  (line {moment.place.line})" if moment.place is not None and moment.place.line else ""
        yield f"{number}. {moment.text}{where}"


def _review_finding(finding: Finding) -> WorkflowFinding:
    return WorkflowFinding(
        rule=finding.rule,
        severity=finding.severity.value,
        file=finding.place.file,
        line=max(1, finding.place.line),
        message=finding.message,
        undecided=finding.confidence is Confidence.UNKNOWN,
    )


def _suggested_fixes(finding: Finding, text: str) -> Iterator[SuggestedFix]:
    """The fix, where the rule knows the very lines; advice without them is no suggestion."""
    if finding.fix is None or not finding.fix.edits:
        return
    old, new = text.splitlines(), applied(text, finding.fix.edits).splitlines()
    for kind, start, _, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            lines = "\n".join(new[first:last])
            yield fix_of(finding.place.file, start + 1, f"{finding.fix.description}\n{lines}".rstrip())


def _gates_of_change(change: Change, turn: Turn) -> Iterator[str]:
    for each in change.workflows:
        for line in each.lines:
            if line.kind in (Kind.GATE, Kind.CHECK) and line.turn is turn:
                yield _gate_words(line, turn)


def _gate_words(line: Line, turn: Turn) -> str:
    scenarios = f" on {', '.join(line.scenarios)}" if line.scenarios else ""
    if turn is Turn.ADDED:
        return f"{line.what} stands before {line.subject} now{scenarios}"
    if line.kind is Kind.CHECK:
        return f"{line.what} is gone"
    why = f", because {line.why}" if line.why else ""
    return f"{line.what} does not stand before {line.subject} any more{scenarios}{why}"


def _unread(report: Report) -> Iterator[tuple[str, str]]:
    for each in report.workflows:
        for unknown in each.unknown:
            yield f"{each.path}: {unknown.what}", unknown.reason
