"""The built-in reviewer: what each part of a change is worth, by what was verified about it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.review.world import captured, changed, evidence_on, suite
from wholeship.review.change import ChangedFile
from wholeship.review.evidence.coverage import CoverageEvidence, FileCoverage
from wholeship.review.evidence.hidden import HiddenEvidence, HiddenFinding
from wholeship.review.evidence.lint import LintEvidence
from wholeship.review.evidence.secrets import SecretFinding, SecretsEvidence
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.gate import decide_gate
from wholeship.review.ports import Counterexample, LintFinding, WorkflowComparison, WorkflowFinding
from wholeship.review.reviewers import rubric
from wholeship.review.settings import Thresholds
from wholeship.review.verdict import Risk, SuggestedFix, Verdict, encode_verdict

WORKFLOW = ".github/workflows/build.yml"
NO_SUITES = SuitesEvidence()
OPENED = Counterexample("half-release", WORKFLOW, 97, "app is visible and worker is not", ("a run",))


def judged(*files: ChangedFile, subjects: tuple[str, ...] = (), **more: object) -> Verdict:
    capture = captured(*files, subjects=subjects)
    return rubric.judge_by_rubric(capture, evidence_on(capture, **more))


def compared(**more: object) -> WorkflowEvidence:
    return WorkflowEvidence((WORKFLOW,), WorkflowComparison((WORKFLOW,), **more))  # type: ignore[arg-type]


def covered(done: int, of: int) -> CoverageEvidence:
    return CoverageEvidence(("coverage.xml",), (FileCoverage("src/a.py", of, done),))


SOURCE = changed("src/a.py", "x = 1")
TEST = changed("tests/test_a.py", "assert x")


@pytest.mark.parametrize(
    ("files", "more", "confidence", "adequate"),
    [
        ((changed("docs/a.md", "words"),), {"suites": NO_SUITES}, 95, True),
        ((SOURCE,), {"suites": NO_SUITES}, 60, False),
        ((SOURCE,), {}, 65, False),
        ((SOURCE, TEST), {}, 65, False),
        ((SOURCE, TEST), {"suites": SuitesEvidence((suite(),), unnoticed=(), tried=1)}, 82, True),
        ((SOURCE,), {"coverage": covered(10, 10)}, 88, True),
        ((SOURCE,), {"coverage": covered(8, 10)}, 82, True),
        ((SOURCE,), {"coverage": covered(7, 10)}, 65, False),
        ((SOURCE, TEST), {"coverage": covered(0, 10)}, 65, False),
        ((TEST,), {}, 90, True),
        ((TEST,), {"suites": NO_SUITES}, 70, True),
        ((changed("pyproject.toml", "x"),), {}, 82, True),
        ((changed("db/migrations/1.py", "x"),), {}, 70, False),
        ((changed("Jenkinsfile", "x"),), {}, 70, True),
        ((changed(".gitlab/x.yml", "x"),), {}, 75, True),
        ((changed("src/a.bin", binary=True),), {"coverage": covered(0, 0)}, 70, True),
        ((changed("docs/logo.png", binary=True),), {}, 95, True),
        ((changed("run.sh", old_mode="100644", new_mode="100755"),), {"coverage": covered(0, 0)}, 78, True),
        ((changed("docs/x", "/etc", status="A", new_mode="120000"),), {}, 78, True),
        ((changed("sub", "Subproject commit 1", old_mode="160000", new_mode="160000"), TEST), {}, 65, False),
        ((changed("tests/test_a.py", status="D", deleted=40),), {}, 60, False),
        ((SOURCE,), {"suites": SuitesEvidence((suite(passed=False, caused=True),))}, 20, False),
        ((SOURCE,), {"suites": SuitesEvidence((suite(passed=False, caused=False),))}, 60, False),
    ],
)
def test_the_least_verified_part_decides(
    files: tuple[ChangedFile, ...], more: dict[str, object], confidence: int, adequate: bool
) -> None:
    """Each part has the confidence of its row, the lowest counts, and tests are adequate or not."""
    verdict = judged(*files, **more)  # type: ignore[arg-type]
    assert (verdict.bug_free_confidence, verdict.tests_adequate) == (confidence, adequate)


@pytest.mark.parametrize(
    ("evidence", "confidence"),
    [
        (compared(), 85),
        (compared(unread=(("deploy.sh", "not in the repository"),)), 80),
        (
            compared(
                caused=(WorkflowFinding("hidden-publish", "warning", WORKFLOW, 1, "?", undecided=True),)
            ),
            70,
        ),
        (WorkflowEvidence((WORKFLOW,)), 55),
        (compared(opened=(OPENED,)), 15),
    ],
)
def test_a_workflow_is_worth_its_proof(evidence: WorkflowEvidence, confidence: int) -> None:
    """A change of a workflow has the confidence of what the prover could say about it."""
    assert judged(changed(WORKFLOW, "x"), workflow=evidence).bug_free_confidence == confidence


def test_a_window_opened_is_bug_and_blocker() -> None:
    """A new counterexample is a bug and a blocker of high risk; a gate lost is a blocker."""
    verdict = judged(
        changed(WORKFLOW, "x"), workflow=compared(opened=(OPENED,), gates_lost=("smoke no longer runs",))
    )
    assert verdict.bugs == 1
    assert verdict.blockers == (
        "gate lost: smoke no longer runs",
        f"half-release: app is visible and worker is not ({WORKFLOW}:97)",
    )
    assert verdict.behavior_change_risk is Risk.HIGH


def test_what_was_there_before_counts_nowhere() -> None:
    """Standing counterexamples, old lint findings and suites that fail on the base are [env] notes."""
    old = LintFinding("zizmor", "artipacked", "error", WORKFLOW, 1, "x")
    verdict = judged(
        changed(WORKFLOW, "x"),
        workflow=compared(standing=(OPENED,)),
        lint=LintEvidence(("zizmor",), (), (old,)),
    )
    assert (verdict.bugs, verdict.blockers, verdict.bug_free_confidence) == (0, (), 85)
    assert "[env] before this change already: half-release." in verdict.notes
    assert "[env] 1 lint findings were there before." in verdict.notes


def test_secrets_and_hidden_text_block() -> None:
    """A secret, hidden text and merge markers are blockers wherever they stand, documentation too."""
    verdict = judged(
        changed("docs/a.md", "x"),
        secrets=SecretsEvidence((SecretFinding("docs/a.md", 1, "GitHub token"),)),
        hidden=HiddenEvidence((HiddenFinding("docs/a.md", 2, "invisible characters"),)),
    )
    assert len(verdict.blockers) == 2
    assert verdict.bug_free_confidence == 15


def test_suggestions_are_the_rules_own() -> None:
    """Fixes come from the rules, exact, in the order of the file, each once."""
    fixes = (
        SuggestedFix(WORKFLOW, 90, "if: x"),
        SuggestedFix(WORKFLOW, 9, "if: x"),
        SuggestedFix(WORKFLOW, 9, "if: x"),
    )
    verdict = judged(changed(WORKFLOW, "x"), workflow=compared(suggested=fixes))
    assert [fix.line for fix in verdict.suggested_fixes] == [9, 90]


def test_slop_is_counted() -> None:
    """Debugging left behind, work put off and spaces at the end are slop, as a share of the added lines."""
    lines = ["x = 1"] * 17 + ["breakpoint()", "y = 2  # TODO tidy", "z = 3   "]
    assert judged(changed("src/a.py", *lines)).slop == 15
    assert judged(changed("docs/a.md", "TODO ", "spaces   ")).slop == 0


@pytest.mark.parametrize(
    ("lines", "simplicity"), [(10, 92), (51, 86), (201, 80), (401, 72), (900, 60), (5000, 45)]
)
def test_simplicity_is_size(lines: int, simplicity: int) -> None:
    """Larger changes are less simple; tests and documents do not count."""
    verdict = judged(changed("src/a.py", *["x"] * lines), changed("docs/a.md", *["y"] * 3000))
    assert verdict.simplicity == simplicity


@pytest.mark.parametrize(
    ("files", "risk"),
    [
        ((changed("docs/a.md", "x"), TEST), Risk.NONE),
        ((changed("ruff.toml", "x"),), Risk.LOW),
        ((changed("settings.yaml", "x"),), Risk.MEDIUM),
        ((changed("values.yaml", "x"), TEST), Risk.MEDIUM),
        ((SOURCE,), Risk.MEDIUM),
        ((changed("src/billing/invoice.py", "x"),), Risk.HIGH),
        ((changed("src/auth.py", "x"),), Risk.HIGH),
        ((changed("src/author.py", "x"),), Risk.MEDIUM),
        ((changed("db/migrations/1.sql", "x"),), Risk.HIGH),
    ],
)
def test_risk_is_where_the_change_is(files: tuple[ChangedFile, ...], risk: Risk) -> None:
    """Documents and tests carry none, configuration little, money, rights and data the most."""
    assert judged(*files).behavior_change_risk is risk


@pytest.mark.parametrize(
    ("subjects", "files", "kind"),
    [
        (("fixup", "fix(cart): totals"), (SOURCE,), "fix"),
        (("ci: faster",), (SOURCE,), "chore"),
        (("build(deps): bump x",), (SOURCE,), "deps"),
        (("words",), (changed("docs/a.md", "x"),), "docs"),
        (("words",), (TEST,), "test"),
        (("words",), (SOURCE,), "refactor"),
        (("words",), (changed("src/new.py", "x", status="A"),), "feat"),
    ],
)
def test_the_type_is_the_author_s_or_the_files(
    subjects: tuple[str, ...], files: tuple[ChangedFile, ...], kind: str
) -> None:
    """A conventional subject says the type; without one the files do."""
    assert judged(*files, subjects=subjects).change_type == kind


def test_the_same_evidence_gives_the_same_bytes() -> None:
    """Durations and log files change nothing: a hundred verdicts on the same evidence are the same bytes."""
    capture = captured(SOURCE, TEST, changed(WORKFLOW, "x"), subjects=("feat: x",))
    seen = set()
    for number in range(100):
        ran = msgspec.structs.replace(suite(), seconds=float(number), log=f"/tmp/{number}")
        evidence = evidence_on(
            capture, suites=SuitesEvidence((ran,)), workflow=compared(measures=("9 min less",))
        )
        seen.add((encode_verdict(rubric.judge_by_rubric(capture, evidence)), evidence.lasting()))
    assert len(seen) == 1


def test_docs_only_passes_and_nothing_verified_does_not() -> None:
    """With the default thresholds a change of documents passes, and source that nobody ran does not."""
    docs = captured(changed("docs/a.md", "x"))
    found = evidence_on(docs, suites=NO_SUITES)
    assert decide_gate(rubric.judge_by_rubric(docs, found), found, Thresholds()).state == "success"
    source = captured(SOURCE)
    found = evidence_on(source, suites=NO_SUITES)
    assert decide_gate(rubric.judge_by_rubric(source, found), found, Thresholds()).state == "failure"


def test_the_documentation_prints_the_rubric() -> None:
    """docs/review.md has every row of the rubric, with its number."""
    page = (Path(__file__).parents[3] / "docs/review.md").read_text()
    for row, limit in rubric.CONFIDENCE.items():
        assert f"| {row} | {limit} |" in page, row
    for most, given in rubric.SIMPLICITY:
        assert f"| {most} | {given} |" in page
