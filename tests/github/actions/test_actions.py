from __future__ import annotations

import pytest

from tests.tools.words import call, said
from wholeship.pipeline.trigger import RefClass

BUILD = "docker/build-push-action"


@pytest.mark.parametrize(
    ("inputs", "effects"),
    [
        ({"push": "true", "tags": "r/a:1"}, ["build: r/a:1"]),
        ({"push": "true", "tags": "r/a:1\nr/a:2,r/b:1"}, ["build: r/a:1 r/a:2 r/b:1"]),
        ({"push": "false", "load": "true", "tags": "a"}, ["local: a of git"]),
        ({"tags": "r/a:1"}, ["local: r/a:1 of git"]),
        ({"push": "{input}", "tags": "r/a:1"}, ["build: r/a:1 maybe", "local: r/a:1 of git"]),
        ({"push": "true", "load": "true", "tags": "r/a:1"}, ["build: r/a:1", "local: r/a:1 of git"]),
        ({"outputs": "type=registry", "tags": "r/a:1"}, ["build: r/a:1"]),
        (
            {"outputs": "type=image,name=r/a,push-by-digest=true,name-canonical=true,push=true"},
            ["build: r/a"],
        ),
        ({"outputs": 'type=image,"name=r/a,r/b",push=true'}, ["build: r/a:latest r/b:latest"]),
        (
            {"push": "true", "platforms": "linux/amd64,linux/arm64", "tags": "r/a:1"},
            ["build: r/a:1 on linux/amd64,linux/arm64"],
        ),
        (
            {"cache-to": "type=registry,ref=r/cache:a,mode=max", "tags": "a"},
            ["build: r/cache:a cache", "local: a of git"],
        ),
        ({"cache-to": "type=gha", "push": "true", "tags": "r/a:1"}, ["build: r/a:1"]),
        ({"call": "check"}, ["lint:"]),
    ],
)
def test_build_push_action(inputs: dict[str, str], effects: list[str]) -> None:
    """It pushes when ``push`` is true or an exporter pushes, and leaves a local image otherwise."""
    assert said(call(BUILD, inputs).effects) == effects


def test_forks_are_known_by_their_inputs() -> None:
    """An action that takes the inputs of build-push-action is read as one."""
    inputs = {"push": "true", "tags": "r/a:1", "context": "."}
    for name in ("depot/build-push-action", "someone/build-and-push-fork"):
        assert said(call(name, inputs).effects) == ["build: r/a:1"]


@pytest.mark.parametrize(
    ("action", "inputs", "effects"),
    [
        ("docker/login-action", {"registry": "ghcr.io"}, ["login: ghcr.io"]),
        ("docker/login-action", {}, ["login: docker.io"]),
        ("docker/setup-qemu-action", {}, ["emulate"]),
        ("docker/setup-buildx-action", {}, []),
        ("actions/checkout", {"token": "secrets.PAT"}, []),
        (
            "redhat-actions/push-to-registry",
            {"registry": "quay.io/x", "image": "a", "tags": "1 2"},
            ["push: quay.io/x/a:1 quay.io/x/a:2 from a"],
        ),
        ("redhat-actions/buildah-build", {"image": "a", "tags": "1"}, ["local: a:1 of ."]),
        ("elgohr/publish-docker-github-action", {"name": "x/a", "tags": "1,2"}, ["build: x/a:1 x/a:2"]),
        ("elgohr/publish-docker-github-action", {"name": "x/a"}, ["build: x/a:latest"]),
        ("elgohr/publish-docker-github-action", {"name": "x/a", "no_push": "true"}, []),
        (
            "mr-smithers-excellent/docker-build-push",
            {"image": "a", "registry": "ghcr.io", "tags": "1", "addLatest": "true", "addlatest": "true"},
            ["build: ghcr.io/a:1 ghcr.io/a:latest"],
        ),
        ("whoan/docker-build-with-cache-action", {"image_name": "x/a", "image_tag": "1"}, ["build: x/a:1"]),
        (
            "akhilerm/tag-push-action",
            {"src": "r/a:1", "dst": "r/a:2\nr/b:2"},
            ["copy: r/a:2 r/b:2 from r/a:1"],
        ),
        (
            "int128/docker-manifest-create-action",
            {"tags": "r/a:1", "sources": "r/a@{?d1}\nr/a@{?d2}"},
            ["index: r/a:1 from r/a@{d1} r/a@{d2}"],
        ),
        (
            "actions/attest-build-provenance",
            {"subject-name": "r/a", "push-to-registry": "true"},
            ["attach: r/a"],
        ),
        ("aquasecurity/trivy-action", {"image-ref": "r/a:1"}, ["scan: r/a:1 (cannot fail)"]),
        ("aquasecurity/trivy-action", {"image-ref": "r/a:1", "exit-code": "1"}, ["scan: r/a:1"]),
        ("anchore/scan-action", {"image": "r/a:1", "fail-build": "false"}, ["scan: r/a:1 (cannot fail)"]),
        (
            "acme/publish-images",
            {"registry": "r", "password": "secrets.TOKEN"},
            ["opaque: the action acme/publish-images is not known"],
        ),
        ("acme/notify-slack", {"password": "secrets.TOKEN"}, []),
        ("codecov/codecov-action", {"token": "secrets.CODECOV"}, []),
    ],
)
def test_what_an_action_does(action: str, inputs: dict[str, str], effects: list[str]) -> None:
    """Each known family is read by its own inputs; an unknown one that could push is named."""
    assert said(call(action, inputs).effects) == effects


