"""Argo CD Image Updater and Keel, as their documentation and sources say."""

from __future__ import annotations

import pytest

from wholeship.gitops.election import Broken, Elected, Nothing, Unknown
from wholeship.gitops.glob import path_match, star_match
from wholeship.gitops.image_updater import Strategy, UpdaterPolicy
from wholeship.gitops.keel import KeelPolicy
from wholeship.gitops.manifests import read_manifests

VERSIONS = ["1.2.3", "v1.10.0", "1.9.9", "2.0.0-rc.1", "1.5", "latest"]


@pytest.mark.parametrize(
    ("policy", "tag"),
    [
        (UpdaterPolicy(), "v1.10.0"),
        (UpdaterPolicy(allow="ANY"), "v1.10.0"),
        (UpdaterPolicy(Strategy.ALPHABETICAL, allow="RegExp:^1"), "1.9.9"),
        (UpdaterPolicy(constraint="~1.9"), "1.9.9"),
        (UpdaterPolicy(constraint="1.2.x || 1.5"), "1.5"),
        (UpdaterPolicy(constraint="2.x-0"), "2.0.0-rc.1"),
        (UpdaterPolicy(Strategy.ALPHABETICAL), "v1.10.0"),
        (UpdaterPolicy(Strategy.ALPHABETICAL, allow="regexp:^1"), "1.9.9"),
        (UpdaterPolicy(Strategy.ALPHABETICAL, ignore=("v*", "latest")), "2.0.0-rc.1"),
        (UpdaterPolicy(Strategy.DIGEST, "latest"), "latest"),
    ],
)
def test_image_updater(policy: UpdaterPolicy, tag: str) -> None:
    """Each strategy picks the documented tag, whatever the order of the list."""
    tags = VERSIONS if policy.constraint or policy.strategy is not Strategy.SEMVER else VERSIONS[:3]
    for listed in (tags, tags[::-1]):
        assert policy.elect(listed) == Elected(tag)


def test_image_updater_and_pre_releases() -> None:
    """With a constraint a pre-release must be opted in; without, that depends on the installed version."""
    assert UpdaterPolicy(constraint=">=1").elect(VERSIONS) == Elected("v1.10.0")
    assert UpdaterPolicy(constraint=">=1-0").elect(VERSIONS) == Elected("2.0.0-rc.1")
    assert isinstance(UpdaterPolicy().elect(VERSIONS), Unknown)
    assert UpdaterPolicy().elect([*VERSIONS, "2.0.0"]) == Elected("2.0.0")


def test_newest_build_needs_build_times() -> None:
    """Names alone cannot tell; with times the newest wins, and equal times go by name."""
    assert isinstance(UpdaterPolicy(Strategy.NEWEST_BUILD).elect(["a", "b"]), Unknown)
    built = {"a": "2026-05-28T16:23:00Z", "b": "2026-05-27T00:00:00Z", "dev": "2026-05-28T16:23:00Z"}
    assert UpdaterPolicy(Strategy.NEWEST_BUILD, built=built).elect(["a", "b", "dev"]) == Elected("dev")


def test_image_updater_refusals() -> None:
    """What cannot be read allows no tag, and equal versions are a coin toss."""
    assert isinstance(UpdaterPolicy(allow="regexp:(?!x)").elect(["1.0.0"]), Nothing)
    assert isinstance(UpdaterPolicy(allow="glob:*").elect(["1.0.0"]), Nothing)
    assert isinstance(UpdaterPolicy(constraint="nope").elect(["1.0.0"]), Broken)
    assert isinstance(UpdaterPolicy(Strategy.DIGEST).elect(["latest"]), Broken)
    assert isinstance(UpdaterPolicy(constraint=">9").elect(["1.0.0"]), Nothing)
    assert isinstance(UpdaterPolicy(allow="regexp").elect(["1.0.0"]), Nothing)


def test_image_updater_takes_the_last_of_equal_versions() -> None:
    """Equal versions go by name, whatever the order of the list; the others are on record."""
    for listed in (["1.0.0", "v1.0.0"], ["v1.0.0", "1.0.0"]):
        assert UpdaterPolicy().elect(listed) == Elected("v1.0.0", equals=("1.0.0",))


def test_old_and_unknown_strategies() -> None:
    """Old spellings are understood; unknown ones fall back to semver, as upstream does."""
    assert Strategy.parse("latest") is Strategy.NEWEST_BUILD
    assert Strategy.parse("name") is Strategy.ALPHABETICAL
    assert Strategy.parse("bogus") is Strategy.SEMVER


