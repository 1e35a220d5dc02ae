"""Variables that Flux fills in are filled in here too, or said to be unknown; never taken for text."""

from __future__ import annotations

import pytest

from wholeship.gitops.election import Elected, Unknown
from wholeship.gitops.manifests import read_manifests
from wholeship.gitops.manifests.model import Watch

POLICY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app, namespace: flux-system}
spec: {image: "registry.example/${team:=acme}/app"}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: app, namespace: flux-system}
spec:
  imageRepositoryRef: {name: app}
  filterTags: {pattern: '^${branch}-(?P<n>[0-9]+)$', extract: '$n'}
  policy: {numerical: {order: asc}}
"""


def kustomization(name: str, path: str, build: str) -> str:
    """A Kustomization that applies *path*, with *build* as its ``postBuild``."""
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\nspec: {{path: {path}{build}}}\n"
    )


def watch(**files: str) -> Watch:
    """The one policy of ``apps/app.yaml`` beside *files* (``__`` is a slash)."""
    named = {f"{name.replace('__', '/')}.yaml": content for name, content in files.items()}
    (found,) = read_manifests({"apps/app.yaml": POLICY, **named}).watches
    return found


def test_a_variable_that_nothing_sets_is_unknown() -> None:
    """Without the Kustomization nobody can tell which tags the policy considers: no yes, no no."""
    election = watch().elector.now(["main-1", "main-2"])
    assert isinstance(election, Unknown)
    assert "${branch}" in election.reason


def test_a_variable_of_the_kustomization_is_filled_in() -> None:
    """What ``substitute`` says is what the controller sees; a default counts where nothing is said."""
    found = watch(flux=kustomization("apps", "./apps", ", postBuild: {substitute: {branch: main}}"))
    assert found.image == "registry.example/acme/app"
    election = found.elector.now(["main-1", "main-2", "dev-9"])
    assert isinstance(election, Elected)
    assert election.tag == "main-2"


@pytest.mark.parametrize(
    ("kind", "data"), [("ConfigMap", "data: {branch: main}"), ("Secret", "data: {branch: bWFpbg==}")]
)
def test_a_variable_of_a_source_is_filled_in(kind: str, data: str) -> None:
    """ConfigMaps and Secrets that stand in the folder are read."""
    build = f", postBuild: {{substituteFrom: [{{kind: {kind}, name: vars}}]}}"
    found = watch(
        flux=kustomization("apps", "./apps", build),
        vars=f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: vars}}\n{data}\n",
    )
    election = found.elector.now(["main-1"])
    assert isinstance(election, Elected)


def test_a_source_that_is_not_here_is_unknown() -> None:
    """A Secret that lives in the cluster alone may hold any value."""
    build = ", postBuild: {substituteFrom: [{kind: Secret, name: vars}]}"
    assert isinstance(watch(flux=kustomization("apps", "./apps", build)).elector.now(["main-1"]), Unknown)


def test_environments_that_disagree_are_unknown() -> None:
    """Two Kustomizations of one folder with two values: which one is meant is not known."""
    found = watch(
        one=kustomization("one", "./apps", ", postBuild: {substitute: {branch: main}}"),
        two=kustomization("two", "./apps", ", postBuild: {substitute: {branch: dev}}"),
    )
    assert isinstance(found.elector.now(["main-1"]), Unknown)


def test_the_kustomization_of_another_folder_says_nothing() -> None:
    """Only what is applied with the policy counts."""
    found = watch(
        one=kustomization("one", "./apps", ", postBuild: {substitute: {branch: main}}"),
        two=kustomization("two", "./other", ", postBuild: {substitute: {branch: dev}}"),
    )
    assert isinstance(found.elector.now(["main-1"]), Elected)


def test_without_post_build_nothing_is_filled_in() -> None:
    """A Kustomization without ``postBuild`` applies the text as it stands."""
    election = watch(flux=kustomization("apps", "./apps", "")).elector.now(["main-1"])
    assert not isinstance(election, Elected | Unknown)


def test_an_escaped_variable_is_text() -> None:
    """``$${name}`` is not a variable."""
    files = {"app.yaml": POLICY.replace("${branch}", "$${branch}").replace("${team:=acme}", "acme")}
    (found,) = read_manifests(files).watches
    assert not isinstance(found.elector.now(["main-1"]), Unknown)
