"""What was decided, as a sentence: the first thing that a person has to know, and what to do."""

from __future__ import annotations

from wholeship.core.text import printable
from wholeship.review.evidence.gather import Evidence
from wholeship.review.settings import Thresholds
from wholeship.review.verdict import Verdict

NOTHING_SHOWN = "nothing here shows that it works; add a suite or a reviewer"


def why_held(verdict: Verdict, evidence: Evidence, limits: Thresholds) -> str:
    """Why *verdict* does not meet *limits*: what was found first, then what is missing."""
    return _found(verdict, evidence, limits) or _missing(verdict, evidence, limits)


def why_passed(evidence: Evidence) -> str:
    """What speaks for a change that passed."""
    kinds = {kind for kind, count in evidence.categories.lines.items() if count}
    suites = len(evidence.suites.results)
    ran = (
        f"{'the suite passes' if suites == 1 else f'all {suites} suites pass'}" if suites else "no suite ran"
    )
    if kinds <= {"docs"}:
        return "only documents changed, and nothing in them runs"
    if evidence.workflow.touched and kinds <= {"ci", "docs"}:
        return "the workflows are proved, and lose no gate"
    if evidence.coverage.reports and evidence.coverage.coverable:
        return (
            f"{ran}, and tests ran {evidence.coverage.covered} of {evidence.coverage.coverable} added lines"
        )
    if evidence.suites.unnoticed == () and evidence.suites.tried:
        return f"{ran}, and tests notice the change"
    return f"{ran}, and nothing was found against it"


def _found(verdict: Verdict, evidence: Evidence, limits: Thresholds) -> str:
    """Something that speaks against the change; empty: nothing was found."""
    for suite in evidence.suites.failed:
        cause = "because of the change" if suite.caused else "also without the change"
        return f"{suite.name} fails, {cause}"
    if len(verdict.blockers) > limits.blockers:
        return _and_more(verdict.blockers[0], len(verdict.blockers) - 1)
    if verdict.bugs > limits.bugs and evidence.weakened:
        first = evidence.weakened[0]
        return _and_more(f"{first.what} ({first.file}:{first.line})", verdict.bugs - 1)
    if verdict.bugs > limits.bugs:
        return f"{_count(verdict.bugs, 'bug')} found"
    for guard in evidence.guards[:1]:
        return _and_more(f"{guard.what} ({guard.file}:{guard.line})", len(evidence.guards) - 1)
    for weak in evidence.weakened[:1]:
        return f"{weak.what} ({weak.file}:{weak.line})"
    for each in evidence.dependencies:
        if each.how in ("moved", "downgraded", "alike"):
            return f"{each.name} in {each.file}: {HOW[each.how]}"
    if evidence.suites.survived:
        return f"no test notices a small mistake at {evidence.suites.survived[0]}; add one"
    if verdict.behavior_change_risk.rank > limits.behavior_change_risk.rank:
        return f"what it changes is of {verdict.behavior_change_risk} risk: review it by hand"
    return ""


HOW = {
    "moved": "the package comes from another place than before",
    "downgraded": "the package is older than before",
    "alike": "the new package is called almost like another one",
    "added": "the package is new",
}


def _missing(verdict: Verdict, evidence: Evidence, limits: Thresholds) -> str:
    """What is not known of the change, and how it could be."""
    unsure = verdict.bug_free_confidence < limits.bug_free_confidence
    if unsure or (limits.tests_adequate and not verdict.tests_adequate):
        if not evidence.suites.results:
            return NOTHING_SHOWN
        if evidence.suites.unnoticed:
            name = evidence.suites.unnoticed[0]
            return f"the suites pass with {name} and without its change; add a test that needs it"
        if evidence.suites.unnoticed_parts:
            name = evidence.suites.unnoticed_parts[0]
            return f"the suites pass with the change at {name} and without it; add a test that needs it"
        if evidence.suites.followed:
            name = evidence.suites.followed[0]
            return f"expected values changed with {name}, and no other test needs it; add one that does"
        if evidence.coverage.reports and evidence.coverage.covered < evidence.coverage.coverable:
            left = evidence.coverage.coverable - evidence.coverage.covered
            return f"the suites pass, and no test runs {_count(left, 'added line')}; add tests"
        return "the suites pass, and do not show that this works; add a test, coverage or a reviewer"
    if verdict.simplicity < limits.simplicity:
        return "it is too large to be reviewed at once; split it"
    if verdict.slop > limits.slop:
        return "too much of it is waste; take out what was left behind"
    return "it misses a limit"


def _and_more(text: str, more: int) -> str:
    return f"{printable(text, limit=110)}{f', and {more} more' if more > 0 else ''}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
