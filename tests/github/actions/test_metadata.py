"""docker/metadata-action's own README and ``__tests__`` are where the expected tags come from."""

from __future__ import annotations

import pytest

from tests.tools.words import call
from wholeship.pipeline.trigger import RefClass


def tags(text: str, ref: RefClass, name: str, event: str = "push", **inputs: str) -> list[str]:
    given = {"images": "r/a", **inputs, **({"tags": text} if text else {})}
    done = call("docker/metadata-action", given, ref=ref, name=name, event=event)
    return str(done.outputs["tags"].options[0]).split("\n")


@pytest.mark.parametrize(
    ("text", "ref", "name", "found"),
    [
        ("", RefClass.DEFAULT, "main", ["r/a:main"]),
        ("", RefClass.TAG, "v1.2.3", ["r/a:v1.2.3", "r/a:latest"]),
        ("", RefClass.PULL, "5/merge", ["r/a:pr-{github.event.number}"]),
        ("type=semver,pattern={{version}}", RefClass.TAG, "v1.2.3", ["r/a:1.2.3", "r/a:latest"]),
        ("type=semver,pattern={{major}}.{{minor}}", RefClass.TAG, "v1.2.3", ["r/a:1.2", "r/a:latest"]),
        ("type=semver,pattern={{version}}", RefClass.DEFAULT, "main", [""]),
        ("type=sha", RefClass.DEFAULT, "main", ["r/a:sha-{github.sha, 7 characters}"]),
        ("type=sha,prefix=,format=long", RefClass.DEFAULT, "main", ["r/a:{github.sha}"]),
        ("type=raw,value=latest,enable={{is_default_branch}}", RefClass.DEFAULT, "main", ["r/a:latest"]),
        ("type=raw,value=latest,enable={{is_default_branch}}", RefClass.TAG, "v1", [""]),
        ("type=raw,value=x,enable=false\ntype=raw,value=y", RefClass.DEFAULT, "main", ["r/a:y"]),
        ("type=edge", RefClass.DEFAULT, "main", ["r/a:edge"]),
        ("type=edge", RefClass.TAG, "v1", [""]),
        ("type=ref,event=branch", RefClass.BRANCH, "feature/x", ["r/a:feature-x"]),
        (
            "type=ref,event=tag\ntype=sha",
            RefClass.TAG,
            "v1",
            ["r/a:v1", "r/a:sha-{github.sha, 7 characters}", "r/a:latest"],
        ),
        (
            "type=sha\ntype=raw,value=x,priority=1000",
            RefClass.DEFAULT,
            "main",
            ["r/a:x", "r/a:sha-{github.sha, 7 characters}"],
        ),
        (
            "type=raw,value={{branch}}-{{date 'YYYYMMDD'}}",
            RefClass.DEFAULT,
            "main",
            ["r/a:main-{date 'YYYYMMDD'}"],
        ),
        ("plain", RefClass.DEFAULT, "main", ["r/a:plain"]),
        ("type=raw,plain", RefClass.DEFAULT, "main", ["r/a:plain"]),
        ("type=raw,priority=1,plain", RefClass.DEFAULT, "main", ["r/a:plain"]),
        ("# a comment\n\nplain", RefClass.DEFAULT, "main", ["r/a:plain"]),
    ],
)
def test_tags_by_type_and_event(text: str, ref: RefClass, name: str, found: list[str]) -> None:
    """Each type produces its tag on its events; the first that does decides about ``latest``."""
    assert tags(text, ref, name) == found


def test_flavor() -> None:
    """``latest``, ``prefix`` and ``suffix`` apply to every entry, and to ``latest`` only when told."""
    every = "type=ref,event=tag"
    assert tags(every, RefClass.TAG, "v1", flavor="latest=false") == ["r/a:v1"]
    assert tags("type=sha", RefClass.DEFAULT, "main", flavor="latest=true")[-1] == "r/a:latest"
    assert tags(every, RefClass.TAG, "v1", flavor="suffix=-alpine") == ["r/a:v1-alpine", "r/a:latest"]
    assert tags(every, RefClass.TAG, "v1", flavor="suffix=-alpine,onlatest=true") == [
        "r/a:v1-alpine",
        "r/a:latest-alpine",
    ]


def test_every_image_gets_every_tag() -> None:
    """Images times tags, image by image; names in lower case."""
    found = tags("type=raw,value=1\ntype=raw,value=2", RefClass.DEFAULT, "main", images="r/A\nr/b")
    assert found == ["r/a:1", "r/a:2", "r/b:1", "r/b:2"]


def test_a_condition_that_is_not_known_gives_both_lists() -> None:
    """``enable=`` of an unknown leaves the list with and without the tag."""
    done = call(
        "docker/metadata-action",
        {"images": "r/a", "tags": "type=sha\ntype=raw,value=latest,enable={flag}"},
        ref=RefClass.DEFAULT,
    )
    assert [str(option).count("\n") for option in done.outputs["tags"].options] == [1, 0]


def test_two_invocations_read_two_clocks() -> None:
    """A date is as old as its step; the commit is the same for all."""
    first = call("docker/metadata-action", {"images": "r/a", "tags": "type=raw,value={{date 'X'}}"})
    assert first.outputs["version"].options[0].holes[0].site == "job/step"


def test_later_steps_see_the_environment() -> None:
    """``DOCKER_METADATA_OUTPUT_TAGS`` and its like are left for the job."""
    done = call("docker/metadata-action", {"images": "r/a"}, ref=RefClass.DEFAULT)
    assert str(done.environment["DOCKER_METADATA_OUTPUT_VERSION"]) == "main"


def test_the_rules_for_tags_are_one_choice_whatever_is_put_around_them() -> None:
    """Two images with the same `tags:` get the same of them: another suffix decides nothing."""
    rules = {"images": "r/a", "tags": "type=match,pattern=v(.*)"}
    plain = call("docker/metadata-action", rules, ref=RefClass.TAG, name="{tag}").outputs["tags"]
    other = call("docker/metadata-action", rules | {"flavor": "suffix=-x"}, ref=RefClass.TAG, name="{tag}")
    assert len(plain.options) > 1
    assert plain.choice == other.outputs["tags"].choice
    third = call("docker/metadata-action", rules | {"tags": "type=match,pattern=w(.*)"}, ref=RefClass.TAG)
    assert plain.choice != third.outputs["tags"].choice
