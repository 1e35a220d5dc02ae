"""Images that need images: what a context is, in which order they are built, and that no ring is one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.errors import BadConfig, BadInput
from wholeship.release.config import Overrides, ReleaseConfig, parse_config
from wholeship.release.contexts import find_cycle, in_order_of_need, is_folder, is_url, read_context, targets

NAMES = st.sampled_from("abcdef")
NEEDS = st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=4), max_size=6)


def config(images: str) -> ReleaseConfig:
    text = f"registry: ghcr.io/acme\nimages: {images}\nwatched: app\ngates: none\n"
    return parse_config(text, Path("wholeship.yaml"), Overrides())


def mistakes(images: str) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        config(images)
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("target:base", "target:base"),
        ("service:base", "target:base"),  # Compose's word for the same
        ("docker-image://alpine:3.20", "docker-image://alpine:3.20"),
        ("https://github.com/acme/lib.git#main", "https://github.com/acme/lib.git#main"),
        ("git@github.com:acme/lib.git", "git@github.com:acme/lib.git"),
        ("../shared", "../shared"),
    ],
)
def test_contexts_as_in_bake_and_compose(text: str, meant: str) -> None:
    """Each spelling of Bake and Compose has one meaning here."""
    assert read_context(text) == meant
    assert sum([meant.startswith(("target:", "docker-image://")), is_url(meant), is_folder(meant)]) == 1


@pytest.mark.parametrize(
    "text", ["", "target:", "docker-image://", "-x", "a\nb", "oci-layout://x", "ftp://x/y"]
)
def test_what_is_no_context(text: str) -> None:
    """A context that some builder would read as something else is refused."""
    with pytest.raises(BadInput):
        read_context(text)


def test_a_cycle_is_told_with_its_path() -> None:
    """Images that need each other are refused, with the whole way round."""
    needs = {"app": "base", "base": "lib", "lib": "app"}
    ring = ", ".join(f"{name}: {{contexts: {{x: 'target:{other}'}}}}" for name, other in needs.items())
    assert mistakes(f"{{{ring}}}") == [
        "images.app.contexts: these images need each other: app → base → lib → app"
    ]
    assert mistakes("{app: {contexts: {x: 'target:app'}}}") == ["images.app.contexts: app needs itself"]


def test_an_unknown_image_is_told_with_the_near_one() -> None:
    """A name that no image has is a mistake, at its place."""
    assert mistakes("{app: {contexts: {b: 'target:bas'}}, base: {}}") == [
        "images.app.contexts.b: there is no image bas"
    ]


def test_the_release_s_own_annotations_stay_its_own() -> None:
    """An image is held to its release by its revision: nobody else may write that one."""
    told = mistakes("{app: {annotations: {org.opencontainers.image.revision: main, org.acme.team: shop}}}")
    assert told == ["images.app.annotations: org.opencontainers.image.revision is the release's own"]


@given(NEEDS)
def test_an_order_exists_just_where_there_is_no_cycle(needs: dict[str, list[str]]) -> None:
    """A cycle that is named is one; where none is, every image comes after all that it needs."""
    cycle = find_cycle(needs)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(after in needs[before] for before, after in itertools.pairwise(cycle))
        return
    order = in_order_of_need("abcdef", needs)
    assert sorted(order) == list("abcdef")
    for name, others in needs.items():
        assert all(order.index(other) < order.index(name) for other in others)


@given(NEEDS)
def test_without_needs_the_order_stays(needs: dict[str, list[str]]) -> None:
    """What needs nothing keeps its place among its like."""
    assert in_order_of_need("fedcba", {}) == tuple("fedcba")
    assert targets({name: f"target:{name}" for name in needs}) == tuple(needs)
