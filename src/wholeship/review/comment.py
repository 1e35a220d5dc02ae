"""The one comment of a pull request: headline, notes, blockers, fixes, the verdict folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wholeship.review.gate import Gate
from wholeship.review.markdown import fenced, inert
from wholeship.review.report import Report
from wholeship.review.verdict import SuggestedFix, Verdict, encode_verdict

MARKER = "<!-- wholeship:review v1 -->"
LIMIT = 65_000
"""Characters; GitHub takes 65,536 and refuses more ("Body is too long")."""
WORDS = {"success": "passed", "failure": "held", "error": "not reviewed"}


def render_comment(report: Report) -> str:
    """The comment's whole text, within GitHub's limit; what had to be left out is said."""
    scores = f"\n{inert(report.gate.scores)}\n" if report.gate.scores else ""
    top = f"{MARKER}\n**{inert(gate_headline(report.gate))}**\n{scores}"
    bottom = "\n" + _bottom(report)
    left = LIMIT - len(top) - len(bottom) - 200
    kept: list[tuple[int, str]] = []
    dropped: list[str] = []
    # The verdict is what a machine or a doubting person wants most, so it gets its place first.
    for rank, (order, name, text) in enumerate(sorted(_parts(report), key=lambda part: part[0] != _LAST)):
        if len(text) + 1 > left:
            dropped.append(name)
            continue
        left -= len(text) + 1
        kept.append((order * 100 + rank, text))
    middle = "".join(f"\n{text}" for _, text in sorted(kept))
    missing = f"\nLeft out, too long for a comment: {', '.join(dropped)}.\n" if dropped else ""
    return f"{top}{middle}{missing}{bottom}"


def superseded(report: Report, moved_to: str) -> str:
    """The comment for a review whose head is not the head any more."""
    about = f"of `{report.head[:12]}`; the head is now `{moved_to[:12]}`. Run the review again."
    return f"{MARKER}\n**superseded: this review was {about}**\n\n{_bottom(report)}"


def pointer(url: str) -> str:
    """What a second comment of ours, posted at the same moment, is turned into."""
    return (
        f"The review of this pull request is in [the first comment]({url})."
        if url
        else "See the first comment."
    )


def gate_headline(gate: Gate) -> str:
    """One line: the word, then the sentence."""
    if gate.state == "error":
        return gate.headline
    return f"{WORDS[gate.state]}: {gate.headline}"


_LAST = 5


def _parts(report: Report) -> Iterator[tuple[int, str, str]]:
    """Place, name and text of each part."""
    verdict = report.verdict
    if not isinstance(verdict, Verdict):
        yield 0, "the reason", f"No verdict: {inert(verdict.reason, limit=2000)}\n"
    else:
        if verdict.notes:
            yield 0, "the notes", inert(verdict.notes) + "\n"
        if verdict.blockers:
            yield 1, "blockers", "Blockers:\n\n" + "".join(f"- {inert(line)}\n" for line in verdict.blockers)
    stories = "\n".join(_stories(report))
    if stories:
        yield 2, "how it can go wrong", stories
    if isinstance(verdict, Verdict):
        if verdict.suggested_fixes:
            yield 3, "suggested fixes", _table(verdict.suggested_fixes)
        if len(report.opinions) > 1:
            yield 4, "who said what", _who(report)
        folded = fenced(encode_verdict(verdict).decode(), "json")
        yield _LAST, "the verdict", f"<details><summary>Verdict</summary>\n\n{folded}\n\n</details>\n"


def _stories(report: Report) -> Iterator[str]:
    comparison = report.evidence.workflow.comparison if report.evidence else None
    for found in comparison.opened[:5] if comparison is not None else ():
        if found.story:
            title, text = f"{inert(found.rule)}: a run that shows it", fenced("\n".join(found.story))
            yield f"<details><summary>{title}</summary>\n\n{text}\n\n</details>\n"


def _table(fixes: Iterable[SuggestedFix]) -> str:
    rows = "".join(f"| {inert(f.file)} | {f.line} | {_cell(f.change)} |\n" for f in fixes)
    return f"| File | Line | Change |\n|---|---|---|\n{rows}"


def _cell(change: str) -> str:
    """The advice, and below it the new lines as code."""
    first, *lines = [inert(line) for line in change.splitlines() if line.strip()] or [""]
    return "<br>".join([first, *(f"<code>{line}</code>" for line in lines)])


def _who(report: Report) -> str:
    rows = []
    for opinion in report.opinions:
        verdict = opinion.verdict
        said = (
            f"bug_free {verdict.bug_free_confidence}, simplicity {verdict.simplicity}, slop {verdict.slop}, "
            f"bugs {verdict.bugs}, {len(verdict.blockers)} blockers"
            if isinstance(verdict, Verdict)
            else verdict.reason
        )
        rows.append(f"| {inert(opinion.reviewer)} | {inert(said)} |\n")
    return "| Reviewer | Said |\n|---|---|\n" + "".join(rows)


def _bottom(report: Report) -> str:
    who = ", ".join(
        inert(opinion.reviewer) + (" (kept)" if opinion.kept else "") for opinion in report.opinions
    )
    lines = [
        f"Reviewed `{report.head[:12]}` against `{report.base[:12]}` (merge base `{report.merge_base[:12]}`, "
        f"diff `{report.diff[:12]}`), run {report.runs} of this commit"
        + (f", by {who}" if who else "")
        + ". The gate is computed by code from these numbers; no text of a reviewer decides."
    ]
    if report.skipped:
        lines.append(f"No model was asked: {inert(report.skipped)}.")
    lines += [inert(remark) + "." for remark in report.remarks]
    if report.evidence and report.evidence.not_looked:
        missed = "; ".join(
            f"{inert(each.what)} ({inert(each.why)})" for each in report.evidence.not_looked[:12]
        )
        lines.append(f"Not looked at: {missed}.")
    return "\n".join(f"<sub>{line}</sub>  " for line in lines) + "\n"
