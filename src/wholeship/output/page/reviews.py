"""A review as a page: the verdict of the gate, what is in the way, what to do, and what was looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wholeship.core.text import Redactor
from wholeship.core.wording import counted
from wholeship.output.page.parts import Cell, Code, Page, Part, Prose, Section, Table, Tone
from wholeship.output.review_text import evidence_lines
from wholeship.review.comment import WORDS
from wholeship.review.evidence.gather import Evidence
from wholeship.review.report import Report
from wholeship.review.run import Ended
from wholeship.review.verdict import Verdict

_TONES = {"success": Tone.GOOD, "failure": Tone.BAD, "error": Tone.WARN}


def review_page(ended: Ended) -> Page:
    """The worst first: blockers, runs that go wrong, suites that fail; then what else was seen."""
    report, clean = ended.report, Redactor()
    parts = tuple(_review_parts(report))
    return Page(
        title=f"Review of {report.head[:12]}",
        answer=clean(f"{WORDS[report.gate.state]}: {report.gate.headline.removeprefix('not reviewed: ')}"),
        tone=_TONES[report.gate.state],
        parts=parts,
        facts=(
            ("against", f"{report.capture.base_name} at {report.base[:12]}"),
            ("merge base", report.merge_base[:12]),
            ("diff", report.diff[:12]),
            ("run of this commit", str(report.runs)),
            *((("scores", report.gate.scores),) if report.gate.scores else ()),
        ),
        contents=len(parts) > 2,
    )


def _review_parts(report: Report) -> Iterator[Part]:
    verdict, evidence = report.verdict, report.evidence
    if isinstance(verdict, Verdict) and verdict.blockers:
        yield Section(
            "Blockers", _paragraphs(verdict.blockers), Tone.BAD, counted(len(verdict.blockers), "blocker")
        )
    if evidence is not None:
        yield from _stories(evidence)
        yield from _suites(evidence)
    if isinstance(verdict, Verdict):
        yield from _advice_parts(verdict)
    if len(report.opinions) > 1:
        yield _opinions(report)
    if evidence is not None:
        lines = [line.strip() for line in evidence_lines(evidence, report)]
        yield Section("What was looked at", _paragraphs(lines))
    remarks = [*report.remarks, *([f"no model was asked: {report.skipped}"] if report.skipped else [])]
    if remarks:
        yield Section("Remarks", _paragraphs(remarks))


def _paragraphs(lines: Iterable[str]) -> tuple[Part, ...]:
    clean = Redactor()
    return tuple(Prose(clean(line)) for line in lines)


def _stories(evidence: Evidence) -> Iterator[Part]:
    comparison = evidence.workflow.comparison
    for found in comparison.opened if comparison is not None else ():
        lines = "\n".join(f"{number}. {line}" for number, line in enumerate(found.story, 1))
        place = Prose(f"{found.file}:{found.line}", Tone.QUIET)
        yield Section(f"How it can go wrong: {found.rule}", (place, Code("the run", lines)), Tone.BAD)


def _suites(evidence: Evidence) -> Iterator[Part]:
    rows, tails = [], []
    for suite in evidence.suites.results:
        ended = "passes" if suite.passed else "the time was up" if suite.exit_code is None else "fails"
        cause = "" if suite.passed else "the change" if suite.caused else "the base fails too"
        tone = Tone.GOOD if suite.passed else Tone.BAD if suite.caused else Tone.WARN
        rows.append(
            (suite.name, Cell(ended, tone=tone), cause, Cell(f"{suite.seconds:.1f} s", suite.seconds))
        )
        if suite.tail:
            tails.append(Code(f"{suite.name}: {suite.log}", Redactor()("\n".join(suite.tail))))
    if rows:
        columns = ("suite", "ended", "because of", "time")
        yield Table("Suites", columns, tuple(rows), numeric=frozenset({3}))
    yield from tails


def _advice_parts(verdict: Verdict) -> Iterator[Part]:
    if verdict.suggested_fixes:
        fixes = (Code(f"{fix.file}:{fix.line}", Redactor()(fix.change)) for fix in verdict.suggested_fixes)
        yield Section("Suggested fixes", tuple(fixes))
    if verdict.notes:
        yield Section("Notes", _paragraphs([verdict.notes]))


def _opinions(report: Report) -> Table:
    rows: list[tuple[Cell | str, ...]] = []
    for each in report.opinions:
        verdict = each.verdict
        if isinstance(verdict, Verdict):
            numbers = (verdict.bug_free_confidence, verdict.simplicity, verdict.slop, verdict.bugs)
            rows.append((each.reviewer, *(Cell(str(n), n) for n in numbers), str(len(verdict.blockers))))
        else:
            rows.append((each.reviewer, "", "", "", "", verdict.reason))
    columns = ("reviewer", "bug free", "simplicity", "slop", "bugs", "blockers, or why there is no verdict")
    return Table("Who said what", columns, tuple(rows), numeric=frozenset({1, 2, 3, 4}))
