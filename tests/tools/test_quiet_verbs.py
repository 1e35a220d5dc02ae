"""Modelled programs: what their readers do not know is no silence.

A reader knows the commands that push. Any other is harmless only where the list says so.
"""

from __future__ import annotations

import shlex

import pytest

from wholeship import tools as programs
from wholeship.pipeline.effects import Effect, Opaque, Write
from wholeship.pipeline.publish import Atomicity
from wholeship.texts.template import Template, Value
from wholeship.tools import ALL_PROGRAMS
from wholeship.tools.options import take
from wholeship.tools.quiet_verbs import QUIET_VERBS, READ_IN_FULL
from wholeship.tools.world import World

REPOSITORY = {
    "compose.yaml": "services: {app: {image: r.example/a}}",
    "skaffold.yaml": "build: {artifacts: [{image: r.example/acme/app}]}",
}


def effects(line: str, **names: str) -> tuple[Effect, ...]:
    words = tuple(map(Template.of, shlex.split(line)))
    known = {name: Value.literal_of(text) for name, text in names.items()}
    return programs.effects_of(words, World(REPOSITORY.get, known))


def may_push(line: str, **names: str) -> bool:
    return any(isinstance(each, Opaque | Write) for each in effects(line, **names))


def written(line: str) -> list[str]:
    return [str(r) for each in effects(line) if isinstance(each, Write) for r in each.references]


LISTED = {path[0] for path in QUIET_VERBS} | {"nerdctl", "finch", "gcrane", "bazelisk"}


def test_every_modelled_program_has_its_commands_listed() -> None:
    """A reader comes with the commands that push nothing, or with the reason why it needs no list."""
    assert set(ALL_PROGRAMS) == LISTED | set(READ_IN_FULL)
    assert all(READ_IN_FULL.values())
    assert LISTED.isdisjoint(READ_IN_FULL)


def test_a_command_that_has_commands_of_its_own_is_not_harmless_by_itself() -> None:
    """Where what stands behind a command is listed, the command alone is not: it would cover the rest."""
    assert not [path for path in QUIET_VERBS if path[-1] in QUIET_VERBS.get(path[:-1], ())]


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_command_that_is_not_listed_may_push(name: str) -> None:
    """Whatever the program, a command that nobody has heard of is told."""
    assert may_push(f"{name} anything")
    assert may_push(f"{name} --some-option=x anything else")


@pytest.mark.parametrize("path", sorted(path for path in QUIET_VERBS if len(path) > 1), ids=" ".join)
def test_a_deeper_command_that_is_not_listed_may_push(path: tuple[str, ...]) -> None:
    """Neither does a known command make harmless what stands behind it."""
    assert may_push(f"{' '.join(path)} anything")


@pytest.mark.parametrize(
    "line",
    [
        "docker compose alpha publish r.example/a:1",
        "docker compose publish r.example/a:1",
        "docker model push r.example/a:1",
        "docker app push r.example/a:1",
        "docker container exec c docker push r.example/a:1",
        "docker compose run --rm -v /var/run/docker.sock:/var/run/docker.sock ci release",
        "docker push -aq r.example/acme/app",
        "nerdctl -n k8s.io push r.example/a:1",
        "nerdctl --namespace k8s.io push r.example/a:1",
        "depot push -t r.example/a:1 build",
        "podman farm build -t r.example/a:1 .",
        "podman machine ssh docker push r.example/a:1",
        "podman unshare buildah push r.example/a:1",
        "podman exec c buildah push r.example/a:1",
        "buildah unshare -- buildah push r.example/a:1",
        "buildah run c -- docker push r.example/a:1",
        "buildah source push x r.example/a:1",
        "regctl blob put r.example/acme/app",
        "gcrane cp -r gcr.io/a gcr.io/b",
        "oras restore --input x r.example/a:1",
        "oras blob push r.example/a x",
        "earthly --push=true +all",
        "pack buildpack package r.example/a:1 --publish",
        "pack manifest push r.example/a:1",
        "pack rebase r.example/a:1 --publish",
        "werf export --tag r.example/a:1",
        "werf bundle copy --from a --to b",
        "werf run app",
        "skaffold dev",
        "skaffold exec push",
        "ko run ./app",
        "az acr task run -r acme -n app",
        "az acr pack build -r acme -t app:1 --builder x .",
        "az pipelines run --name push",
        "gcloud builds triggers run push-app --branch main",
        "gcloud --project acme builds submit --config c.yaml",
        "gcloud alpha builds submit --config c.yaml",
        "mvn install -Dpush=true",
        "mvn package -Ddocker.push",
        "./gradlew build -PpushImages",
        "mvn oc:build",
    ],
)
def test_a_command_that_pushes_is_told_however_it_is_spelled(line: str) -> None:
    """Other commands, plug-ins, options in front of a command, properties: none of them is silence."""
    assert may_push(line)


