"""Which repositories are one image, and which images one release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tools.words import template
from wholeship.pipeline.gates import alike
from wholeship.pipeline.platforms import AMD64, ARM64, foreign, native, spelled
from wholeship.pipeline.publish import Build
from wholeship.pipeline.tags import Nature, Resolution, collision, drifts, nature, resolution
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.texts.template import Hole, Kind, Template
from wholeship.verdict.check import study_of
from wholeship.verdict.watched import Watched


def images(script: str) -> list[tuple[str, int]]:
    lines = "".join(f"          {line}\n" for line in script.split("\n"))
    text = f"on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{lines}"
    return [(image.name, len(image.repositories)) for image in study_of(text, "w.yml").cases[0].images]


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("docker push r/a:1\ndocker push r/b:1", [("a", 1), ("b", 1)]),
        ("docker push ghcr.io/x/a:1\ndocker push x/a:1", [("a", 2)]),
        ("docker buildx build --push -t ghcr.io/x/a:1 -t quay.io/y/b:1 .", [("a", 2)]),
        ("docker push r/a:1\ndocker buildx imagetools create -t q.io/z:1 r/a:1", [("a", 2)]),
        ("docker push r/a:candidate\ndocker buildx imagetools create -t q.io/z:1 r/a:candidate", [("z", 1)]),
        (
            "docker push r/a:1-amd64\ndocker manifest create r/a:1 r/a:1-amd64\ndocker manifest push r/a:1",
            [("a", 1)],
        ),
        ("docker push r/x/app:1\ndocker push r/y/app:1", [("x/app", 1), ("y/app", 1)]),
        ("cosign sign r/a@sha256:1", []),
        ("docker push localhost:5000/a:1", []),
        ("docker push registry.local:5000/a:1\ndocker push registry:5000/a:1", []),
        ("docker push 172.17.0.1:5000/a:1\ndocker push 10.0.0.5:5000/a:1\ndocker push zot.test/a:1", []),
        ("docker push registry.example.com:5000/a:1", [("a", 1)]),
        ("docker push 8.8.8.8:5000/a:1", [("a", 1)]),
    ],
)
def test_repositories_that_hold_one_image_are_one(script: str, found: list[tuple[str, int]]) -> None:
    """Mirrors and copies are one image; parts of a list are none; equal last names are told in full."""
    assert images(script) == found


def test_parts_of_a_list_of_platforms_are_no_tags_of_the_image() -> None:
    """A tag for one platform that is joined to a list is a part of it, not what consumers pull."""
    lines = ["docker push r/a:1-amd64", "docker push r/a:1-arm64"]
    create = "docker buildx imagetools create -t r/a:1"
    assert _tags([*lines, f"{create} r/a:1-amd64 r/a:1-arm64"]) == ["1"]
    assert _tags([*lines, f"{create} $(cat parts)"]) == ["1"]
    assert _tags(lines) == ["1-amd64", "1-arm64"]


def _tags(lines: list[str]) -> list[str]:
    steps = "".join(f"      - run: {line}\n" for line in lines)
    text = f"on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"
    (image,) = study_of(text, "w.yml").cases[0].images
    return [str(each.stem) for each in image.tags]


@pytest.mark.parametrize(
    ("tag", "ref", "what"),
    [
        ("{!sha}", RefClass.DEFAULT, Nature.DEPLOY),
        ("{@now}", RefClass.DEFAULT, Nature.DEPLOY),
        ("latest", RefClass.DEFAULT, Nature.ALIAS),
        ("1.2.3", RefClass.DEFAULT, Nature.ALIAS),
        ("main-{!sha}", RefClass.DEFAULT, Nature.DEPLOY),
        ("{?version}", RefClass.DEFAULT, Nature.DEPLOY),
    ],
)
def test_what_a_tag_is_for(tag: str, ref: RefClass, what: Nature) -> None:
    """A text that is the same in every run moves; one made of the commit or the clock names a release."""
    assert nature(template(tag), Trigger(ref=ref)) is what


def test_the_name_of_a_ref_is_a_release_on_tags_only() -> None:
    """``main`` moves, ``v1.2.3`` does not; its major and minor do."""
    name = Template.of(Hole.of(Kind.REF, "github.ref_name"))
    minor = Template.of(Hole("major of github.ref_name", frozenset({Kind.REF})))
    assert nature(name, Trigger(ref=RefClass.TAG)) is Nature.DEPLOY
    assert nature(name, Trigger(ref=RefClass.DEFAULT)) is Nature.ALIAS
    assert nature(minor, Trigger(ref=RefClass.TAG)) is Nature.ALIAS


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("date +%Y%m%d-%H%M%S", Resolution.SECOND),
        ("date +%s", Resolution.SECOND),
        ("date", Resolution.SECOND),
        ("date -I", Resolution.DAY),
        ("date -u -Iminutes", Resolution.MINUTE),
        ("date --iso-8601=seconds", Resolution.SECOND),
        ("date -u", Resolution.SECOND),
        ("date +%Y%m%d%H%M", Resolution.MINUTE),
        ("date +%F", Resolution.DAY),
        ("date 'YYYYMMDD'", Resolution.DAY),
        ("date 'YYYYMMDDHHmmss'", Resolution.SECOND),
        ("josstorer/get-current-time", Resolution.UNKNOWN),
    ],
)
def test_how_fine_a_clock_is(name: str, fine: Resolution) -> None:
    """By the format that it is printed in."""
    assert resolution(name) is fine


def test_when_two_runs_make_one_tag() -> None:
    """A clock alone does; with the run's number or the commit it does not."""
    push = Trigger(ref=RefClass.DEFAULT)
    number = Hole.of(Kind.RUN_NUMBER, "github.run_number")
    assert collision(template("{@now}"), push) is not None
    assert collision(Template.of(template("{@now}-"), number), push) is None
    assert collision(template("{@now}-{!sha}"), push) is None
    assert collision(template("{!sha}"), push) is None
    assert collision(template("{!sha}"), push, again=True) is not None


