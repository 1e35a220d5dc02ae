"""What sightings add up to; the law that whatever is written is accepted."""

from __future__ import annotations

import os
import string
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.release.init.test_patterns import policy
from wholeship.core.yamls import Mapping, Scalar, read_yaml
from wholeship.release.config import Overrides, parse_config
from wholeship.release.init.draft import draft
from wholeship.release.init.images import LIMIT
from wholeship.release.init.sightings import Policy, SeenImage, Sightings
from wholeship.release.init.tagging import SeenTag
from wholeship.release.init.writing import checked_text, text_of, yaml_scalar
from wholeship.texts.template import Template

HERE = Path("wholeship.yaml")
ANY = st.text(max_size=30)
WORDS = st.text(string.ascii_lowercase + string.digits + "._-/:${}A ", max_size=20)
NAMES = st.sampled_from(["app", "app", "worker", "App", "a.b", "", "-x", "Ä", "yes", "012", "a\nb"])
REPOSITORIES = st.sampled_from(
    [
        "",
        "ghcr.io/acme/app",
        "ghcr.io/acme/worker",
        "ghcr.io/other/app",
        "app",
        "acme/app",
        "a b",
        "localhost:1/x",
    ]
)

PLATFORMS = st.sampled_from(["linux/amd64", "linux/arm64", "bad", "a/b/c/d"])
TAGS = st.builds(
    SeenTag,
    st.text(max_size=30),
    st.sampled_from(["latest", "{semver}", "{minor}", "{sha}", "{date}", "{branch}-{time}", ""]),
    st.booleans(),
    st.sampled_from(["", "two runs within one day make the same tag"]),
    st.sampled_from(["push", "release", "manual", "called"]),
    st.text(max_size=30),
)


@st.composite
def seen(draw: st.DrawFn) -> SeenImage:
    return SeenImage(
        name=draw(NAMES | ANY),
        where=draw(ANY),
        context=draw(st.sampled_from([".", "app", "a b", ""]) | WORDS | ANY),
        dockerfile=draw(st.sampled_from(["Dockerfile", "app/Dockerfile", ""]) | WORDS | ANY),
        target=draw(WORDS | ANY),
        args=draw(st.dictionaries(WORDS | ANY, WORDS | ANY, max_size=3)),
        secrets=draw(st.tuples(ANY) | st.just(())),
        platforms=tuple(draw(st.lists(PLATFORMS | ANY, max_size=3))),
        repository=draw(REPOSITORIES | ANY),
        tags=tuple(draw(st.lists(TAGS, max_size=3))),
        scenarios=draw(st.sampled_from([(), ("push",), ("push", "release"), ("manual",)])),
        left=draw(st.tuples(ANY) | st.just(())),
        mirrors=tuple(draw(st.lists(REPOSITORIES | ANY, max_size=2))),
        address=Template.of(draw(REPOSITORIES | ANY)),
        how=draw(ANY),
        workflow=draw(st.sampled_from(["", "w.yml", "x.yml"])),
        environments=draw(st.sampled_from([(), ("production",), ("staging",)])),
        aside=draw(st.sampled_from(["", "Compose starts it with the profile x only"])),
    )


KINDS = st.lists(seen(), max_size=3).map(tuple)
POLICIES = st.lists(
    st.sampled_from([policy(), policy("semver", "1.x"), policy("numerical"), policy(order="desc")]),
    max_size=2,
).map(tuple)


@settings(max_examples=40, deadline=None)
@given(KINDS, KINDS, KINDS, KINDS, POLICIES, ANY, ANY)
def test_whatever_is_written_is_accepted(
    workflows: tuple[SeenImage, ...],
    bake: tuple[SeenImage, ...],
    built: tuple[SeenImage, ...],
    files: tuple[SeenImage, ...],
    policies: tuple[Policy, ...],
    source: str,
    folder: str,
) -> None:
    """Any sightings give a file that `plan` reads, with the images and the watched one that were decided."""
    found = draft(
        Sightings(
            published=workflows,
            bake=bake,
            compose=built,
            dockerfiles=files,
            inner=built[:1],
            policies=policies,
            source=source,
            folder=folder,
            scripts=(folder,),
            remarks=(source,),
        )
    )
    if found is None:
        return
    text = checked_text(found, HERE)
    config = parse_config(text, HERE, Overrides())
    assert list(config.images) == [image.name for image in found.images]
    assert config.watched == found.watched
    assert config.also_watched == found.also_watched
    assert config.gates == ()
    for image in found.images:
        written = config.images[image.name]
        assert written.context == Path(image.context)
        assert os.path.normpath(written.dockerfile) == os.path.normpath(image.dockerfile)
        assert dict(written.args) == dict(image.args)


