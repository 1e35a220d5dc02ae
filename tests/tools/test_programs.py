from __future__ import annotations

import pytest

from tests.tools.words import line


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("docker push r/app", ["push: r/app:latest from r/app"]),
        ("docker push r/app:1", ["push: r/app:1 from r/app:1"]),
        ("docker push -q r/app:1", ["push: r/app:1 from r/app:1"]),
        ("docker image push r/app:1", ["push: r/app:1 from r/app:1"]),
        ("docker push localhost:5000/app", ["push: localhost:5000/app:latest from localhost:5000/app"]),
        ("docker push --all-tags r/app", ["push: r/app:{every local tag}? from r/app"]),
        ("docker push {image}", ["push: {image}:{tag in image}? from {image}"]),
        ("docker -H x push r/app:{!sha}", ["push: r/app:{sha} from r/app:{sha}"]),
        ("docker tag a r/app:1", ["tag: a as r/app:1"]),
        ("docker build -t r/app:1 .", ["local: r/app:1 of ."]),
        ("docker build -t r/app:1 -f docker/app/Dockerfile .", ["local: r/app:1 of docker/app/Dockerfile"]),
        ("docker build --push -t r/app:1 .", ["build: r/app:1"]),
        ("docker buildx build --push -t r/a:1 -t r/a:2 .", ["build: r/a:1 r/a:2"]),
        (
            "docker buildx build --platform linux/amd64,linux/arm64 --push -t r/a:1 .",
            ["build: r/a:1 on linux/amd64,linux/arm64"],
        ),
        ("docker buildx build -o type=registry -t r/a:1 .", ["build: r/a:1"]),
        ("docker buildx build -o type=image,name=r/a:1,push=true .", ["build: r/a:1"]),
        ("docker buildx build -o type=image,name=r/a,push-by-digest=true,push=true .", ["build: r/a"]),
        ("docker buildx build --load -t a .", ["local: a of ."]),
        ("docker buildx build --push={flag} -t r/a:1 .", ["build: r/a:1 maybe", "local: r/a:1 of ."]),
        (
            "docker buildx build --cache-to type=registry,ref=r/cache:a -t a .",
            ["build: r/cache:a cache", "local: a of ."],
        ),
        ("docker buildx build --call check .", ["lint:"]),
        ("docker buildx imagetools create -t r/a:1 r/a@{?digest}", ["copy: r/a:1 from r/a@{digest}"]),
        ("docker buildx imagetools create --dry-run -t r/a:1 r/a:2", []),
        ("docker buildx imagetools inspect r/a:1", []),
        ("docker run quay.io/skopeo/stable copy docker://r/a:1 docker://r/b:1", ["copy: r/b:1 from r/a:1"]),
        ("docker run -v .:/w gcr.io/kaniko-project/executor:v1 --destination r/a:1", ["build: r/a:1"]),
        ("parallel docker push ::: a", ["opaque: parallel docker push ::: a, a program that is not known"]),
        ("docker manifest create r/a:1 r/a:1-amd64", ["tag: r/a:1-amd64 as r/a:1"]),
        ("docker manifest push r/a:1", ["index: r/a:1 from r/a:1"]),
        ("docker login ghcr.io -u x --password-stdin", ["login: ghcr.io"]),
        ("docker run --rm --network none -v a:b worker:smoke self-check", ["smoke: worker:smoke"]),
        ("docker pull r/a", []),
        ("docker compose up -d", []),
        ("docker compose run app test", ["smoke:"]),
        ("nerdctl push r/a:1", ["push: r/a:1 from r/a:1"]),
        ("depot build --push -t r/a:1 .", ["build: r/a:1"]),
        ("buildctl build --output type=image,name=r/a:1,push=true", ["build: r/a:1"]),
        ("podman push r/a:1", ["push: r/a:1 from r/a:1"]),
        ("podman push a docker://r/a:1", ["push: r/a:1 from a"]),
        ("podman push a dir:/tmp/x", []),
        ("podman build -t a .", ["local: a of ."]),
        ("buildah bud -t a -f Containerfile .", ["local: a of Containerfile"]),
        ("buildah manifest push --all r/a:1", ["index: r/a:1 from r/a:1"]),
        ("skopeo copy docker://r/a@{?d} docker://r/a:1", ["copy: r/a:1 from r/a@{d}"]),
        ("skopeo copy --all docker-archive:x.tar docker://r/a:1", ["push: r/a:1 from docker-archive:x.tar"]),
        ("skopeo copy docker://r/a:1 oci:out", []),
        ("skopeo sync --src docker --dest docker a b", ["opaque push: skopeo sync"]),
        ("crane copy r/a:1 r/a:2", ["copy: r/a:2 from r/a:1"]),
        ("crane tag r/a@{?d} 1", ["copy: r/a:1 from r/a@{d}"]),
        ("crane push x.tar r/a:1", ["push: r/a:1 from x.tar"]),
        ("crane mutate --label a=b --env C=d r/a:1", ["copy: r/a:1 from r/a:1"]),
        ("crane digest r/a:1", []),
        ("regctl image copy r/a:1 r/a:2", ["copy: r/a:2 from r/a:1"]),
        ("regctl index create r/a:1 --ref r/a:amd64", ["index: r/a:1 from r/a:amd64"]),
        ("oras tag r/a:1 2 3", ["copy: r/a:2 r/a:3 from r/a:1"]),
        ("oras push r/files:1 x", ["attach: r/files:1"]),
        ("cosign sign r/a@{?d}", ["attach: r/a"]),
        ("helm push chart.tgz oci://r/charts", ["attach: r/charts/chart:{chart version}?"]),
        ("pack build r/a:1 --publish", ["build: r/a:1"]),
        ("pack build a", []),
        ("executor --destination r/a:1 --context .", ["build: r/a:1"]),
        ("executor --destination r/a:1 --no-push", []),
        ("mvn jib:build -Djib.to.image=r/a:1", ["build: r/a:1"]),
        ("mvn jib:build", ["opaque push: an image plug-in whose target is in the build files"]),
        ("mvn jib:dockerBuild", []),
        ("gradle bootBuildImage --publishImage --imageName=r/a:1", ["build: r/a:1"]),
        ("./gradlew check", ["test:"]),
        ("earthly --push +all", ["opaque push: an Earthfile"]),
        ("skaffold build", ["opaque push: skaffold, whose images are in skaffold.yaml"]),
        ("gcloud builds submit --tag gcr.io/p/a:1", ["build: gcr.io/p/a:1"]),
        ("az acr build -r me --image a:1 .", ["build: me.azurecr.io/a:1"]),
        ("bazel run //app:push", ["opaque push: a Bazel target"]),
        ("bazel build //...", []),
        ("pytest -q", ["test:"]),
        ("npm test", ["test:"]),
        ("go test ./...", ["test:"]),
        ("ruff check .", ["lint:"]),
        ("trivy image r/a:1", ["scan: r/a:1 (cannot fail)"]),
        ("trivy image --exit-code 1 r/a:1", ["scan: r/a:1"]),
        ("grype r/a:1 --fail-on high", ["scan: r/a:1"]),
        ("./scripts/push-images.sh", ["opaque: ./scripts/push-images.sh, which could not be followed"]),
        ("python tools/release.py", ["opaque: tools/release.py, which could not be followed"]),
        ("make publish", ["opaque: make publish, which could not be followed"]),
        ("make build", []),
        ("npm ci", []),
        ("{program} x", ["opaque: a command that is only known at run time: {program} x"]),
        ("ls -la", []),
        ("make install-test-tools", []),
        ("make unit-test", ["test:"]),
    ],
)
def test_what_a_command_line_does(text: str, effects: list[str]) -> None:
    """Each program's way to publish, copy, build or test is known; code that may publish is named."""
    assert line(text) == effects


