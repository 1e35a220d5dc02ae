"""One report of many files, from the reports on each."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from wholeship.verdict.across import across
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report, WorkflowReport
from wholeship.verdict.watched import unpublished_names


def joined_report(workflows: Iterable[WorkflowReport], options: Options) -> Report:
    """One report of many."""
    every = across(tuple(workflows))
    known = (f.fingerprint for w in every for f in chain(w.findings, (s.finding for s in w.suppressed)))
    stale = options.baseline.stale(known)
    used = {each.entry for workflow in every for each in workflow.suppressed}
    return Report(
        every,
        options.failing,
        stale,
        unpublished_names(options.watched, every),
        options.watched.source,
        tuple(each.where for each in options.ignored if each.where not in used),
        asks_wholeness="half-release" in options.rules,
    )
