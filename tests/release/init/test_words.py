"""What names, paths and tags say to `init`: environments, purposes, patterns."""

from __future__ import annotations

import pytest

from wholeship.core.place import Place
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.release.init.environments import environment_in, rank, without_environment
from wholeship.release.init.leftout import bases_in, purpose_of
from wholeship.release.init.names import last_part
from wholeship.release.init.tagging import seen_tag
from wholeship.release.init.used import mended
from wholeship.texts.template import Hole, Kind, Template


@pytest.mark.parametrize(
    ("text", "environment", "rest"),
    [
        ("clusters/prod/app.yaml", "production", "clusters/app.yaml"),
        ("acme/app-staging", "staging", "acme/app"),
        ("dev-app", "development", "app"),
        ("acme/product", "", "acme/product"),
        ("acme/devices", "", "acme/devices"),
    ],
)
def test_environments(text: str, environment: str, rest: str) -> None:
    """A whole word names an environment; a part of a word does not."""
    assert environment_in(text) == environment
    assert without_environment(text) == rest


def test_production_goes_before_what_names_nothing_and_before_the_others() -> None:
    """Unless another one is wanted, by its name or by one that means the same."""
    places = ["clusters/dev/x", "clusters/staging/x", "deploy/x", "clusters/prod/x"]
    assert sorted(places, key=lambda p: rank("", p)) == places[::-1]
    for wanted in ("staging", "stage", "STG"):
        assert min(places, key=lambda p: rank(wanted, p)) == "clusters/staging/x"


@pytest.mark.parametrize(
    ("name", "pushed", "purpose"),
    [
        ("app-debug", True, "for debugging"),
        ("e2e-runner", True, "for tests"),
        ("awx_devel", True, "for development"),
        ("latest", True, ""),
        ("test-results-api", False, "for tests"),
        ("contest", True, ""),
        ("pay-builder", True, ""),
        ("pay-builder", False, "to build others"),
        ("dev-portal", True, ""),
    ],
)
def test_what_an_image_is_for(name: str, pushed: bool, purpose: str) -> None:
    """Its last word says it, and few first ones; a product that is pushed may be called builder."""
    said = purpose_of(name, pushed=pushed)
    assert said.endswith(purpose) if purpose else said == ""


def test_what_a_dockerfile_starts_from() -> None:
    """Without tags and digests; flags and stages do not count as names."""
    first = "ARG A\nFROM --platform=linux/amd64 ghcr.io/acme/base:1 AS a\n"
    text = f"{first}FROM localhost:5000/x@sha256:00\nFROM a\n"
    assert bases_in(text) == ("ghcr.io/acme/base", "localhost:5000/x", "a")


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("ghcr.io/acme/app", "app"),
        ("app", "app"),
        ("ghcr.io/{sed s/a/b/ of x}", "{sed s/a/b/ of x}"),
        ("{registry}/app", "app"),
        ("{a/b}", "{a/b}"),
    ],
)
def test_the_last_part_of_a_name(text: str, last: str) -> None:
    """A slash inside braces stands in what a run makes, and parts nothing."""
    assert last_part(text) == last


def hole(kind: Kind, name: str) -> Hole:
    return Hole(name, frozenset({kind}))


@pytest.mark.parametrize(
    ("parts", "ref", "pattern"),
    [
        ((hole(Kind.COMMIT, "github.sha"),), RefClass.DEFAULT, "{sha}"),
        (("sha-", hole(Kind.COMMIT, "github.sha, 7 characters")), RefClass.DEFAULT, "sha-{short_sha}"),
        ((hole(Kind.REF, "github.ref_name"),), RefClass.TAG, "{version}"),
        ((hole(Kind.REF, "github.ref_name"),), RefClass.DEFAULT, "{branch}"),
        ((hole(Kind.REF, "version of {github.ref_name}"),), RefClass.TAG, "{semver}"),
        (("main-", hole(Kind.RUN_NUMBER, "github.run_number")), RefClass.DEFAULT, "main-{sequence}"),
        ((hole(Kind.CLOCK, "date -u +%Y%m%d-%H%M%S"),), RefClass.DEFAULT, "{timestamp}"),
        ((hole(Kind.CLOCK, "date +%Y%m%d.%H%M%S"),), RefClass.DEFAULT, "{date}.{time}"),
        ((hole(Kind.CLOCK, "date +%j"),), RefClass.DEFAULT, ""),
        ((hole(Kind.OUTPUT, "what a program said"),), RefClass.DEFAULT, ""),
        ((hole(Kind.COMMIT, "github.sha"), "-arm64"), RefClass.DEFAULT, "{sha}"),
        (("latest",), RefClass.DEFAULT, "latest"),
    ],
)
def test_a_tag_as_a_pattern(parts: tuple[str | Hole, ...], ref: RefClass, pattern: str) -> None:
    """Each part that the file has a field for; one that it has none for leaves no pattern."""
    seen = seen_tag(Template.of(*parts), Trigger(ref=ref), "push", Place("w.yml", 3))
    assert (seen.pattern, seen.where) == (pattern, "w.yml:3")


def test_a_tag_without_anything_unique_gets_a_number() -> None:
    """A time alone is not unique; a commit is."""
    assert mended("{timestamp}") == "{timestamp}-{sequence}"
    assert mended("app-{date}") == "app-{date}-{sequence}"
    assert mended("{short_sha}") == "{short_sha}"
