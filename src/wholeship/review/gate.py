"""The gate: code decides, from numbers and lists. No text of a reviewer has a say.

========  ============================================================================================
success   a valid verdict, every threshold met, every named suite passes, no new counterexample
failure   a valid verdict that misses something; the reasons say what
error     no valid verdict: time-out, empty or malformed reply, quota, diff too large, head moved…
========  ============================================================================================

Not reviewed is never passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.review.evidence.gather import Evidence
from wholeship.review.sentence import why_held, why_passed
from wholeship.review.settings import Thresholds
from wholeship.review.verdict import Unusable, Verdict

DESCRIPTION_LIMIT = 140
"""Characters of a status description (GitHub docs, "Commit statuses")."""

Decision = Literal["success", "failure", "error"]


@dataclass(frozen=True, slots=True)
class Gate:
    """What was decided, the sentence that says it, the limits that were missed, and the numbers."""

    state: Decision
    headline: str
    reasons: tuple[str, ...] = ()
    scores: str = ""

    @property
    def description(self) -> str:
        """The headline, with the numbers as far as a commit status has room; redacted, and fit to print."""
        text = printable(Redactor()(self.headline), limit=DESCRIPTION_LIMIT)
        longer = printable(f"{text} ({self.scores})") if self.scores else text
        return longer if len(longer) <= DESCRIPTION_LIMIT else text


def decide_gate(
    verdict: Verdict | Unusable,
    evidence: Evidence,
    thresholds: Thresholds,
    *,
    overridden: Mapping[str, str] | None = None,
) -> Gate:
    """Hold *verdict* and *evidence* against *thresholds*; *overridden* are those set for this run only."""
    if isinstance(verdict, Unusable):
        return no_verdict(verdict.reason)
    missed = (*_missed(verdict, thresholds), *_failed(evidence))
    shown = _scores(verdict)
    told = ", ".join(f"{name}={value}" for name, value in (overridden or {}).items())
    only = f"(this run: {told}) " if told else ""
    if missed:
        why = why_held(verdict, evidence, thresholds)
        return Gate("failure", f"{only}{why}", missed, f"{shown}; {', '.join(missed)}")
    return Gate("success", f"{only}{why_passed(evidence)}", (), shown)


def no_verdict(reason: str) -> Gate:
    """The gate without a verdict: never open."""
    return Gate("error", f"not reviewed: {reason}", (reason,))


def _scores(verdict: Verdict) -> str:
    count = len(verdict.blockers)
    return (
        f"bug_free {verdict.bug_free_confidence}, simplicity {verdict.simplicity}, slop {verdict.slop}, "
        f"bugs {verdict.bugs}, {count} blocker{'' if count == 1 else 's'}"
    )


def _missed(verdict: Verdict, limits: Thresholds) -> tuple[str, ...]:
    checks = (
        (verdict.bug_free_confidence < limits.bug_free_confidence, f"bug_free<{limits.bug_free_confidence}"),
        (verdict.bugs > limits.bugs, f"bugs>{limits.bugs}"),
        (len(verdict.blockers) > limits.blockers, f"blockers>{limits.blockers}"),
        (verdict.slop > limits.slop, f"slop>{limits.slop}"),
        (verdict.simplicity < limits.simplicity, f"simplicity<{limits.simplicity}"),
        (limits.tests_adequate and not verdict.tests_adequate, "tests inadequate"),
        (
            verdict.behavior_change_risk.rank > limits.behavior_change_risk.rank,
            f"risk {verdict.behavior_change_risk}",
        ),
    )
    return tuple(text for missed, text in checks if missed)


def _failed(evidence: Evidence) -> tuple[str, ...]:
    """What no threshold can buy off."""
    suites = tuple(f"{suite.name} fails" for suite in evidence.suites.failed)
    comparison = evidence.workflow.comparison
    opened = sorted({each.rule for each in comparison.opened}) if comparison is not None else []
    return (*suites, *(f"new {rule}" for rule in opened))
