"""The built-in reviewer ``evidence``: a verdict from the evidence alone, by the rubric below.

No model, no network, no opinion. Each part of the change is worth what was verified about it, and the
least verified part decides. What cannot be judged lowers the confidence; nothing raises it.
`docs/review.md` prints these tables; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.review.change import ChangedFile, Diff
from wholeship.review.evidence.content import LOCKS
from wholeship.review.evidence.coverage import ADEQUATE, ratio
from wholeship.review.evidence.gather import Evidence
from wholeship.review.evidence.run_elsewhere import is_older, only_versions
from wholeship.review.evidence.suites import words_of
from wholeship.review.evidence.weakened import CODE, WeakenedTest, flips_expectations, rewrites_data
from wholeship.review.evidence.workflow_shape import FRESH
from wholeship.review.ports import Capture, Counterexample
from wholeship.review.verdict import (
    CATEGORIES,
    ChangeType,
    Risk,
    SuggestedFix,
    Verdict,
    categories_of,
)

CONFIDENCE: Mapping[str, int] = {
    "docs only": 95,
    "generated files": 80,
    "tests, suites pass": 90,
    "tests, no suite ran": 70,
    "source, suites pass, added lines covered": 88,
    "source, suites pass, at least 80 % of the added lines covered": 82,
    "source, suites pass, and fail without the change": 82,
    "source, comments or layout alone": 90,
    "source, suites pass, otherwise": 65,
    "source, no suite ran": 60,
    "configuration or dependencies, suites pass": 82,
    "configuration or dependencies, no suite ran": 70,
    "what other programs run, suites fail without the change, or versions alone": 80,
    "what other programs run, suites pass with the change and without it": 70,
    "what other programs run, no suite ran": 60,
    "what the suites run was changed, and nobody counted the tests": 60,
    "a guard is taken away": 60,
    "migrations, suites pass": 70,
    "migrations, no suite ran": 50,
    "workflows, proved whole": 85,
    "workflows, part of it could not be read, as before": 80,
    "workflows, a new question could not be decided": 70,
    "workflows, new warning of a rule": 75,
    "workflows, new finding of a linter (error)": 60,
    "workflows, not proved": 55,
    "workflows, a secret goes where it did not go before": 75,
    "other CI files": 75,
    "binary file outside the documentation, submodule": 70,
    "symbolic link, or mode of a file changed": 78,
    "tests deleted": 60,
    "tests weakened while code changed": 40,
    "tests weakened": 60,
    "tests as they were fail, and the change says that it alters nothing": 60,
    "expected values of tests changed, and no test was added": 75,
    "expected values of tests changed, and no other test needs the change": 75,
    "mutants of the changed lines survive": 65,
    "dependency from another source than before": 60,
    "dependency older than before": 70,
    "dependencies added or from another source, without their suite or their manifest": 70,
    "suite fails on the base too": 60,
    "suite fails because of the diff": 20,
    "run found that breaks a promise": 15,
    "secret, hidden text or merge marker": 15,
}
"""The most confidence each part of a change can have; the least of those that apply is given."""

SIMPLICITY: tuple[tuple[int, int], ...] = ((50, 92), (200, 86), (400, 80), (800, 72), (1600, 60))
"""Changed lines of source, CI, configuration, migrations (up to), and the simplicity given; beyond: 45."""
ENORMOUS = 45

WASTE: Mapping[str, re.Pattern[str]] = {
    "debugging left behind": lazy_pattern(
        r"^\s*(?:breakpoint\(\)|import pdb|(?:i?pdb)\.set_trace\(\)|debugger;?|console\.log\(|binding\.pry)"
    ),
    "work put off": lazy_pattern(r"(?:#|//|/\*|<!--)\s*(?:TODO|FIXME|XXX|HACK)\b"),
    "spaces at the end": lazy_pattern(r"\S[ \t]+$"),
}
"""What counts as slop: added lines of source, tests, CI and configuration that match."""

SENSITIVE = lazy_pattern(
    r"(?:^|[/._-])(?:auth|authn|authz|oauth|login|password|billing|payments?|invoices?|migrations?|crypto"
    r"|permissions?|security|queues?)(?:[/._-]|$)",
    re.IGNORECASE,
)
"""Path parts of source files whose change is high risk."""

_TYPES = {
    "feat": "feat", "fix": "fix", "refactor": "refactor", "perf": "refactor", "style": "refactor",
    "docs": "docs", "chore": "chore", "ci": "chore", "build": "chore", "revert": "fix", "test": "test",
    "tests": "test", "deps": "deps",
}  # fmt: skip
_SUBJECT = lazy_pattern(r"([a-z]+)(?:\(([^)]*)\))?!?: \S")
NOTES = 1000
"""Longest notes this reviewer writes, in characters."""


def judge_by_rubric(capture: Capture, evidence: Evidence) -> Verdict:
    """The verdict of the rubric; the same evidence always gives the same verdict."""
    lines = evidence.categories.lines
    limits = tuple(_limits(capture, evidence))
    return Verdict(
        bug_free_confidence=min((limit for limit, _ in limits), default=CONFIDENCE["docs only"]),
        bugs=len(_broken(evidence)) + len(_opened(evidence)) + len(weakening(evidence)),
        slop=_slop(capture.diff, evidence.categories.files),
        simplicity=_simplicity(lines),
        blockers=tuple(blockers(evidence)),
        change_type=_type(capture, lines),
        behavior_change_risk=_risk(capture.diff, evidence),
        tests_adequate=_adequate(capture.diff, evidence),
        suggested_fixes=_fixes(evidence),
        notes=_notes(evidence, limits),
        categories=categories_of(lines),
    )


def ceiling(diff: Diff, evidence: Evidence) -> int:
    """The most confidence anybody may have: what nobody could read was not reviewed."""
    caps = [100]
    if _unreadable(diff, evidence):
        caps.append(CONFIDENCE["binary file outside the documentation, submodule"])
    if evidence.workflow.touched and evidence.workflow.comparison is None:
        caps.append(CONFIDENCE["workflows, not proved"])
    return min(caps)


def blockers(evidence: Evidence) -> Iterator[str]:
    """What stops the merge whatever the scores, one line each."""
    for secret in evidence.secrets.findings:
        yield f"secret committed: {secret.kind} in {secret.file}:{secret.line}"
    for found in evidence.hidden.hidden:
        yield f"hidden text: {found.what} in {found.file}:{found.line}"
    for found in evidence.hidden.conflicts:
        yield f"{found.what} in {found.file}:{found.line}"
    comparison = evidence.workflow.comparison
    lost = comparison.gates_lost if comparison is not None else ()
    yield from (_line(f"gate lost: {gate}") for gate in lost)
    for each in _opened(evidence):
        yield _line(f"{each.rule}: {each.message} ({each.file}:{each.line})")
    for text in evidence.workflow.loosened:
        # What the prover says of a gate is better told than that a job waits for less.
        if not text.startswith(FRESH) and not (lost and "does not wait for any check" in text):
            yield _line(text)


def weakening(evidence: Evidence) -> tuple[WeakenedTest, ...]:
    """The tests that say less while code changed: each is a bug."""
    return evidence.weakened if set(evidence.categories.files.values()) & CODE else ()


def _limits(capture: Capture, evidence: Evidence) -> Iterator[tuple[int, str]]:
    """Every row of the table that applies, with its limit."""
    diff = capture.diff
    for name in (
        *_by_kind(diff, evidence),
        *_by_tests(capture, evidence),
        *_by_dependencies(evidence),
        *_pipeline(diff, evidence),
    ):
        yield CONFIDENCE[name], name
    if _unreadable(diff, evidence):
        yield _row("binary file outside the documentation, submodule")
    if any(file.mode_changed or file.is_symlink for file in diff.files):
        yield _row("symbolic link, or mode of a file changed")
    if evidence.guards:
        yield _row("a guard is taken away")
    if _opened(evidence):
        yield _row("run found that breaks a promise")
    if evidence.secrets.findings or evidence.hidden.hidden or evidence.hidden.conflicts:
        yield _row("secret, hidden text or merge marker")


def _row(name: str) -> tuple[int, str]:
    return CONFIDENCE[name], name


def _by_kind(diff: Diff, evidence: Evidence) -> Iterator[str]:
    kinds_of = evidence.categories.files
    kinds = set(kinds_of.values())
    passing = "suites pass" if evidence.suites.passed else "no suite ran"
    if "docs" in kinds:
        yield "docs only"
    if "generated" in kinds:
        yield "generated files"
    if "tests" in kinds:
        yield f"tests, {passing}"
    if evidence.categories.told:
        yield "source, comments or layout alone"
    if "src" in _kinds_that_do(evidence):
        yield _source(evidence) if evidence.suites.passed else "source, no suite ran"
    if kinds & {"config", "deps"}:
        yield f"configuration or dependencies, {passing}"
    run, touched = evidence.categories.run, evidence.workflow.touched
    if runs := [
        f for f in diff.files if f.shown in run and kinds_of[f.shown] != "src" and f.path not in touched
    ]:
        yield _run_elsewhere(runs, evidence)
    if "migrations" in kinds:
        yield f"migrations, {passing}"


def _noticed(evidence: Evidence) -> bool:
    """Whether tests notice each of the source files: when it is taken back, or by mistakes in its lines."""
    unnoticed, kinds = evidence.suites.unnoticed, evidence.categories.files
    if evidence.suites.unnoticed_parts:
        return False
    return unnoticed is not None and not any(
        kinds.get(name, "src") in ("src", "migrations") for name in unnoticed
    )


def _run_elsewhere(files: list[ChangedFile], evidence: Evidence) -> str:
    if not evidence.suites.passed:
        return "what other programs run, no suite ran"
    unnoticed = evidence.suites.unnoticed
    if all(only_versions(f) or (unnoticed is not None and f.shown not in unnoticed) for f in files):
        return "what other programs run, suites fail without the change, or versions alone"
    return "what other programs run, suites pass with the change and without it"


def _kinds_that_do(evidence: Evidence) -> set[str]:
    """The kinds of the files whose change is more than comments."""
    told = set(evidence.categories.told)
    return {kind for file, kind in evidence.categories.files.items() if file not in told}


def _by_tests(capture: Capture, evidence: Evidence) -> Iterator[str]:
    suites = evidence.suites
    if _tests_deleted(capture.diff, evidence):
        yield "tests deleted"
    if evidence.weakened:
        yield "tests weakened while code changed" if weakening(evidence) else "tests weakened"
    if suites.old_tests_pass is False and _says_nothing_changes(capture):
        yield "tests as they were fail, and the change says that it alters nothing"
    kinds = evidence.categories.files
    among = evidence.categories.among_tests
    rewritten = suites.old_tests_pass is False and rewrites_data(capture.diff, kinds, among)
    if "src" in _kinds_that_do(evidence) and (rewritten or flips_expectations(capture.diff, kinds)):
        yield "expected values of tests changed, and no test was added"
    elif "src" in _kinds_that_do(evidence) and suites.followed:
        yield "expected values of tests changed, and no other test needs the change"
    if suites.survived:
        yield "mutants of the changed lines survive"
    if _changes_what_runs(capture.diff, evidence):
        yield "what the suites run was changed, and nobody counted the tests"
    if suites.failed:
        caused = bool(_broken(evidence))
        yield "suite fails because of the diff" if caused else "suite fails on the base too"


def _changes_what_runs(diff: Diff, evidence: Evidence) -> bool:
    """Whether the change alters what a suite is started by, and its tests were not counted."""
    uncounted = [r for r in evidence.suites.results if r.tests is not None and not r.tests.known]
    words = {word for result in uncounted for word in words_of(result.command)}
    return any(
        file.shown in evidence.categories.run or file.path in words or f"./{file.path}" in words
        for file in diff.files
        if uncounted and file.status != "A"
    )


def _says_nothing_changes(capture: Capture) -> bool:
    """Whether the oldest conventional subject promises that what programs do stays as it was."""
    found = next((m for text in reversed(capture.subjects) if (m := _SUBJECT.match(text))), None)
    return found is not None and found[1] in (
        "refactor",
        "style",
        "docs",
        "chore",
        "ci",
        "build",
        "test",
        "tests",
    )


def _by_dependencies(evidence: Evidence) -> Iterator[str]:
    found = evidence.dependencies
    if any(each.how in ("moved", "alike") for each in found):
        yield "dependency from another source than before"
    if any(each.how == "downgraded" for each in found):
        yield "dependency older than before"
    locked = any(each.how == "added" and each.file.rpartition("/")[2] in LOCKS for each in found)
    asked = "deps" in evidence.categories.files.values()
    if locked and not (evidence.suites.passed and asked):
        yield "dependencies added or from another source, without their suite or their manifest"


def _source(evidence: Evidence) -> str:
    share = ratio(evidence.coverage)
    if not _shown(evidence, share):
        return "source, suites pass, otherwise"
    if share is None:
        return "source, suites pass, and fail without the change"
    if share < 1.0:
        return "source, suites pass, at least 80 % of the added lines covered"
    return "source, suites pass, added lines covered"


def _shown(evidence: Evidence, share: float | None) -> bool:
    """Whether tests show that the source works: they run it, where that was measured, and notice it."""
    if evidence.suites.unnoticed is not None and not _noticed(evidence):
        return False
    return share >= ADEQUATE if share is not None else _noticed(evidence)


def _pipeline(diff: Diff, evidence: Evidence) -> Iterator[str]:
    """The rows for CI files. Scripts that a workflow runs can open a window too: the proof covers them."""
    comparison, touched = evidence.workflow.comparison, set(evidence.workflow.touched)
    if touched:
        if comparison is None:
            yield "workflows, not proved"
        elif any(finding.undecided for finding in comparison.caused):
            yield "workflows, a new question could not be decided"
        elif comparison.unread:
            yield "workflows, part of it could not be read, as before"
        else:
            yield "workflows, proved whole"
        if comparison is not None and any(finding.severity != "note" for finding in comparison.caused):
            yield "workflows, new warning of a rule"
        if any(finding.severity == "error" for finding in evidence.lint.caused):
            yield "workflows, new finding of a linter (error)"
        if any(each.startswith(FRESH) for each in evidence.workflow.loosened):
            yield "workflows, a secret goes where it did not go before"
    others = [
        f
        for f in diff.files
        if f.path not in touched and f.old_path not in touched and not _only_newer_hooks(f)
    ]
    if any(evidence.categories.files[file.shown] == "ci" for file in others):
        yield "other CI files"


def _only_newer_hooks(file: ChangedFile) -> bool:
    """Whether hooks of pre-commit only got another version: the same repositories, the same hooks."""
    if file.path != ".pre-commit-config.yaml" or len(file.lines) != len(file.removed):
        return False
    pairs = [
        (_REV.fullmatch(old), _REV.fullmatch(line.text))
        for old, line in zip(file.removed, file.lines, strict=True)
    ]
    return bool(pairs) and all(
        old is not None and new is not None and _is_newer(old, new) for old, new in pairs
    )


_REV = lazy_pattern(
    r"\s*rev:\s*[\"']?(?:(v?\d+(?:\.\d+)+[\w.-]*)|[0-9a-f]{40})[\"']?"
    r"(?:\s*# frozen: (v?\d+(?:\.\d+)+[\w.-]*))?\s*"
)
"""A version of hooks, or a commit with the version that it is."""


def _is_newer(old: re.Match[str], new: re.Match[str]) -> bool:
    before, now = (match[1] or match[2] or "" for match in (old, new))
    return bool(before and now) and not is_older(now, before)


def _broken(evidence: Evidence) -> tuple[str, ...]:
    return tuple(suite.name for suite in evidence.suites.failed if suite.caused)


def _opened(evidence: Evidence) -> tuple[Counterexample, ...]:
    comparison = evidence.workflow.comparison
    return comparison.opened if comparison is not None else ()


def _unreadable(diff: Diff, evidence: Evidence) -> bool:
    kinds = evidence.categories.files
    return any(f.is_submodule or (f.binary and kinds[f.shown] != "docs") for f in diff.files)


def _tests_deleted(diff: Diff, evidence: Evidence) -> bool:
    """Tests are gone, and not together with the source that they tested."""
    kinds = evidence.categories.files
    gone = [kinds[file.shown] for file in diff.files if file.is_deleted]
    emptied = any(
        kinds[f.shown] == "tests" and not f.is_deleted and f.deleted > 10 and f.deleted > 4 * f.added
        for f in diff.files
    )
    return ("tests" in gone or emptied) and "src" not in gone


def _slop(diff: Diff, kinds: Mapping[str, str]) -> int:
    added = wasted = 0
    for file in diff.files:
        if kinds[file.shown] in ("src", "tests", "ci", "config"):
            added += len(file.lines)
            wasted += sum(
                any(shape.search(line.text[:2000]) for shape in WASTE.values()) for line in file.lines
            )
    return -(-100 * wasted // added) if added else 0


def _simplicity(lines: Mapping[str, int]) -> int:
    size = sum(lines[kind] for kind in ("src", "ci", "config", "migrations"))
    return next((given for limit, given in SIMPLICITY if size <= limit), ENORMOUS)


def _risk(diff: Diff, evidence: Evidence) -> Risk:
    kinds = evidence.categories.files
    present = set(kinds.values())
    comparison = evidence.workflow.comparison
    told = evidence.categories.told
    sensitive = any(
        kinds[f.shown] == "src" and f.shown not in told and SENSITIVE.search(f.path) for f in diff.files
    )
    worse = comparison is not None and (comparison.opened or comparison.gates_lost)
    if "migrations" in present or sensitive or worse:
        return Risk.HIGH
    # What is proved to open nothing and to lose no gate changes the release order in no bad way; all
    # the same it changes how releases are made.
    if present & {"src", "ci"} or evidence.categories.run:
        return Risk.MEDIUM
    if any(f.is_submodule for f in diff.files):
        return Risk.MEDIUM
    if present & {"config", "deps", "generated"} or any(f.mode_changed or f.is_symlink for f in diff.files):
        return Risk.LOW
    return Risk.NONE


def _adequate(diff: Diff, evidence: Evidence) -> bool:
    suites, comparison = evidence.suites, evidence.workflow.comparison
    if _tests_deleted(diff, evidence) or suites.failed or evidence.weakened or suites.survived:
        return False
    if evidence.workflow.touched and (
        comparison is None or any(each.undecided for each in comparison.caused)
    ):
        return False
    if not _kinds_that_do(evidence) & {"src", "migrations"}:
        return not _changes_what_runs(diff, evidence)
    if not suites.passed:
        return False
    return _shown(evidence, ratio(evidence.coverage))


def _fixes(evidence: Evidence) -> tuple[SuggestedFix, ...]:
    comparison = evidence.workflow.comparison
    return tuple(sorted(dict.fromkeys(comparison.suggested)))[:200] if comparison is not None else ()


def _type(capture: Capture, lines: Mapping[str, int]) -> ChangeType:
    """What all files are, where they are of one kind; else what the oldest subject says, or most lines."""
    kinds = {
        "docs": "docs",
        "tests": "test",
        "deps": "deps",
        "generated": "chore",
        "ci": "chore",
        "config": "chore",
    }
    most = max(CATEGORIES, key=lambda kind: lines[kind])
    if most in ("docs", "tests", "ci") and lines[most] == sum(lines.values()) > 0:
        return ChangeType(kinds[most])
    for subject in reversed(capture.subjects):
        match = _SUBJECT.match(subject)
        if match and match[1] in _TYPES:
            return ChangeType("deps" if match[2] == "deps" else _TYPES[match[1]])
    fresh = any(file.status == "A" for file in capture.diff.files)
    return ChangeType(kinds.get(most, "feat" if fresh else "refactor"))


def _notes(evidence: Evidence, limits: tuple[tuple[int, str], ...]) -> str:
    lowest = min(limits, default=(CONFIDENCE["docs only"], "docs only"))
    said = ["Computed from evidence alone, by no model.", *_suites_said(evidence)]
    said.append(f"Confidence is limited by: {lowest[1]} ({lowest[0]}).")
    mark = "Bug: " if weakening(evidence) else ""
    said += [f"{mark}{each.what} ({each.file}:{each.line})." for each in evidence.weakened[:5]]
    said += [f"{each.what.capitalize()} ({each.file}:{each.line})." for each in evidence.guards[:5]]
    said += [
        f"{each.name} is {each.how} ({each.file})."
        for each in evidence.dependencies[:5]
        if each.how != "added"
    ]
    said += [f"{_line(each)}." for each in evidence.workflow.loosened if each.startswith(FRESH)][:5]
    said += _tried_said(evidence)
    if evidence.coverage.reports:
        said.append(
            f"Patch coverage: {evidence.coverage.covered} of {evidence.coverage.coverable} added lines."
        )
    comparison = evidence.workflow.comparison
    if comparison is not None:
        said += [f"{_line(measure)}." for measure in comparison.measures]
        if comparison.closed:
            said.append(f"Closed: {', '.join(sorted({each.rule for each in comparison.closed}))}.")
    if evidence.lint.caused:
        said.append(
            f"Linters: {len(evidence.lint.caused)} new, the first: {_line(evidence.lint.caused[0].message)}."
        )
    said += _environment(evidence)
    return printable(" ".join(said), limit=NOTES)


def _tried_said(evidence: Evidence) -> Iterator[str]:
    suites = evidence.suites
    if taken := (*suites.unnoticed, *suites.unnoticed_parts) if suites.unnoticed is not None else ():
        yield f"No test notices when this is taken back: {', '.join(taken[:5])}."
    if suites.old_tests_pass is False:
        yield "Tests as they were fail with the change."
    if suites.followed:
        yield f"Expected values changed with {suites.followed[0]}, and no other test needs it."
    if suites.survived is not None:
        alive = f", at {', '.join(suites.survived[:5])}" if suites.survived else ""
        yield f"Mutants that no test notices: {len(suites.survived)} of {suites.mutants}{alive}."


def _suites_said(evidence: Evidence) -> list[str]:
    if not evidence.suites.results:
        return ["No suite ran."]
    said = []
    for result in evidence.suites.results:
        mark = "[env] " if not result.passed and not result.caused else ""
        said.append(f"{mark}{result.name} {'passes' if result.passed else 'fails'}.")
    return said


def _environment(evidence: Evidence) -> list[str]:
    """What the diff did not cause."""
    said = []
    comparison = evidence.workflow.comparison
    if comparison is not None:
        rules = {each.rule for each in comparison.standing} | {f.rule for f in comparison.environment}
        if rules:
            said.append(f"[env] before this change already: {', '.join(sorted(rules))}.")
    if evidence.lint.environment:
        said.append(f"[env] {len(evidence.lint.environment)} lint findings were there before.")
    return said


def _line(text: str) -> str:
    return printable(text, limit=400).rstrip(".")


def fix_of(file: str, line: int, change: str) -> SuggestedFix:
    """A suggested fix, within the limits of the schema."""
    return SuggestedFix(
        printable(file, limit=1000), max(1, line), printable(change, limit=4000, newlines=True)
    )