GORELEASER = """
dockers:
  - image_templates: ["r/a:{{ .Version }}", "r/a:latest"]
docker_manifests:
  - name_template: "r/a:{{ .Tag }}"
"""


def test_goreleaser_is_read_from_its_configuration() -> None:
    """A release pushes the images of the configuration; a snapshot none; a missing file is named."""
    files = {".goreleaser.yml": GORELEASER}
    name = "goreleaser/goreleaser-action"
    assert said(call(name, {"args": "release --clean"}, files=files).effects) == [
        "build: r/a:{goreleaser .Version} r/a:latest",
        "index: r/a:{goreleaser .Tag}",
    ]
    assert said(call(name, {"args": "release --snapshot"}, files=files).effects) == ["local:  of ."]
    assert said(call(name, {"args": "release"}).effects) == [
        "opaque: a goreleaser configuration that could not be read (.goreleaser.yml)"
    ]


def test_each_entry_of_goreleaser_is_an_image_of_its_own() -> None:
    """Several dockers, dockers_v2 and kos are several writes; a hook that may push is named."""
    text = (
        "before: {hooks: [go mod tidy, make push-images]}\n"
        "dockers:\n  - {image_templates: ['r/a:1']}\n  - {image_templates: ['r/b:1'], skip_push: true}\n"
        "dockers_v2:\n  - {id: c, images: [r/c], tags: ['1']}\n"
        "kos:\n  - {repository: r/d, tags: ['1']}\n"
    )
    done = call("goreleaser/goreleaser-action", {"args": "release"}, files={".goreleaser.yml": text})
    assert said(done.effects) == [
        "build: r/a:1",
        "build: r/c:1",
        "build: r/d:1",
        "opaque: a hook of goreleaser: make push-images",
    ]


def test_bake_action_takes_variables_and_targets() -> None:
    """``vars``, ``set`` and ``targets`` decide what one bake run writes."""
    text = 'variable "TAG" {}\ntarget "a" { tags = ["r/a:${TAG}"] }\ntarget "b" { tags = ["r/b:${TAG}"] }'
    files = {"docker-bake.hcl": text}
    done = call("docker/bake-action", {"push": "true", "targets": "a,b", "vars": "TAG=1"}, files=files)
    assert said(done.effects) == ["bake: r/a:1 any", "bake: r/b:1 any"]
    assert said(call("docker/bake-action", {"push": "true", "files": "x.hcl"}).effects) == [
        "opaque push: a bake file that could not be read (x.hcl): there is no file x.hcl in the repository"
    ]


def test_a_login_is_to_the_registry_that_is_named() -> None:
    """ECR's login names its registry in an output."""
    done = call("aws-actions/amazon-ecr-login")
    assert said(done.effects) == ["login: amazonaws.com"]
    assert "registry" in done.outputs


def test_elgohr_tags_by_event() -> None:
    """Without ``tags`` the branch, the git tag or the commit names the image."""
    action, inputs = "elgohr/publish-docker-github-action", {"name": "x/a", "tag_names": "true"}
    assert said(call(action, inputs, ref=RefClass.TAG, name="v1").effects) == ["build: x/a:v1"]
    assert said(call(action, inputs, ref=RefClass.BRANCH, name="dev").effects) == ["build: x/a:dev"]


def test_the_targets_of_a_bake_file_are_known() -> None:
    """A matrix can be made of the targets that bake would build."""
    text = (
        'group "default" { targets = ["web", "app"] }\n'
        'target "app" { contexts = { b = "target:base" } }\ntarget "web" {}\ntarget "base" {}\n'
    )
    files = {"docker-bake.hcl": text}
    action = "docker/bake-action/subaction/list-targets"
    assert call(action, {}, files=files).outputs["targets"].literal == '["app","base","web"]'
    assert call(action, {"target": "web"}, files=files).outputs["targets"].literal == '["web"]'
    assert call(action, {}).outputs["targets"].literal is None
    matrix = call("docker/bake-action/subaction/matrix", {"target": "web"}, files=files).outputs["matrix"]
    assert matrix.literal == '[{"target":"web"}]'
