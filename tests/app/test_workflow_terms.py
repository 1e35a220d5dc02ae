"""What holds when workflows are looked at: who is followed, and who says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from wholeship.app.target import WorkflowTerms
from wholeship.app.workflow_terms import options_for, release_file, watched_images
from wholeship.app.world import World
from wholeship.core.errors import BadConfig, BadInput
from wholeship.core.progress import Silent
from wholeship.gitops.marks import may_follow_images

WORLD = World(Silent())
RELEASE = "registry: ghcr.io/acme\nimages: {app: {}, worker: {repository: ghcr.io/acme/jobs}}\nwatched: %s\n"
KEEL = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, annotations: {keel.sh/policy: major}}
spec:
  template:
    spec: {containers: [{name: app, image: ghcr.io/acme/app:1.0.0}]}
"""
FLUX = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: web}
spec: {image: ghcr.io/acme/web}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: web}
spec: {imageRepositoryRef: {name: web}, policy: {alphabetical: {order: asc}}}
"""


@pytest.mark.parametrize(("text", "image"), [(KEEL, "ghcr.io/acme/app"), (FLUX, "ghcr.io/acme/web")])
def test_who_follows_is_found_in_the_manifests(tmp_path: Path, text: str, image: str) -> None:
    """Flux and Keel alike; other manifests are not even parsed."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "app.yaml").write_text(text)
    (tmp_path / "deploy" / "broken.yaml").write_text("a: [")
    found = watched_images(WORLD, tmp_path, None, "wholeship.yaml")
    assert found.names == (image,)
    assert "deploy/app.yaml" in found.source
    assert not may_follow_images("kind: Service\n")
    assert may_follow_images(text.encode())
    assert may_follow_images(text)


def test_the_first_that_says_something_holds(tmp_path: Path) -> None:
    """The flag, then the release file, then what is found."""
    (tmp_path / "app.yaml").write_text(KEEL)
    raw = None
    for name, image in (("app", "ghcr.io/acme/app"), ("worker", "ghcr.io/acme/jobs")):
        (tmp_path / "wholeship.yaml").write_text(RELEASE % name)
        raw = release_file(WORLD, tmp_path, "")
        assert watched_images(WORLD, tmp_path, raw, "wholeship.yaml").names == (image,)
    found = watched_images(WORLD, tmp_path, raw, "wholeship.yaml", ["other"])
    assert (found.names, found.source) == (("other",), "--watched")


def test_the_release_file_of_a_check(tmp_path: Path) -> None:
    """Absent and empty say nothing; one that was named has to be there; mistakes are told at their place."""
    assert release_file(WORLD, tmp_path, "") is None
    (tmp_path / "wholeship.yaml").write_text("# nothing yet\n")
    assert release_file(WORLD, tmp_path, "") is None
    with pytest.raises(BadInput, match="there is no"):
        release_file(WORLD, tmp_path, str(tmp_path / "other.yaml"))
    (tmp_path / "wholeship.yaml").write_text("imags: {}\n")
    with pytest.raises(BadConfig) as caught:
        release_file(WORLD, tmp_path, "")
    assert caught.value.problems[0].place.line == 1


def test_rules_by_name(tmp_path: Path) -> None:
    """Only these, or not these; a name that is none is answered with the nearest."""

    def rules(**said: tuple[str, ...]) -> object:
        return options_for(WorkflowTerms(**said), WORLD, tmp_path).verdict.rules  # type: ignore[arg-type]

    assert rules(only=("half-release, tag-drift",)) == ("half-release", "tag-drift")
    assert rules(only=("half-release", "tag-drift"), skip=("tag-drift",)) == ("half-release",)
    with pytest.raises(BadInput) as caught:
        rules(only=("half-relase",))
    assert caught.value.advice == "did you mean half-release?"


def test_figures_are_read_where_there_are_any(tmp_path: Path) -> None:
    """Without declared figures and without a history nothing of the forecast is asked."""

    def opened(_file: Path) -> object:
        raise AssertionError("no history was to be opened")

    closed = replace(WORLD, open_history=opened)  # type: ignore[arg-type]
    assert options_for(WorkflowTerms(), closed, tmp_path).figures is None
    declared = RELEASE % "app" + "forecast: {jobs: {build: {minutes: 8}}}\n"
    (tmp_path / "wholeship.yaml").write_text(declared)
    found = options_for(WorkflowTerms(), WORLD, tmp_path)
    assert found.figures is not None
    assert found.verdict.minutes is not None
