"""Which runs ``on`` allows."""

from __future__ import annotations

import pytest

from wholeship.github import source
from wholeship.github.model.workflow import read_model
from wholeship.github.reading.scenarios import settings

SAYS = {"nothing": "", "ref": "github.ref", "default": "github.event.repository.default_branch"}


def names(on: str, says: str = "nothing", default_branch: str = "") -> list[str]:
    """Name, class and ref name of every scenario."""
    text = f"on: {on}\njobs: {{a: {{runs-on: x, steps: [{{run: '{SAYS[says]}'}}]}}}}"
    found = settings(read_model(source.read_source(text, "f.yml")), text, default_branch)
    return [f"{each.name}: {each.ref.kind.value} {each.ref.name}" for each in found]


@pytest.mark.parametrize(
    ("on", "says", "wanted"),
    [
        ("push", "nothing", ["push: any {github.ref_name}"]),
        ("push", "ref", ["push (branch): branch {github.ref_name}", "push (tag): tag {github.ref_name}"]),
        ("{push: {branches: [main]}}", "ref", ["push: default branch main"]),
        ("{push: {branches: [dev]}}", "ref", ["push: branch dev"]),
        ("{push: {branches-ignore: [dev]}}", "ref", ["push: branch {github.ref_name}"]),
        ("{push: {tags: ['v*']}}", "ref", ["push: tag {github.ref_name}"]),
        ("{push: {tags: [v1]}}", "ref", ["push: tag v1"]),
        ("{push: {branches: [a, b]}}", "default", ["push: branch {github.ref_name}"]),
        ("{push: {branches: [main, b]}}", "default",
         ["push (default branch): default branch main", "push (other branch): branch b"]),
        ("schedule", "ref", ["schedule: default branch {github.event.repository.default_branch}"]),
        ("pull_request", "ref", ["pull_request: pull request {github.ref_name}"]),
        ("{pull_request: {types: [closed], branches: [main]}}", "ref",
         ["pull_request (merged): branch main", "pull_request (closed): pull request {github.ref_name}"]),
        ("merge_group", "ref", ["merge_group: merge queue {github.ref_name}"]),
        ("release", "ref", ["release: tag {github.ref_name}"]),
        ("workflow_dispatch", "ref",
         ["workflow_dispatch (branch): branch {github.ref_name}",
          "workflow_dispatch (tag): tag {github.ref_name}"]),
        ("workflow_call", "ref", ["workflow_call: any {github.ref_name}"]),
        ("[push, push]", "nothing", ["push: any {github.ref_name}", "push 2: any {github.ref_name}"]),
    ],
)  # fmt: skip
def test_scenarios(on: str, says: str, wanted: list[str]) -> None:
    """One for each class of ref that the texts can tell apart."""
    assert names(on, says) == wanted


def test_the_default_branch_by_name() -> None:
    """Where the default branch is known, it is called by its name."""
    assert names("schedule", default_branch="trunk") == ["schedule: default branch trunk"]
    assert names("{push: {branches: [trunk]}}", default_branch="trunk") == ["push: default branch trunk"]
    assert names("{push: {branches: [main]}}", default_branch="trunk") == ["push: branch main"]


def test_names_of_groups_make_no_scenario() -> None:
    """A concurrency group by ref is the usual thing, and tells no two runs apart."""
    text = "on: push\nconcurrency:\n  group: x-${{ github.ref }}\njobs: {a: {runs-on: x, steps: [{run: a}]}}"
    assert len(settings(read_model(source.read_source(text, "f.yml")), text)) == 1
