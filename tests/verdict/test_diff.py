"""What a change does is compared by meaning: other names lose nothing, and what is gone is told."""

from __future__ import annotations

import pytest

from tests.verdict.checked import check_files
from tests.verdict.words import job
from wholeship.core.finding import Finding
from wholeship.output.diff_words import difference_sentence
from wholeship.verdict.diff import Change, diff
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

PATH = ".github/workflows/release.yml"
ON = "on: {push: {branches: [main]}}\n"


def gate_job(name: str = "test", run: str = "pytest", more: str = "") -> str:
    return f"  {name}:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {run}\n{more}"


def text(test: str, needs: str = "test") -> str:
    worker = job("worker", "worker:$GITHUB_SHA", needs=needs)
    return f"{ON}jobs:\n{test}{worker}{job('app', 'app:$GITHUB_SHA', needs=needs)}"


def change(before: dict[str, str], after: dict[str, str]) -> Change:
    options = Options(watched=Watched(("app",), "--watched"))
    return diff(check_files(before, before.get, options), check_files(after, after.get, options))


def said(found: Change) -> list[str]:
    return [difference_sentence(line) for each in found.workflows for line in each.lines]


def opened(found: Change) -> list[Finding]:
    return [finding for each in found.workflows for finding in (*each.opened, *each.closed)]


BEFORE = {PATH: text(gate_job())}
COMPOSITE = "runs: {using: composite, steps: [{run: pytest, shell: bash}]}\nname: t\ndescription: t\n"


@pytest.mark.parametrize(
    "after",
    [
        {PATH: text(gate_job("unit"), "unit")},
        {PATH: text(gate_job(run="pytest -q -x"))},
        {PATH: text(gate_job(more="        name: Unit tests\n"))},
        {
            PATH: text("  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./t\n"),
            "t/action.yml": COMPOSITE,
        },
        {".github/workflows/publish.yml": text(gate_job())},
    ],
    ids=["job renamed", "flags", "step named", "composite", "file renamed"],
)
def test_another_name_loses_nothing(after: dict[str, str]) -> None:
    """A gate is what it runs, and a file what is in it."""
    files = {path: content for path, content in after.items() if path.startswith(".github")}
    options = Options(watched=Watched(("app",), "--watched"))
    found = diff(check_files(BEFORE, BEFORE.get, options), check_files(files, after.get, options))
    assert said(found) == []
    assert opened(found) == []


def test_jobs_moved_into_a_called_workflow_are_the_same() -> None:
    """No gate is lost, and no finding is opened or closed by it."""
    called = ".github/workflows/all.yml"
    after = {
        PATH: f"{ON}jobs:\n  all:\n    uses: ./{called}\n    secrets: inherit\n",
        called: text(gate_job()).replace(ON, "on: {workflow_call: }\n"),
    }
    found = change(BEFORE, after)
    assert said(found) == []
    assert opened(found) == []
    assert not found.worse


def test_a_gate_for_another_of_its_kind_has_changed() -> None:
    """tox in the place of pytest is told, and is no loss."""
    found = change(BEFORE, {PATH: text(gate_job(run="tox"))})
    assert said(found) == ["gate changed before worker and app: test: pytest → test: tox"] or all(
        line.startswith("gate changed before") for line in said(found)
    )
    assert not found.worse


def test_a_gate_that_nothing_waits_for_any_more_is_lost() -> None:
    """The check is still there; another one that is added does not stand for it."""
    apart = f"{ON}jobs:\n{gate_job()}{job('app', 'app:$GITHUB_SHA')}"
    found = change(
        {PATH: f"{ON}jobs:\n{gate_job()}{job('app', 'app:$GITHUB_SHA', needs='test')}"}, {PATH: apart}
    )
    assert any(line.startswith("gate lost: test: pytest") for line in said(found))
    assert found.worse


def test_a_check_that_is_taken_out_is_gone() -> None:
    """Also one that could not say no: that its finding is closed is no progress."""
    found = change({PATH: text(gate_job(run="pytest || true"))}, {PATH: text(gate_job(run="echo nothing"))})
    assert "check gone: test: pytest || true" in said(found)
    assert found.worse
