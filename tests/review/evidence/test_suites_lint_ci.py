"""Suites, linters and CI state: what the diff caused, what was there before, what nobody looked at."""

from __future__ import annotations

from pathlib import Path

from tests.review.world import HEAD, Notes, ScriptedSuites, captured, changed
from wholeship.core.errors import BadInput
from wholeship.review.evidence import ci, lint, suites, workflow
from wholeship.review.ports import CheckRun, CodeHostError, LintFinding, LintRun, WorkflowComparison
from wholeship.review.settings import Suite


def context(tree: Path, runner: ScriptedSuites) -> suites.SuiteContext:
    return suites.SuiteContext(lambda: _base(tree), runner, Notes())


UNIT, TYPES = Suite("unit", "pytest"), Suite("types", "mypy")


def test_a_suite_that_fails_is_tried_on_the_base(tmp_path: Path) -> None:
    """What fails on the base too is the environment's; what passes there, the diff broke."""
    runner = ScriptedSuites(head={"unit": 1, "types": 2}, base={"unit": 0, "types": 2})
    found = suites.collect((UNIT, TYPES), tmp_path, context(tmp_path, runner))
    assert [(each.name, each.passed, each.caused) for each in found.results] == [
        ("unit", False, True),
        ("types", False, False),
    ]
    assert runner.ran == [("head", "unit"), ("head", "types"), ("base", "unit"), ("base", "types")]


def test_a_suite_out_of_time_did_not_pass(tmp_path: Path) -> None:
    """A suite that was ended at its time limit fails, and the base is made for nobody else."""
    found = suites.collect((UNIT,), tmp_path, context(tmp_path, ScriptedSuites({"unit": None})))
    assert not found.passed
    assert found.failed[0].exit_code is None


def test_no_suite_is_no_pass(tmp_path: Path) -> None:
    """Without suites nothing passed, and that is said."""
    found = suites.collect((), tmp_path, context(tmp_path, ScriptedSuites()))
    assert not found.passed
    assert found.not_looked[0].what == "suites"


class _base:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *exc: object) -> None: ...


def finding(rule: str, line: int, message: str = "bad") -> LintFinding:
    return LintFinding("zizmor", rule, "error", "a.yml", line, message)


def test_findings_that_only_moved_are_not_new() -> None:
    """A finding on another line is the old one; a second one of the same kind is new."""
    before = [finding("artipacked", 3)]
    after = [finding("artipacked", 9), finding("artipacked", 30), finding("injection", 5)]
    new, old = lint.split(before, after)
    assert [each.line for each in old] == [9]
    assert [(each.rule, each.line) for each in new] == [("artipacked", 30), ("injection", 5)]


def test_a_linter_that_cannot_run_is_named(tmp_path: Path) -> None:
    """A linter with a problem is not looked at, because…; the other still counts."""

    class Missing:
        name = "actionlint"

        def lint(self, tree: Path) -> LintRun:
            return LintRun(problem="not installed")

    class There:
        name = "zizmor"

        def lint(self, tree: Path) -> LintRun:
            return LintRun("1.32.0", (finding("x", 1),))

    found = lint.collect((Missing(), There()), ("a.yml",), tmp_path, tmp_path)
    assert found.ran == ("zizmor 1.32.0",)
    assert [(each.what, each.why) for each in found.not_looked] == [("actionlint", "not installed")]
    assert (len(found.caused), len(found.environment)) == (0, 1)


def test_ci_is_context_and_its_silence_is_said() -> None:
    """Check runs are listed with what fails and what runs; a code host that does not answer is named."""

    class Host:
        def checks(self, sha: str) -> tuple[CheckRun, ...]:
            return (CheckRun("lint", "completed", "failure"), CheckRun("unit", "in_progress", ""))

    class Broken:
        def checks(self, sha: str) -> tuple[CheckRun, ...]:
            raise CodeHostError("503")

    found = ci.collect(Host(), HEAD)  # type: ignore[arg-type]
    assert (found.failing, found.running) == (("lint",), ("unit",))
    assert ci.collect(Broken(), HEAD).not_looked[0].why == "503"  # type: ignore[arg-type]
    assert ci.collect(None, HEAD).not_looked[0].what == "CI state"


def test_a_prover_without_an_answer_is_not_a_proof(tmp_path: Path) -> None:
    """When the workflows cannot be compared, there is no comparison, and the reason is kept."""
    (tmp_path / ".github/workflows").mkdir(parents=True)
    diff = captured(changed(".github/workflows/a.yml", "x"), changed("actions/x/action.yml", "y")).diff

    class Failing:
        def compare(self, base: Path, head: Path) -> WorkflowComparison:
            raise BadInput("a.yml: not YAML")

    found = workflow.collect(diff, tmp_path, tmp_path, Failing())
    assert found.touched == (".github/workflows/a.yml", "actions/x/action.yml")
    assert found.comparison is None
    assert found.not_looked[0].why == "a.yml: not YAML"
    assert workflow.collect(diff, tmp_path, tmp_path, None).comparison is None
