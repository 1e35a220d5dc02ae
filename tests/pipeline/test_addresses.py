"""An image is a build: which publishes carry one, whatever repositories and tags it goes to."""

from __future__ import annotations

import pytest

from wholeship.verdict.check import study_of


def names(text: str) -> dict[str, tuple[str, ...]]:
    case = study_of(text, "w.yml").cases[0]
    return {image.name: tuple(str(each.stem) for each in image.tags) for image in case.images}


def matrix(tags: str, *, values: str = "[cart, pay]", context: str = "${{ matrix.n }}") -> str:
    return (
        "on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n"
        f"    strategy: {{matrix: {{n: {values}}}}}\n    steps:\n"
        "      - uses: docker/build-push-action@v6\n"
        f"        with: {{push: true, context: '{context}', tags: '{tags}'}}\n"
    )


def script(lines: str) -> str:
    body = "".join(f"          {line}\n" for line in lines.split("\n"))
    return f"on: push\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{body}"


def test_a_shared_repository_does_not_melt_images() -> None:
    """Two builds that each have a repository of their own are two, though both also tag a third one."""
    text = matrix("r.io/a/${{ matrix.n }}:${{ github.sha }},r.io/all:${{ matrix.n }}-${{ github.sha }}")
    assert names(text) == {
        "cart": ("{github.sha}", "{github.sha}"),
        "pay": ("{github.sha}", "{github.sha}"),
    }


@pytest.mark.parametrize(
    "tags",
    ["r.io/shop:${{ github.sha }}-${{ matrix.n }}", "r.io/shop:${{ matrix.n }}-${{ github.sha }}"],
)
def test_images_of_one_repository_are_told_apart_by_a_part_of_the_tag(tags: str) -> None:
    """They are several images of one release, whose tag is what they have in common."""
    assert names(matrix(tags)) == {"shop (cart)": ("{github.sha}",), "shop (pay)": ("{github.sha}",)}


def test_a_moving_tag_follows_the_release_of_its_image() -> None:
    """``latest-cart`` is of the image that is also ``SHA-cart``."""
    tags = "r.io/shop:${{ github.sha }}-${{ matrix.n }},r.io/shop:latest-${{ matrix.n }}"
    assert names(matrix(tags))["shop (pay)"] == ("{github.sha}", "latest")


def test_platforms_of_one_image_are_no_images() -> None:
    """A part of the tag that names an architecture tells nothing apart."""
    text = matrix("r.io/app:${{ github.sha }}-${{ matrix.n }}", values="[amd64, arm64]", context=".")
    assert list(names(text)) == ["app"]


def test_one_build_under_two_tags_is_one_image() -> None:
    """What one build pushes is one image, and so is the same local build under another name."""
    same = script(
        "docker build -t r.io/app:$GITHUB_SHA .\ndocker push r.io/app:$GITHUB_SHA\n"
        "docker tag r.io/app:$GITHUB_SHA r.io/app:dev-$GITHUB_SHA\ndocker push r.io/app:dev-$GITHUB_SHA"
    )
    assert list(names(same)) == ["app"]
    other = script(
        "docker build -t r.io/app:$GITHUB_SHA .\ndocker push r.io/app:$GITHUB_SHA\n"
        "docker build -t r.io/app:slim-$GITHUB_SHA -f slim .\ndocker push r.io/app:slim-$GITHUB_SHA"
    )
    assert list(names(other)) == ["app", "app (slim)"]


def test_a_tag_that_holds_a_leg_known_only_in_the_run_is_several_images() -> None:
    """Nothing is said of how many; it is never one."""
    text = matrix("r.io/shop:${{ github.sha }}-${{ matrix.n }}", values="'${{ fromJSON(vars.N) }}'")
    assert [image.several for image in study_of(text, "w.yml").cases[0].images] == [True]


CALLED = """on: {workflow_call: {inputs: {n: {type: string}}}}
jobs:
  p:
    runs-on: ubuntu-latest
    steps:
      - run: docker push r.io/a/${{ format(vars.PATTERN, inputs.n) }}:$GITHUB_SHA
"""


def test_one_expression_under_other_inputs_is_another_text() -> None:
    """A called workflow used twice with other inputs publishes two images, whatever the expression says."""
    text = (
        "on: push\njobs:\n"
        "  a: {uses: ./.github/workflows/c.yml, with: {n: api}}\n"
        "  b: {uses: ./.github/workflows/c.yml, with: {n: web}}\n"
    )

    def repository(path: str) -> str | None:
        return CALLED if path == ".github/workflows/c.yml" else None

    case = study_of(text, ".github/workflows/w.yml", repository).cases[0]
    assert [image.name.rpartition(" = ")[2] for image in case.images] == ["api}", "web}"]


def test_a_name_that_all_builds_overwrite_joins_nothing() -> None:
    """Each build has a repository of its own; what they overwrite besides makes them no one."""
    text = matrix("r.io/a/${{ matrix.n }}:${{ github.sha }},q.io/target:latest")
    assert list(names(text)) == ["cart", "pay"]


def test_a_siblings_tag_that_is_not_copied_on_is_the_release() -> None:
    """Three of four get a shorter spelling of it afterwards: that makes no candidates of theirs."""
    text = script(
        "for i in hub member installer; do\n  docker buildx build --push -t r.io/$i:$GITHUB_SHA $i\ndone\n"
        "for i in hub member; do\n"
        "  docker buildx imagetools create -t r.io/$i:$GITHUB_RUN_ID r.io/$i:$GITHUB_SHA\ndone"
    )
    assert {name for name, stems in names(text).items() if "{github.sha}" in stems} == {
        "hub",
        "member",
        "installer",
    }


def test_candidates_are_copied_by_what_comes_after_them() -> None:
    """Legs that each join and copy their own are no candidates of each other: nothing vanishes."""
    legs = (
        "on: {workflow_dispatch: {inputs: {rel: {type: string}}}}\njobs:\n"
        "  merge:\n    runs-on: ubuntu-latest\n"
        "    strategy: {matrix: {os: [alpine, debian]}}\n    steps:\n      - run: |\n"
        "          docker buildx imagetools create -t r.io/api:${{ inputs.rel }}-${{ matrix.os }} "
        "$(printf 'r.io/api@sha256:%s ' *)\n"
        "      - if: matrix.os == 'debian'\n        run: |\n"
        "          docker buildx imagetools create -t r.io/api:${{ inputs.rel }} "
        "r.io/api:${{ inputs.rel }}-${{ matrix.os }}\n"
    )
    assert list(names(legs)) == ["api (alpine)", "api"]
