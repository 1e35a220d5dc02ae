"""The prover as the review asks it: on the base's terms, and on the head's where those are stricter."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.review.repositories import STORY
from wholeship.app.review_prover import IGNORED, ReviewProver
from wholeship.app.world import World
from wholeship.core.errors import Unfinished, WholeshipError
from wholeship.core.progress import Silent
from wholeship.review.ports import WorkflowComparison

FILE = (
    "images: {app: {}, worker: {}, embeddings: {}}\nregistry: ghcr.io/acme\ngates: none\nwatched: %s\n"
    "workflows: {declared: {acme/publish-image: {publishes: []}}}\n"
)


def tree(root: Path, workflow: str | None, release: str = "") -> Path:
    folder = root / ".github/workflows"
    folder.mkdir(parents=True)
    if workflow is not None:
        (folder / "build.yml").write_text(workflow)
    if release:
        (root / "wholeship.yaml").write_text(release)
    return root


def state(name: str) -> str:
    return (STORY / f"{name}.yml").read_text()


def compared(
    tmp_path: Path, base: str | None, head: str | None, *, files: tuple[str, str] = ("", "")
) -> WorkflowComparison:
    before, after = tree(tmp_path / "base", base, files[0]), tree(tmp_path / "head", head, files[1])
    return ReviewProver(World(Silent())).compare(before, after)


def rules(comparison: WorkflowComparison) -> set[str]:
    return {each.rule for each in comparison.opened}


def test_nothing_changed_opens_nothing(tmp_path: Path) -> None:
    """What was there before stands, and counts for nothing."""
    found = compared(tmp_path, state("attempt-2"), state("attempt-2"))
    assert (found.opened, found.gates_lost, found.caused, found.suggested) == ((), (), (), ())
    assert "half-release" in {each.rule for each in found.standing}


def test_a_new_workflow_answers_for_itself(tmp_path: Path) -> None:
    """In a workflow that is new everything it breaks is opened by the change."""
    assert "half-release" in rules(compared(tmp_path, None, state("attempt-1")))


def test_a_comment_that_ignores_does_not_close(tmp_path: Path) -> None:
    """A finding that the change itself says to ignore is opened all the same, and that is told."""
    text = state("attempt-2").replace(
        "          tags: |", "          # wholeship: ignore[half-release] fine\n          tags: |"
    )
    found = compared(tmp_path, state("before"), text)
    (opened,) = [each for each in found.opened if each.rule == "half-release"]
    assert opened.message.endswith(IGNORED)


def test_a_comment_of_the_base_is_heard(tmp_path: Path) -> None:
    """A finding that the base already answered is nothing new."""
    text = state("attempt-2").replace(
        "          tags: |", "          # wholeship: ignore[half-release] fine\n          tags: |"
    )
    assert "half-release" not in rules(compared(tmp_path, text, text + "# touched\n"))


def test_the_head_s_own_declarations_are_not_heard(tmp_path: Path) -> None:
    """An action that the change declares harmless is unknown; one that the base declared is not."""
    start = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: ["
    step = "{uses: acme/publish-image@v1, with: {image: app, password: '${{ secrets.REGISTRY }}'}}"
    harmless, empty = f"{start}{step}]}}}}\n", f"{start}{{run: 'true'}}]}}}}\n"
    declared = FILE % "app"
    found = compared(tmp_path / "head", empty, harmless, files=("", declared))
    assert [each.rule for each in found.caused if each.undecided] == ["hidden-publish"]
    found = compared(tmp_path / "base", empty, harmless, files=(declared, declared))
    assert found.caused == ()


def test_what_is_watched_from_now_on_counts_too(tmp_path: Path) -> None:
    """A change that makes another image the watched one is held to the order that it needs."""
    found = compared(tmp_path, state("before"), state("before"), files=(FILE % "app", FILE % "worker"))
    assert rules(found) == {"half-release"}
    assert "worker" in found.opened[0].message


def test_a_file_that_cannot_be_read_is_no_proof(tmp_path: Path) -> None:
    """A workflow that is no YAML is an error that the change brings; a broken release file is no answer."""
    assert "broken-workflow" in rules(compared(tmp_path / "a", state("before"), "on: [push\n"))
    with pytest.raises(WholeshipError):
        compared(tmp_path / "b", state("before"), state("before"), files=("images: [", ""))


def test_a_bug_of_ours_is_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the prover crashes on a file there is no answer, rather than a clean one."""

    def crash(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("wholeship.verdict.check.check_one", crash)
    with pytest.raises(Unfinished, match="could not be looked at"):
        compared(tmp_path, state("before"), state("merged"))