@pytest.mark.parametrize(
    ("line", "reference"),
    [
        ("docker buildx build -qt r.example/a:1 --push .", "r.example/a:1"),
        ("docker buildx imagetools --builder b create -t r.example/a:1 x", "r.example/a:1"),
        ("docker --context=c image push r.example/a:1", "r.example/a:1"),
        ("nerdctl -n k8s.io push r.example/a:1", "r.example/a:1"),
        ("podman --log-level debug push r.example/a:1", "r.example/a:1"),
        ("podman --remote push r.example/a:1", "r.example/a:1"),
        ("buildah --storage-driver vfs push x docker://r.example/a:1", "r.example/a:1"),
        ("buildah commit --rm c docker://r.example/a:1", "r.example/a:1"),
        ("skopeo --command-timeout 60s copy docker://x docker://r.example/a:1", "r.example/a:1"),
        ("regctl -v debug image copy a r.example/a:1", "r.example/a:1"),
        ("oras manifest push r.example/a:1 m.json", "r.example/a:1"),
        ("oras manifest index create r.example/a:1 x y", "r.example/a:1"),
        ("depot --token x build --push -t r.example/a:1 .", "r.example/a:1"),
        ("apko --log-level debug publish c.yaml r.example/a:1", "r.example/a:1"),
        ("gcloud --project p beta builds submit --tag gcr.io/p/a:1", "gcr.io/p/a:1"),
    ],
)  # fmt: skip
def test_options_in_front_of_a_command_do_not_hide_it(line: str, reference: str) -> None:
    """The command is found behind global options, and a cluster of letters is taken apart."""
    assert written(line) == [reference]


@pytest.mark.parametrize(
    "line",
    [
        "docker",
        "docker --version",
        "docker info",
        "docker buildx create --use",
        "docker buildx inspect --bootstrap",
        "docker buildx imagetools inspect r.example/a:1",
        "docker buildx imagetools create --dry-run -t r.example/a:1 x",
        "docker buildx bake --print",
        "docker manifest inspect r.example/a:1",
        "docker compose -f compose.yaml up -d",
        "docker compose logs",
        "docker compose build",
        "docker compose run --rm app",
        "docker image inspect a",
        "docker system prune -af",
        "nerdctl -n k8s.io load -i a.tar",
        "podman --log-level debug pull a",
        "podman push a oci:out",
        "buildah commit c a",
        "buildah from scratch",
        "skopeo inspect docker://r.example/a:1",
        "skopeo copy docker://a oci:out",
        "skopeo sync --src docker --dest dir a out",
        "crane digest r.example/a:1",
        "crane auth get r.example",
        "regctl image digest r.example/a:1",
        "regctl image copy a ocidir://out",
        "oras manifest fetch r.example/a:1",
        "cosign verify r.example/a:1",
        "helm upgrade --install a ./chart",
        "helm -n x dependency update",
        "ko build --local ./app",
        "pack build a --builder b",
        "skaffold render",
        "skaffold build --push=false",
        "earthly +build",
        "bazel build //...",
        "az account show",
        "az acr repository show-tags -n a --repository b",
        "az acr build -r a -t b:1 --no-push .",
        "gcloud auth list",
        "gcloud --project p container clusters get-credentials c",
        "gcloud run deploy app --image r.example/a:1",
        "gcloud artifacts docker images list r",
        "mvn verify -DskipPush",
        "./gradlew build -Ppush=false",
        "goreleaser --version",
    ],
)
def test_a_command_that_pushes_nothing_is_silence(line: str) -> None:
    """Everyday commands of the same programs say nothing."""
    assert not may_push(line)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("earthly +all", "EARTHLY_PUSH"),
        ("earthly +all", "EARTHLY_CI"),
        ("mvn package", "QUARKUS_CONTAINER_IMAGE_PUSH"),
    ],
)
def test_a_variable_switches_pushing_on(line: str, name: str) -> None:
    """What a program takes from its environment counts like the option."""
    assert may_push(line, **{name: "true"})
    assert not may_push(line, **{name: "false"})
    assert not may_push(line)