def test_tags_of_one_shape_drift_when_a_part_is_made_twice() -> None:
    """Two clocks of one format drift; one clock, two commits or two shapes do not."""
    one = Template.of("v", Hole.of(Kind.CLOCK, "date", "a"))
    other = Template.of("v", Hole.of(Kind.CLOCK, "date", "b"))
    assert drifts(one, other) is not None
    assert drifts(one, one) is None
    assert drifts(one, Template.of("x", *other.parts[1:])) is None
    assert drifts(template("{!sha}"), template("{!sha}")) is None


def test_builds_of_one_dockerfile_are_of_one_image() -> None:
    """The git context and the workspace are the same sources; another stage is the same image."""
    assert alike(Build("git", "a/Dockerfile"), Build("", "a/Dockerfile", "test"))
    assert alike(Build("app"), Build("", "app/Dockerfile"))
    assert not alike(Build("app"), Build("worker"))


@pytest.mark.parametrize(
    ("labels", "platform"),
    [
        (("ubuntu-latest",), AMD64),
        (("ubuntu-24.04-arm",), ARM64),
        (("self-hosted", "linux", "ARM64"), ARM64),
        (("buildjet-4vcpu-ubuntu-2204-arm",), ARM64),
        (("farm-runner-linux",), AMD64),
        (("macos-14",), None),
        ((), None),
    ],
)
def test_what_a_runner_is(labels: tuple[str, ...], platform: object) -> None:
    """By its labels; where they do not say, nobody knows."""
    assert native(labels) == platform


def test_what_has_to_be_emulated() -> None:
    """Everything but the runner's own architecture; 386 runs on amd64."""
    assert foreign(frozenset({AMD64, ARM64}), AMD64) == frozenset({ARM64})
    assert foreign(frozenset({AMD64}), AMD64) == frozenset()
    assert foreign(None, AMD64) is None
    assert spelled([ARM64, AMD64]) == "linux/amd64 and linux/arm64"


def test_who_is_followed() -> None:
    """By name, by repository, by the end of it; Docker Hub's spellings are one."""
    text = "on: push\njobs: {j: {runs-on: ubuntu-latest, steps: [{run: docker push x/app:1}]}}\n"
    (app,) = study_of(text, "w.yml").cases[0].images
    for name in ("app", "x/app", "docker.io/x/app", "X/App"):
        assert Watched((name,)).follows(app)
    for name in ("pp", "y/app", "ghcr.io/x/app"):
        assert not Watched((name,)).follows(app)


def test_images_of_one_name_are_told_apart_by_their_tags() -> None:
    """The hash of an image is only its name's: equality still asks for every tag."""
    study = study_of(
        "on: push\njobs: {j: {steps: [{run: docker push r/a:1 && docker push r/a:2}]}}\n", "w.yml"
    )
    (image,) = study.cases[0].images
    fewer, same = (replace(image, tags=image.tags[:count]) for count in (1, 2))
    assert same is not image
    assert {image, fewer, same} == {image, fewer}
    assert len({image, fewer, same}) == 2
