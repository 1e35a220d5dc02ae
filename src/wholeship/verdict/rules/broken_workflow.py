"""The workflow cannot run as written, or says something other than it looks like."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.errors import Problem
from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.verdict.rules.phrases import labelled
from wholeship.verdict.study import Study

RULE = "broken-workflow"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """What GitHub would refuse is an error; what runs and lies is a warning."""
    for problem in study.problems:
        yield _finding(problem, severity)
    for problem in study.lies:
        yield _finding(problem, Severity.WARNING)


def _finding(problem: Problem, severity: Severity) -> Finding:
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        problem.message,
        labelled((problem.place, "")),
        fix=Fix(problem.hint) if problem.hint else None,
        key=f"{problem.place.path} {problem.message}",
    )