def test_letters_in_one_word_are_taken_apart_only_where_they_are_switches() -> None:
    """``-qt x`` is ``-q -t x``; a word that begins with another letter stays as it is."""
    words = list(map(Template.of, ["-qtx", "-tq", "--quiet", "-"]))
    found = take(words, ("-t",), switches="q")
    assert [str(each) for each in found.all("-t")] == ["x", "q"]
    assert found.on("-q") is True
    assert [str(each) for each in found.rest] == ["-"]


def test_skaffold_tags_by_the_name_of_the_git_tag() -> None:
    """Without ``--tag`` its images get git's tag in a run for one, which is the release's own."""
    names = {"KIND": Value.literal_of("tag"), "NAME": Value.literal_of("v1")}
    words = tuple(map(Template.of, ["skaffold", "build"]))
    found = programs.effects_of(words, World(REPOSITORY.get, names, reference=("KIND", "NAME")))
    assert [str(r) for each in found if isinstance(each, Write) for r in each.references] == [
        "r.example/acme/app:v1"
    ]
    other = {"skaffold.yaml": "build:\n  tagPolicy:\n    envTemplate: {}\n  artifacts: [{image: a}]"}
    (effect,) = programs.effects_of(words, World(other.get, names, reference=("KIND", "NAME")))
    assert isinstance(effect, Opaque)
    assert effect.writes


MANIFESTS = {
    "config/": "api.yaml\nweb.yml\nREADME.md",
    "config/api.yaml": "image: ko://example.com/octo/cmd/api\n---\nimage: ko://example.com/octo/cmd/job",
    "config/web.yml": 'image: "ko://example.com/octo/cmd/web"',
}


@pytest.mark.parametrize(
    ("line", "images"),
    [
        ("ko resolve -f config/ -t 1", ["r/api:1", "r/job:1", "r/web:1"]),
        ("ko apply -f config/web.yml,config/api.yaml -t 1", ["r/web:1", "r/api:1", "r/job:1"]),
        ("ko create --filename=config/web.yml", ["r/web:latest"]),
    ],
)
def test_ko_pushes_what_the_manifests_name(line: str, images: list[str]) -> None:
    """Each import path once, in no order that is promised."""
    words = tuple(map(Template.of, shlex.split(line)))
    names = {"KO_DOCKER_REPO": Value.literal_of("r")}
    found = programs.effects_of(words, World(MANIFESTS.get, names))
    assert [str(r) for each in found if isinstance(each, Write) for r in each.references] == images
    assert all(each.atomicity is Atomicity.SUBSET for each in found if isinstance(each, Write))


@pytest.mark.parametrize(
    "line", ["ko apply -f elsewhere/", "ko apply -f missing.yaml -f config/web.yml", "ko apply"]
)
def test_manifests_that_cannot_be_read_may_name_any_image(line: str) -> None:
    """A file that is not there, a folder that cannot be listed, no file at all."""
    words = tuple(map(Template.of, shlex.split(line)))
    names = {"KO_DOCKER_REPO": Value.literal_of("r")}
    (effect,) = programs.effects_of(words, World(MANIFESTS.get, names))
    assert isinstance(effect, Opaque)
    assert effect.writes