@pytest.mark.parametrize(
    ("policy", "tag"),
    [
        (KeelPolicy("all", "1.2.3"), "2.0.0"),
        (KeelPolicy("major", "1.2.3"), "2.0.0"),
        (KeelPolicy("minor", "1.2.3"), "1.3.0"),
        (KeelPolicy("patch", "1.2.3"), "1.2.4"),
        (KeelPolicy("patch", "1.3.0"), "1.3.0"),
        (KeelPolicy("force", "latest", match_tag=True), "latest"),
        (KeelPolicy("force", "latest"), "2.0.0"),
        (KeelPolicy("force", "1.3.0"), "2.0.0"),
        (KeelPolicy("force", "2.0.0"), "2.0.0"),
        (KeelPolicy("glob:build-*", "build-b-10"), "build-b-10"),
        (KeelPolicy("glob:1.*", "1.2.4"), "1.3.0"),
        (KeelPolicy("glob:build-*", "build-1"), "build-9"),
        (KeelPolicy("regexp:^build-[0-9]+$", "build-1"), "build-9"),
        (KeelPolicy("regexp:^build-.*-(?P<compare>[0-9]+)$", "x"), "build-a-20"),
    ],
)
def test_keel(policy: KeelPolicy, tag: str) -> None:
    """Each policy moves where it is documented to move."""
    tags = ["1.2.3", "1.2.4", "1.3.0", "2.0.0", "1.2.5-rc.1", "latest", "build-10", "build-9"]
    tags += ["build-a-20", "build-b-10"]
    answer = policy.elect(tags)
    assert isinstance(answer, Elected)
    assert answer.tag == ("build-b-10" if policy.name == "glob:build-*" else tag)


def test_keel_refusals() -> None:
    """Unknown and unreadable policies do nothing, and say so."""
    assert isinstance(KeelPolicy("sometimes", "1").elect(["1", "2"]), Nothing)
    assert isinstance(KeelPolicy("regexp:(?!x)", "1").elect(["1"]), Broken)
    assert isinstance(KeelPolicy("glob:v*", "2").elect(["1"]), Nothing)
    assert isinstance(KeelPolicy("glob:a:b", "1").elect(["a:b"]), Nothing)
    assert KeelPolicy("glob:v*", "v2").elect(["v1", "v2"]) == Elected("v2")
    assert "comes before" in KeelPolicy("glob:v*", "v2").objection("v1")
    assert isinstance(KeelPolicy("force", "main").elect(["main", "dev"]), Unknown)
    assert "not newer" in KeelPolicy("force", "2.0.0").objection("1.0.0")
    assert KeelPolicy("force", "main").follows == ""
    assert "minor step" in KeelPolicy("minor", "1.2.3").objection("2.0.0")
    assert "no version" in KeelPolicy("minor", "abc").objection("2.0.0")
    assert "pre-release" in KeelPolicy("patch", "1.2.3").objection("1.2.4-rc.1")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "anything", True),
        ("v*", "v1", True),
        ("v?", "v1", True),
        ("v?", "v12", False),
        ("[a-c]x", "bx", True),
        ("[^a-c]x", "bx", False),
        ("a*b*c", "axxbyyc", True),
        ("a*", "a/b", False),
        ("[", "[", False),
        ("\\*", "*", True),
        ("a\\", "a", False),
    ],
)
def test_path_match(pattern: str, text: str, matches: bool) -> None:
    """Go's path.Match."""
    assert path_match(pattern, text) is matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "x", False),
        ("*", "x/y", True),
        ("a*b", "ab", True),
        ("a*ba", "aba", True),
        ("ab*ba", "aba", False),
        ("*x*y*", "axbyc", True),
        ("*x*y*", "aybxc", False),
        ("1.?", "1.2", False),
    ],
)
def test_star_match(pattern: str, text: str, matches: bool) -> None:
    """Only the star is special, and pieces never overlap."""
    assert star_match(pattern, text) is matches


@pytest.mark.parametrize("key", ["app.update-strategy", "update-strategy"])
def test_what_is_said_for_the_whole_application_counts(key: str) -> None:
    """A setting without an image's name is that of every image that has none of its own."""
    prefix = "argocd-image-updater.argoproj.io"
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  annotations:\n"
        f"    {prefix}/image-list: app=registry.example/acme/app\n    {prefix}/{key}: alphabetical\n"
    )
    (watch,) = read_manifests({"app.yaml": text}).watches
    election = watch.elector.now(["1.8.0", "1.9.0", "1.10.0"])
    assert isinstance(election, Elected)
    assert election.tag == "1.9.0"


def test_an_images_own_setting_comes_first() -> None:
    """What an image says itself is not overruled by what is said for all."""
    prefix = "argocd-image-updater.argoproj.io"
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  annotations:\n"
        f"    {prefix}/image-list: app=registry.example/acme/app\n"
        f"    {prefix}/update-strategy: alphabetical\n"
        f"    {prefix}/app.update-strategy: semver\n    {prefix}/ignore-tags: 1.11.*\n"
    )
    (watch,) = read_manifests({"app.yaml": text}).watches
    election = watch.elector.now(["1.9.0", "1.10.0", "1.11.0"])
    assert isinstance(election, Elected)
    assert election.tag == "1.10.0"
