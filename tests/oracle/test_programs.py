"""What calls of docker and its kin make visible."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest

from tests.oracle.bake import BakeError, pushed
from tests.oracle.generate import draw
from tests.oracle.programs import Call, effects


def visible(line: str, **environment: str) -> list[str]:
    """The references that *line* writes, in order."""
    program, *arguments = shlex.split(line)
    return [
        ("-" if write.kind == "delete" else "") + write.reference
        for write in effects(Call(program, tuple(arguments), environment=environment)).writes
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("docker push r/a:1", ["r/a:1"]),
        ("docker --context x image push --quiet r/a", ["r/a:latest"]),
        ("docker push", []),
        ("docker build -t r/a:1 .", []),
        ("docker build --push -t r/a:1 -t r/a:2 .", ["r/a:1", "r/a:2"]),
        ("docker buildx build --tag=r/a:1 -o type=image,push=true .", ["r/a:1"]),
        ("docker buildx build -t r/a:1 --output type=registry .", ["r/a:1"]),
        ("docker buildx build -t r/a:1 --output type=local,dest=x .", []),
        ("docker buildx build --cache-to type=registry,ref=r/c:1 .", ["r/c:1"]),
        ("docker buildx imagetools create -t r/a:2 r/a:1", ["r/a:2"]),
        ("docker buildx imagetools create --dry-run -t r/a:2 r/a:1", []),
        ("docker manifest push r/a:1", ["r/a:1"]),
        ("docker tag a r/a:1", []),
        ("podman push a docker://r/a:1", ["r/a:1"]),
        ("podman push r/a:1", ["r/a:1"]),
        ("buildah manifest push r/a:1", ["r/a:1"]),
        ("skopeo copy --all docker://r/a:1 docker://r/b:2", ["r/b:2"]),
        ("skopeo copy docker://r/a:1 dir:x", []),
        ("crane copy r/a:1 r/b:2", ["r/b:2"]),
        ("crane tag r/a:1 2", ["r/a:2"]),
        ("crane push a.tar r/a:1", ["r/a:1"]),
        ("crane delete r/a:1", ["-r/a:1"]),
        ("regctl image copy r/a:1 r/b:2", ["r/b:2"]),
        ("oras tag r/a:1 2 3", ["r/a:2", "r/a:3"]),
        ("echo docker push r/a:1", []),
    ],
)
def test_a_call(line: str, expected: list[str]) -> None:
    """What is visible after the call, in the order in which it becomes so."""
    assert visible(line) == expected


def test_ko_names_by_environment() -> None:
    """ko builds the last parts of the paths into the repository that the environment names."""
    assert visible("ko build -B -t 1 ./cmd/app ./cmd/worker", KO_DOCKER_REPO="r/x") == [
        "r/x/app:1",
        "r/x/worker:1",
    ]


BAKE = """
variable "TAG" { default = "dev" }
function "full" {
  params = [name]
  result = ["r/${name}:${TAG}"]
}
group "default" { targets = ["app", "image"] }
target "base" { platforms = ["linux/amd64"] }
target "app" {
  inherits = ["base"]
  tags = full("app")
}
target "image" {
  name = "img-${n}"
  matrix = { n = ["a", "b"] }
  tags = [TAG == "dev" ? "r/${n}:none" : "r/${n}:${TAG}"]
}
"""


def test_a_bake_file(tmp_path: Path) -> None:
    """Variables come from the environment; functions, parents and matrices are followed."""
    (tmp_path / "docker-bake.hcl").write_text(BAKE)
    found = {target.name: target for target in pushed(tmp_path, ["--push"], {"TAG": "7"})}
    assert {name: target.tags for name, target in found.items()} == {
        "app": ("r/app:7",),
        "img-a": ("r/a:7",),
        "img-b": ("r/b:7",),
    }
    assert found["app"].platforms == ("linux/amd64",)
    assert [target.tags for target in pushed(tmp_path, ["--push", "img-b"], {})] == [("r/b:none",)]
    assert pushed(tmp_path, ["app"], {}) == []
    overridden = pushed(tmp_path, ["--push", "--set", "app.tags=r/x:1", "app"], {})
    assert [target.tags for target in overridden] == [("r/x:1",)]


def test_what_bake_refuses(tmp_path: Path) -> None:
    """A target that is not there, and a folder without a file, are errors."""
    with pytest.raises(BakeError):
        pushed(tmp_path, ["--push"], {})
    (tmp_path / "docker-bake.hcl").write_text(BAKE)
    with pytest.raises(BakeError):
        pushed(tmp_path, ["--push", "nothing"], {})


def test_compose_pushes_what_it_builds(tmp_path: Path) -> None:
    """``compose push`` pushes the services that are built, in their order."""
    (tmp_path / "compose.yaml").write_text(
        "services:\n  app: {image: 'r/app:${TAG:-dev}', build: .}\n  db: {image: 'postgres:17'}\n"
    )
    call = Call("docker", ("compose", "push"), tmp_path, {"TAG": "3"})
    assert [write.reference for write in effects(call).writes] == ["r/app:3"]


@pytest.mark.extended
def test_bake_files_are_read_as_buildx_reads_them(tmp_path: Path) -> None:
    """What is drawn has the same targets, tags and platforms here and in ``bake --print``."""
    program = os.environ.get("ORACLE_BUILDX") or shutil.which("buildx")
    if not program:
        pytest.skip("no buildx: set ORACLE_BUILDX to one")
    compared = 0
    for world in map(draw, range(1500)):
        for path, body in world.files.items():
            if path.endswith(".hcl"):
                (tmp_path / path).write_text(body)
                for more in ([], [world.followed]):
                    request = ["-f", path, "--push", *more]
                    around = {"PATH": "/usr/bin", "HOME": str(tmp_path), "TAG": "7", "VERSION": "8"}
                    assert read(tmp_path, request, around) == read(tmp_path, request, around, program)
                    compared += 1
    assert compared >= 100


def read(folder: Path, request: list[str], around: dict[str, str], program: str = "") -> object:
    """What bake would push, by name; by *program*'s own word if one is given."""
    try:
        found = pushed(folder, request, around, program)
    except BakeError:
        return "refused"
    return {target.name: (target.tags, target.platforms) for target in found}
