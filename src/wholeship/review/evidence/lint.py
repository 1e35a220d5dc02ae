"""Workflow lint: the findings of linters that are installed, split by whether the diff caused them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from wholeship.review.evidence.looked import NotLooked
from wholeship.review.ports import Linter, LintFinding


class LintEvidence(Struct, frozen=True):
    """``caused`` by the diff, ``environment``: there before it. ``ran`` names linters with versions."""

    ran: tuple[str, ...] = ()
    caused: tuple[LintFinding, ...] = ()
    environment: tuple[LintFinding, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()


def collect(linters: Iterable[Linter], touched: tuple[str, ...], base: Path, head: Path) -> LintEvidence:
    """Lint both trees when the diff touches workflows."""
    if not touched:
        return LintEvidence(not_looked=(NotLooked("workflow lint", "no workflow was changed"),))
    ran: list[str] = []
    caused: list[LintFinding] = []
    environment: list[LintFinding] = []
    missed: list[NotLooked] = []
    for linter in linters:
        after, before = linter.lint(head), linter.lint(base)
        problem = after.problem or before.problem
        if problem:
            missed.append(NotLooked(linter.name, problem))
            continue
        ran.append(f"{linter.name} {after.version}".strip())
        new, old = split(before.findings, after.findings)
        caused += new
        environment += old
    return LintEvidence(tuple(ran), tuple(sorted(caused)), tuple(sorted(environment)), tuple(missed))


def split(
    before: Iterable[LintFinding], after: Iterable[LintFinding]
) -> tuple[list[LintFinding], list[LintFinding]]:
    """The findings of *after* that *before* does not have, and those it has; one for one."""
    known = Counter(finding.key for finding in before)
    new: list[LintFinding] = []
    old: list[LintFinding] = []
    for finding in sorted(after):
        if known[finding.key]:
            known[finding.key] -= 1
            old.append(finding)
        else:
            new.append(finding)
    return new, old
