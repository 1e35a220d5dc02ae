"""Kargo's Warehouses: which tag becomes the newest Freight, and what manifests say of it."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from wholeship.core.reference import Repository
from wholeship.gitops.election import Broken, Elected, Nothing, Unknown
from wholeship.gitops.kargo import KargoPolicy, Selection
from wholeship.gitops.manifests import read_manifests
from wholeship.gitops.manifests.concerns import concerns
from wholeship.gitops.marks import may_follow_images

FOLDER = Path(__file__).parent / "fixtures" / "manifests" / "kargo"
TAGS = ["1.2.3", "v1.10.0", "1.9.9", "2.0.0-rc.1", "1.11", "latest"]


@pytest.mark.parametrize(
    ("policy", "tag"),
    [
        (KargoPolicy(), "2.0.0-rc.1"),  # without a range pre-releases count
        (KargoPolicy(constraint="^1.0.0"), "v1.10.0"),
        (KargoPolicy(constraint="^1.0.0", strict=False), "1.11"),
        (KargoPolicy(constraint=">=1.0.0-0"), "2.0.0-rc.1"),
        (KargoPolicy(constraint="~1.9.0"), "1.9.9"),
        (KargoPolicy(ignore=("rc",), allow=(r"^\d",)), "1.9.9"),
        (KargoPolicy(ignored=("2.0.0-rc.1",)), "v1.10.0"),
        (KargoPolicy(Selection.LEXICAL), "v1.10.0"),
        (KargoPolicy(Selection.LEXICAL, allow=("^1",)), "1.9.9"),
        (KargoPolicy(Selection.LEXICAL, allow=("^1.2", "^l")), "latest"),
        (KargoPolicy(Selection.LEXICAL, constraint="^1"), "v1.10.0"),  # ignores its constraint
        (KargoPolicy(Selection.DIGEST, "latest", ignore=("latest",)), "latest"),
    ],
)
def test_the_first_of_what_is_discovered(policy: KargoPolicy, tag: str) -> None:
    """As Kargo sorts and filters, whatever the order of the list."""
    for listed in (TAGS, TAGS[::-1]):
        assert policy.elect(listed) == Elected(tag)
    assert policy.objection(tag) == ""


def test_equal_versions_go_by_name() -> None:
    """The tie is broken, and never a coin toss."""
    for listed in permutations(["1.0.0", "v1.0.0", "0.9.0"]):
        assert KargoPolicy().elect(listed) == Elected("v1.0.0", equals=("1.0.0",))


@pytest.mark.parametrize(
    ("policy", "election"),
    [
        (KargoPolicy(Selection.NEWEST_BUILD), Unknown),
        (KargoPolicy(Selection.DIGEST), Broken),
        (KargoPolicy(constraint="what"), Broken),
        (KargoPolicy(allow=("(",)), Broken),
        (KargoPolicy(Selection.DIGEST, "stable"), Nothing),
        (KargoPolicy(Selection.LEXICAL, allow=("^x",)), Nothing),
    ],
)
def test_what_gives_no_tag(policy: KargoPolicy, election: type[object]) -> None:
    """Each for its own reason; a policy that discovers nothing objects to every tag."""
    assert isinstance(policy.elect(TAGS), election)
    if election is Broken:
        assert all(map(policy.objection, TAGS))


@pytest.mark.parametrize("tag", ["1.2", "01.2.3", "20260528-182833-000042", "main"])
def test_what_is_no_version_is_told(tag: str) -> None:
    """Strict versions have three numbers; a deploy tag by time is none."""
    assert "is no version" in KargoPolicy().objection(tag)


def test_what_warehouses_say() -> None:
    """Each image subscription is a follower, with its settings of old and of now."""
    files = {"warehouses.yaml": (FOLDER / "warehouses.yaml").read_text()}
    assert may_follow_images(files["warehouses.yaml"])
    found = read_manifests(files)
    assert [(w.name, w.controller, w.elector.policy.summary) for w in found.watches] == [
        ("demo/shop/ghcr.io/acme/app", "kargo", r"Lexical among ^\d{8}-\d{6}-\d{6}$ without ^2020"),
        ("demo/shop/ghcr.io/acme/worker", "kargo", "SemVer ^1.0.0"),
        ("demo/older/ghcr.io/acme/embeddings", "kargo", "NewestBuild among ^rel- without latest"),
        ("demo/older/localhost:5000/app", "kargo", "Digest latest"),
        ("demo/together/ghcr.io/acme/a", "kargo", "not known"),
        ("demo/together/ghcr.io/acme/b", "kargo", "not known"),
    ]
    assert [remark.text for remark in found.remarks] == [
        "Kargo 1.11 and newer refuse allowTags: write allowTagsRegexes",
        "Kargo 1.11 and newer refuse ignoreTags: write ignoreTagsRegexes",
    ]
    app = Repository.parse("ghcr.io/acme/app")
    watch = found.watch(app)
    assert watch is not None
    assert watch.elector.policy.elect(
        ["20260101-000000-000001", "20270101-000000-000001", "latest"]
    ) == Elected("20270101-000000-000001")


def test_freight_made_by_hand_is_told() -> None:
    """Nothing rolls out by itself then, and that is said."""
    found = read_manifests({"warehouses.yaml": (FOLDER / "warehouses.yaml").read_text()})
    embeddings = Repository.parse("ghcr.io/acme/embeddings")
    told = concerns(found, {"embeddings": embeddings}, "embeddings", found.watch(embeddings))
    assert "makes no Freight by itself" in told[0].message
