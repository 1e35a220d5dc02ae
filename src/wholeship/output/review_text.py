"""A review for people: on a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.text import Redactor, printable
from wholeship.output.ink import Ink
from wholeship.review.comment import WORDS, render_comment
from wholeship.review.evidence.gather import Evidence
from wholeship.review.report import Report
from wholeship.review.run import Ended
from wholeship.review.verdict import Verdict

_COLOURS = {"success": "green", "failure": "red", "error": "yellow"}


def review_text(ended: Ended, ink: Ink) -> str:
    """What was decided, why, what to do, and what was looked at."""
    report = ended.report
    word = ink(_COLOURS[report.gate.state], WORDS[report.gate.state].upper())
    lines = [
        f"{word}  {printable(report.gate.headline.removeprefix('not reviewed: '))}",
        *([printable(report.gate.scores)] if report.gate.scores else []),
        ink(
            "dim",
            f"{report.head[:12]} against {printable(report.capture.base_name)} at {report.base[:12]}, run "
            f"{report.runs} of this commit (merge base {report.merge_base[:12]}, diff {report.diff[:12]})",
        ),
    ]
    for title, part in _report_parts(report, ink):
        if part:
            lines += ["", ink("bold", title), *(f"  {line}" for line in part)]
    lines += _posted(ended, ink)
    return Redactor()("\n".join(lines)) + "\n"


def review_markdown(ended: Ended) -> str:
    """The comment as it is, or would be, posted."""
    return render_comment(ended.report)


def _report_parts(report: Report, ink: Ink) -> Iterator[tuple[str, list[str]]]:
    verdict, evidence = report.verdict, report.evidence
    if isinstance(verdict, Verdict):
        yield "blockers", [printable(line) for line in verdict.blockers]
    if evidence is not None:
        yield "how it can go wrong", list(_stories(evidence, ink))
    if isinstance(verdict, Verdict):
        yield "suggested fixes", list(_fixes(verdict))
        yield "notes", [verdict.notes] if verdict.notes else []
    if len(report.opinions) > 1:
        yield "who said what", [_said_of_report(report, number) for number in range(len(report.opinions))]
    if evidence is not None:
        yield "evidence", list(evidence_lines(evidence, report))
    remarks = [printable(remark) for remark in report.remarks]
    if report.skipped:
        remarks.append(f"no model was asked: {printable(report.skipped)}")
    yield "remarks", remarks


def _stories(evidence: Evidence, ink: Ink) -> Iterator[str]:
    comparison = evidence.workflow.comparison
    for found in comparison.opened if comparison is not None else ():
        yield f"{found.rule} ({found.file}:{found.line})"
        yield from (ink("dim", f"  {printable(line)}") for line in found.story)


def _fixes(verdict: Verdict) -> Iterator[str]:
    for fix in verdict.suggested_fixes:
        first, *more = fix.change.splitlines() or [""]
        yield f"{fix.file}:{fix.line}  {printable(first)}"
        yield from (f"    {printable(line)}" for line in more)


def _said_of_report(report: Report, number: int) -> str:
    opinion = report.opinions[number]
    verdict = opinion.verdict
    if not isinstance(verdict, Verdict):
        return f"{opinion.reviewer}: {printable(verdict.reason)}"
    scores = f"bug_free {verdict.bug_free_confidence}, simplicity {verdict.simplicity}, slop {verdict.slop}"
    kept = " (kept from an earlier run)" if opinion.kept else ""
    return f"{opinion.reviewer}: {scores}, bugs {verdict.bugs}, {len(verdict.blockers)} blockers{kept}"


def evidence_lines(evidence: Evidence, report: Report) -> Iterator[str]:
    """What was looked at, a line each."""
    changed = ", ".join(f"{kind} {count}" for kind, count in evidence.categories.lines.items() if count)
    yield f"changed lines: {changed or 'none'}"
    for suite in evidence.suites.results:
        ending = "passes" if suite.passed else "the time was up" if suite.exit_code is None else "fails"
        cause = (
            "" if suite.passed else " (caused by the change)" if suite.caused else " ([env]: on the base too)"
        )
        yield f"suite {suite.name}: {ending}{cause}, {suite.seconds:.1f} s, log {suite.log}"
        yield from (f"  | {printable(line, limit=160)}" for line in suite.tail)
    if evidence.coverage.reports:
        yield f"patch coverage: {evidence.coverage.covered} of {evidence.coverage.coverable} added lines"
        for file in evidence.coverage.files:
            if file.missed:
                known = "" if file.reported else " (in no report)"
                yield f"  {file.file}: not run: {', '.join(file.missed)}{known}"
    if evidence.lint.ran:
        counts = f"{len(evidence.lint.caused)} new findings, {len(evidence.lint.environment)} [env]"
        yield f"workflow lint ({', '.join(evidence.lint.ran)}): {counts}"
        for finding in evidence.lint.caused[:10]:
            yield f"  {finding.file}:{finding.line} {finding.rule}: {printable(finding.message, limit=120)}"
    comparison = evidence.workflow.comparison
    if comparison is not None and evidence.workflow.touched:
        yield (
            f"workflows: new findings {len(comparison.opened)}, gone {len(comparison.closed)}; "
            f"gates lost {len(comparison.gates_lost)}, gained {len(comparison.gates_gained)}"
        )
    if evidence.ci.failing or evidence.ci.running:
        states = [f"failing: {', '.join(evidence.ci.failing)}"] if evidence.ci.failing else []
        states += [f"running: {', '.join(evidence.ci.running)}"] if evidence.ci.running else []
        yield printable(f"CI (context only): {'; '.join(states)}")
    for missed in evidence.not_looked:
        yield f"not looked at: {printable(missed.what)}: {printable(missed.why)}"


def _posted(ended: Ended, ink: Ink) -> list[str]:
    posted, said = ended.posted, []
    if posted.status:
        said.append(f"status {posted.status} posted on {ended.report.head[:12]}, and read back")
    if posted.comment:
        said.append(f"comment: {printable(posted.comment)}")
    if posted.problem:
        said.append(ink("red", printable(posted.problem)))
    return ["", *said] if said else []