def test_ko_pushes_where_its_variable_says() -> None:
    """``ko build`` pushes by default, under ``latest``; ``ko.local`` keeps the image here."""
    assert line("ko build ./cmd/app", KO_DOCKER_REPO="r") == ["build: r/app:latest"]
    assert line("ko build --bare -t 1,2 ./cmd/app", KO_DOCKER_REPO="r/a") == ["build: r/a:1 r/a:2"]
    assert line("ko build ./cmd/app", KO_DOCKER_REPO="ko.local") == []


def test_ko_builds_an_image_for_each_path() -> None:
    """One after the other; values of flags are no paths; images that manifests name are said to be unread."""
    both = ["build: r/app:1", "build: r/worker:1"]
    assert line("ko build -B -t 1 ./cmd/app ./cmd/worker", KO_DOCKER_REPO="r") == both
    assert line("ko build --image-label a=b --jobs 4 -t 1 ./cmd/app ./cmd/worker", KO_DOCKER_REPO="r") == both
    assert line("ko resolve -f config/", KO_DOCKER_REPO="r") == [
        "opaque push: ko, with the images that the manifests name"
    ]


COMPOSE = """
services:
  app: {build: {context: app, platforms: [linux/amd64, linux/arm64]}, image: "r/app:${TAG:-dev}"}
  db: {image: postgres}
  web: {build: web, image: r/web:1}
"""