@given(ANY | WORDS)
def test_scalars_survive(text: str) -> None:
    """Any text, written as a scalar, is read back as it was; half of a surrogate pair is replaced."""
    node = read_yaml(f"{{k: [{yaml_scalar(text)}], {yaml_scalar('n' + text)}: x}}", "f")
    assert isinstance(node, Mapping)
    (_, value), (name, _) = node.entries
    assert not isinstance(value, Scalar)
    (item,) = value.items  # type: ignore[union-attr]
    wanted = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert isinstance(item, Scalar)
    assert item.text == wanted
    assert name.text == "n" + wanted


def test_a_stronger_sighting_counts() -> None:
    """What is pushed decides which images there are and how they are built; nothing is added to a build."""
    found = draft(
        Sightings(
            published=(
                SeenImage(
                    "app", "w.yml", ".", "app/Dockerfile", repository="ghcr.io/acme/app", scenarios=("push",)
                ),
            ),
            compose=(
                SeenImage("app", "compose.yaml", ".", "app/Dockerfile", args={"A": "1"}),
                SeenImage("docs", "compose.yaml", "docs", "docs/Dockerfile"),
            ),
            files=frozenset({"app/Dockerfile"}),
        )
    )
    assert found is not None
    (image,) = found.images
    assert (image.name, dict(image.args)) == ("app", {})
    assert list(map(str, found.left_out)) == ["docs/Dockerfile (compose.yaml): no push of it was seen"]


def test_several_dockerfiles_for_one_repository() -> None:
    """Images that only their tags tell apart get repositories of their own, and the file says so."""
    found = draft(
        Sightings(
            published=tuple(
                SeenImage(
                    "demo",
                    "w.yml",
                    ".",
                    f"src/{n}/Dockerfile",
                    repository="ghcr.io/otel/demo",
                    scenarios=("push",),
                )
                for n in ("cart", "ad", "cart")
            )
        )
    )
    assert found is not None
    assert [(i.name, i.dockerfile) for i in found.images] == [
        ("demo", "src/cart/Dockerfile"),
        ("ad", "src/ad/Dockerfile"),
    ]
    assert "its tags in ghcr.io/otel/demo" in " ".join(found.images[1].remarks)


def test_the_policy_names_the_watched_image() -> None:
    """The image whose repository a policy follows is watched, wherever it stands in the list."""
    found = draft(
        Sightings(
            compose=(
                SeenImage("web", "c", repository="ghcr.io/acme/web"),
                SeenImage("app", "c", repository="ghcr.io/acme/app"),
            ),
            policies=(policy(),),
        )
    )
    assert found is not None
    assert found.watched == "app"
    assert found.policy is not None


def test_a_suspended_policy_gives_way() -> None:
    """Of several, one that is active, then the one that most manifests are driven by."""
    from dataclasses import replace

    one, two, three = (
        policy(),
        replace(policy(), name="b", drives=3),
        replace(policy(), name="c", suspended=True),
    )
    found = draft(Sightings(dockerfiles=(SeenImage("app", "Dockerfile"),), policies=(three, one, two)))
    assert found is not None
    assert found.policy is two
    assert "name: b" in text_of(found)


def test_an_alias_that_the_policy_would_take_is_left_out() -> None:
    """`latest` beats digits in alphabetical order: it is left out, and the file says why."""
    sightings = Sightings(
        published=(
            SeenImage(
                "app",
                "w.yml",
                repository="ghcr.io/acme/app",
                tags=(SeenTag("latest", "latest"),),
                scenarios=("push",),
            ),
        ),
        policies=(policy(),),
    )
    found = draft(sightings)
    assert found is not None
    assert found.aliases == {}
    assert found.left_aliases == ("latest",)
    assert "LEFT OUT: latest" in text_of(found)


def test_a_policy_that_no_tag_fits_is_said_loudly() -> None:
    """When no form fits, the file says what to change, and how."""
    found = draft(Sightings(dockerfiles=(SeenImage("app", "Dockerfile"),), policies=(policy(order="desc"),)))
    assert found is not None
    assert not found.form_fits
    assert "CHANGE THIS, OR THE POLICY" in text_of(found)


def test_there_is_an_end_to_images() -> None:
    """A repository with hundreds of Dockerfiles gives a file of a size that people read."""
    many = tuple(SeenImage(f"i{n}", "c", ".", f"{n}/Dockerfile") for n in range(LIMIT + 50))
    found = draft(Sightings(dockerfiles=many))
    assert found is not None
    assert len(found.images) == LIMIT
