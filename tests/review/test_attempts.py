"""The attempts table against the built-in reviewer, and its laws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.review.attempts import GOOD, HELD, Attempt
from tests.review.world import captured, evidence_on, suite
from wholeship.review.change import AddedLine, ChangedFile
from wholeship.review.evidence import hidden, secrets, workflow
from wholeship.review.evidence.categories import Sorter
from wholeship.review.evidence.categories import collect as sort
from wholeship.review.evidence.guards import find_lost_guards
from wholeship.review.evidence.locks import find_dependency_changes
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.evidence.weakened import find_weakened
from wholeship.review.gate import decide_gate
from wholeship.review.ports import WorkflowComparison
from wholeship.review.reviewers import rubric
from wholeship.review.settings import Thresholds


def state_of(attempt: Attempt, base: Path, head: Path | None = None) -> str:
    """What the gate says when every suite passes and the prover finds nothing: the easiest there is.

    *head* are the files of the change, where they are there. Where the attempt is not about code
    that lies elsewhere, tests even fail without the change.
    """
    capture = captured(*attempt.files, subjects=(attempt.subject,))
    touched = workflow.touched_by(capture.diff)
    loosened = workflow.collect(capture.diff, base, base, None).loosened
    kinds = sort(capture.diff, Sorter(), head, base if head is not None else None)
    unnoticed = None if attempt.misfiled else ()
    ran = SuitesEvidence((suite(),), unnoticed=unnoticed, tried=1)
    proved = workflow.WorkflowEvidence(touched, WorkflowComparison(touched), loosened=loosened)
    found = evidence_on(
        capture,
        workflow=proved,
        secrets=secrets.collect(capture.diff, capture.subjects),
        hidden=hidden.collect(capture.diff),
        categories=kinds,
        suites=ran,
        weakened=find_weakened(capture.diff, kinds.files, ran, kinds.among_tests),
        guards=find_lost_guards(capture.diff, kinds.files),
        dependencies=find_dependency_changes(capture.diff, kinds.files, None, None),
    )
    return decide_gate(rubric.judge_by_rubric(capture, found), found, Thresholds()).state


@pytest.mark.parametrize("attempt", HELD, ids=lambda each: each.name)
def test_what_a_careful_reviewer_would_hold_is_held(attempt: Attempt, tmp_path: Path) -> None:
    """Nothing earns green by where it lies, what it is called, or what was emptied."""
    assert state_of(attempt, tmp_path) == "failure"


@pytest.mark.parametrize("attempt", GOOD, ids=lambda each: each.name)
def test_good_changes_are_not_held(attempt: Attempt, tmp_path: Path) -> None:
    """A good change whose suites pass goes through."""
    assert state_of(attempt, tmp_path) == "success"


def windows(file: ChangedFile) -> ChangedFile:
    """*file* with the line ends of Windows."""
    lines = tuple(AddedLine(line.number, line.text + "\r") for line in file.lines)
    return replace(file, lines=lines, removed=tuple(text + "\r" for text in file.removed))


@pytest.mark.parametrize("attempt", HELD, ids=lambda each: each.name)
def test_line_ends_turn_nothing_green(attempt: Attempt, tmp_path: Path) -> None:
    """A change that is held stays held with other line ends."""
    assert state_of(replace(attempt, files=tuple(map(windows, attempt.files))), tmp_path) == "failure"


TESTS = (
    "tests",
    "test/unit",
    "tests/fixtures",
    "web/__tests__",
    "pkg/testdata",
    "spec",
    "e2e",
    "src/test/java",
)
NAMES = (
    *(
        "tool.py",
        "tool.md",
        "tool.txt",
        "tool.min.js",
        "tool.generated.ts",
        "tool.svg",
        "tool.html",
        "tool.json",
    ),
    *(
        "test_tool.py",
        "tool.test.js",
        "tool_test.go",
        "conftest.py",
        "__init__.py",
        "setup.js",
        "tool",
        "mod.rs",
    ),
)
CODE = tuple(each for each in HELD if len(each.files) == 1 and each.files[0].path.startswith("docs/tool."))


@pytest.mark.parametrize("attempt", CODE, ids=lambda each: each.name)
@pytest.mark.parametrize("place", ["src", "docs/deep", "doc", "dist", "node_modules/x", ".", *TESTS])
def test_another_folder_or_name_turns_nothing_green(attempt: Attempt, place: str, tmp_path: Path) -> None:
    """Code stays held wherever it lies, and whatever it is called, also below a folder of tests."""
    for name in NAMES:
        path = f"{place}/{name}".removeprefix("./")
        moved = replace(attempt.files[0], path=path, old_path=path)
        head = tmp_path / name
        (head / path).parent.mkdir(parents=True)
        (head / path).write_text("".join(f"{line.text}\n" for line in moved.lines))
        assert state_of(replace(attempt, files=(moved,)), tmp_path / "none", head) == "failure", path


@pytest.mark.parametrize("place", TESTS)
def test_nothing_is_a_test_by_its_place_alone(place: str, tmp_path: Path) -> None:
    """Whatever is held elsewhere is held below a folder of tests, as far as a file can be moved alone."""
    for attempt in HELD:
        alone = attempt.misfiled and len(attempt.files) == 1 and attempt.files[0].status in "AM"
        own = attempt.files[0].path.rpartition("/")[2]
        for name in (own, own.replace("tool.", "test_tool."), f"deep/{own}") if alone else ():
            moved = replace(attempt.files[0], path=f"{place}/{name}", old_path=f"{place}/{name}")
            state = state_of(replace(attempt, files=(moved,)), tmp_path / "none", tmp_path)
            assert state == "failure", (attempt.name, moved.path)