def test_compose_pushes_what_it_builds() -> None:
    """``compose push`` pushes services that are built here, under the names in the file."""
    files = {"compose.yaml": COMPOSE}
    assert line("docker compose push", files, TAG="1") == [
        "push: r/app:1 on linux/amd64,linux/arm64",
        "push: r/web:1",
    ]
    assert line("docker compose push web", files) == ["push: r/web:1"]
    assert line("docker compose build", files) == ["local: r/app:dev of app", "local: r/web:1 of web"]
    assert line("docker compose -f missing.yml push") == [
        "opaque push: a Compose file that could not be read: there is no file missing.yml"
    ]


BAKE = """
variable "TAG" { default = "dev" }
group "default" { targets = ["app", "worker"] }
target "base" { platforms = ["linux/amd64", "linux/arm64"] }
target "app" { inherits = ["base"]  dockerfile = "app/Dockerfile"  tags = ["r/app:${TAG}"] }
target "worker" { tags = ["r/worker:${TAG}", "r/worker:latest"] }
target "files" { output = ["type=local,dest=out"] }
target "many" {
  name = "many-${flavour}"
  matrix = { flavour = ["x", "y"] }
  tags = ["r/many:${flavour}"]
}
"""


def test_bake_pushes_each_target_as_it_finishes() -> None:
    """``bake --push`` writes any subset of its targets, with variables, inheritance and matrices resolved."""
    files = {"docker-bake.hcl": BAKE}
    assert line("docker buildx bake --push", files, TAG="1") == [
        "bake: r/app:1 on linux/amd64,linux/arm64 any",
        "bake: r/worker:1 r/worker:latest any",
    ]
    assert line("docker buildx bake --push many", files) == ["bake: r/many:x any", "bake: r/many:y any"]
    assert line("docker buildx bake --push files", files) == ["local:  of ."]
    assert line("docker buildx bake --push --set *.tags=r/x:1 worker", files) == ["bake: r/x:1 any"]
    assert line("docker buildx bake", files) == [
        "local: r/app:dev of app/Dockerfile",
        "local: r/worker:dev r/worker:latest of .",
    ]
    assert line("docker buildx bake --print --push", files) == []
    assert line("docker buildx bake --push") == [
        "opaque push: a bake file that could not be read: there is no bake file"
    ]


def test_goreleaser_on_a_command_line_is_read_as_by_its_action() -> None:
    """The configuration says what is pushed; of a snapshot nothing is; without one nobody knows."""
    files = {".goreleaser.yml": "dockers_v2: [{images: [r/a, r/b], tags: ['{{ .Tag }}']}]\n"}
    names = {"REF_KIND": "tag", "REF_NAME": "v1"}
    assert line("goreleaser release --clean", files, **names) == ["build: r/a:v1 r/b:v1"]
    assert line("goreleaser release --snapshot", files, **names) == ["local:  of ."]
    assert line("goreleaser build", files) == []
    [unread] = line("goreleaser continue --merge")
    assert unread.startswith("opaque: a goreleaser configuration that could not be read")
