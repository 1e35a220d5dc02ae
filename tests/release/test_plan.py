"""The plan: everything decided at once, and its identity."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.release.world import COMMIT, SHOP
from wholeship.core import jsons
from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.release.config import Overrides, parse_config
from wholeship.release.gates import to_plain
from wholeship.release.observe import each_at_once
from wholeship.release.plan import Plan, from_plain, left_out, make_plan
from wholeship.release.scenario import Origin
from wholeship.release.stages.gate import ungated

NOON = datetime(2026, 5, 28, 18, 28, 33, tzinfo=UTC)
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def plan(
    text: str = SHOP,
    scenario: str = "manual",
    version: str = "",
    overrides: Overrides | None = None,
    **more: Any,
) -> Plan:
    config = parse_config(text, Path("some/where/wholeship.yaml"), overrides or Overrides())
    origin = Origin(scenario, COMMIT, "main", version, source="https://github.com/acme/shop")
    return make_plan(config, origin, now=NOON, sequence=1, **more)


def test_the_watched_image_comes_last() -> None:
    """Siblings by repository, the same order for everybody, and the watched image at the end."""
    made = plan()
    assert [image.name for image in made.images] == ["embeddings", "worker", "app"]
    assert [image.name for image in made.siblings] == ["embeddings", "worker"]
    assert made.commit_image.name == "app"


def test_paths_are_relative_to_the_file() -> None:
    """The plan is the same on every machine, wherever the checkout is."""
    image = plan().image("worker")
    assert (image.context, image.dockerfile) == (".", "docker/worker/Dockerfile")


@pytest.mark.parametrize(
    ("scenario", "given", "platforms"),
    [
        ("push", None, (AMD64,)),
        ("release", None, (AMD64, ARM64)),
        ("manual", "linux/arm64", (ARM64,)),
        ("release", "linux/amd64", (AMD64,)),
    ],
)
def test_platforms_by_scenario(scenario: str, given: str | None, platforms: tuple[Platform, ...]) -> None:
    """amd64 by default, others on release, and what is asked for on demand."""
    made = plan(scenario=scenario, version="1.2.3", overrides=Overrides(platforms=given))
    assert {image.platforms for image in made.images} == {platforms}


def test_an_image_may_have_platforms_of_its_own() -> None:
    """Its own list counts for every scenario, unless the command line says otherwise."""
    text = SHOP.replace("worker: {", "worker: {platforms: [linux/arm64], ")
    assert plan(text).image("worker").platforms == (ARM64,)
    assert plan(text).image("app").platforms == (AMD64,)
    assert plan(text, overrides=Overrides(platforms="linux/amd64")).image("worker").platforms == (AMD64,)


def test_a_platform_that_does_not_exist_is_refused() -> None:
    """On the command line and in the file, before anything is looked at."""
    with pytest.raises(BadInput, match="no platform 'linux/nope'"):
        plan(overrides=Overrides(platforms="linux/amd64,linux/nope"))
    with pytest.raises(BadInput, match=r"platforms.default\[0\]: there is no platform"):
        plan(SHOP.replace("default: [linux/amd64]", "default: [linux/amd46]"))


@pytest.mark.parametrize("tag", ["latest", "stable", "main"])
def test_a_moving_name_is_no_deploy_tag(tag: str) -> None:
    """Also where no alias has that name: the next release could not have it. ``main`` is the branch here."""
    with pytest.raises(BadInput, match="moving name") as caught:
        plan(SHOP.replace("latest", "newest"), tag=tag)
    assert "--tag" in caught.value.advice
    assert plan(tag="hotfix-4711").tag == "hotfix-4711"


@pytest.mark.parametrize(
    ("scenario", "version", "said"),
    [
        (
            "release",
            "",
            ["{semver} is left out: this release has nothing for semver (a Git tag", "{minor} is"],
        ),
        ("release", "1.4.2-rc.1", ["{minor} is left out: 1.4.2-rc.1 is a pre-release", "latest is left out"]),
        ("release", "1.4.2", []),
        ("manual", "", []),
    ],
)
def test_an_alias_that_is_left_out_is_told(scenario: str, version: str, said: list[str]) -> None:
    """With its reason: nobody should have to notice that a name did not move."""
    config = parse_config(SHOP, Path("wholeship.yaml"), Overrides())
    told = left_out(config, plan(scenario=scenario, version=version))
    assert len(told) == len(said)
    for words, wanted in zip(told, said, strict=True):
        assert wanted in words


@pytest.mark.parametrize(
    ("scenario", "version", "aliases"),
    [
        ("push", "", ["latest"]),
        ("release", "v1.4.2", ["1.4.2", "1.4", "latest"]),
        ("release", "1.4.2-rc.1", ["1.4.2-rc.1"]),
        ("manual", "1.4.2", []),
    ],
)
def test_aliases_by_scenario(scenario: str, version: str, aliases: list[str]) -> None:
    """Those of the scenario that this release can fill; a pre-release takes no plain ones."""
    assert list(plan(scenario=scenario, version=version).aliases) == aliases


def test_a_deploy_tag_is_no_alias() -> None:
    """A tag that is written once cannot be one that moves."""
    with pytest.raises(BadInput, match="at once"):
        plan(scenario="push", tag="latest")


def test_the_same_plan_is_the_same_release() -> None:
    """Its identity is that of its canonical form, and survives the way through JSON."""
    made = plan(scenario="release", version="1.2.3")
    again = from_plain(jsons.parse_json(jsons.canonical(to_plain(made))), Plan, "test")
    assert again == made
    assert again.id == made.id
    assert made.id == plan(scenario="release", version="1.2.3").id


@pytest.mark.parametrize(
    "change",
    [
        {"commit": "0" * 40}, {"dirty": True}, {"scenario": "push"}, {"created": "2026-05-28T18:28:34Z"},
        {"run_url": "x"}, {"gates": ()}, {"watched": "worker"}, {"tool": "9.9.9"}, {"aliases": ()},
    ],
)  # fmt: skip
def test_any_difference_is_another_release(change: dict[str, Any]) -> None:
    """Nothing that was decided can change under the same identity."""
    made = plan(scenario="release", version="1.2.3")
    assert replace(made, **change).id != made.id


@pytest.mark.parametrize(
    "damage",
    [{"tag": "not a tag"}, {"images": 3}, {"watched": None}, {"scenario": 7}, {"gates": [{"name": "x"}]}],
)
def test_a_damaged_plan_is_refused(damage: dict[str, Any]) -> None:
    """What is read back is checked, tags and digests included."""
    with pytest.raises(BadInput, match="the record"):
        from_plain({**to_plain(plan()), **damage}, Plan, "the record")


def test_annotations_tie_an_image_to_its_release() -> None:
    """Created, revision, source, version and title, as the OCI image specification names them."""
    found = plan(scenario="release", version="v1.2.3").annotations("app")
    assert found == {
        "org.opencontainers.image.created": "2026-05-28T18:28:33Z",
        "org.opencontainers.image.revision": COMMIT,
        "org.opencontainers.image.source": "https://github.com/acme/shop",
        "org.opencontainers.image.version": "v1.2.3",
        "org.opencontainers.image.title": "app",
    }


def test_a_dirty_tree_is_marked() -> None:
    """An image of uncommitted changes does not claim to be of the commit."""
    made = replace(plan(), dirty=True)
    assert made.annotations("app")["org.opencontainers.image.revision"] == f"{COMMIT}-dirty"
    assert "org.opencontainers.image.revision" not in replace(made, commit="").annotations("app")


def test_what_no_gate_looks_at_is_known() -> None:
    """Images outside every gate are named."""
    assert ungated(plan()) == ()
    assert ungated(plan(SHOP.replace("  boots: {run: scripts/smoke}\n", ""))) == ("embeddings", "app")


def test_a_gates_fingerprint_is_its_definition() -> None:
    """Any change to a gate makes receipts of the old one worthless."""
    gate = plan().gates[0]
    for change in ({"command": ("x",)}, {"network": "host"}, {"timeout": 1.0}, {"environment": {"A": "1"}}):
        assert replace(gate, **change).fingerprint != gate.fingerprint


def test_an_alias_of_another_scenario_is_no_deploy_tag_either() -> None:
    """What a release would move later cannot be written once now, by hand."""
    with pytest.raises(BadInput, match="latest is the deploy tag and an alias at once"):
        plan(scenario="manual", tag="latest")


def test_records_that_are_read_side_by_side_are_converted_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library that checks their form is not asked by two threads at once, which ended `status`."""
    inside = threading.Lock()
    shared: list[bool] = []

    def convert(value: object, kind: type, **_more: object) -> object:
        shared.append(not inside.acquire(blocking=False))
        time.sleep(0.002)
        inside.release()
        return kind(value)

    monkeypatch.setattr("wholeship.release.plan.msgspec.convert", convert)
    each_at_once(lambda value: from_plain(value, str, "the record"), range(16))
    assert shared == [False] * 16
