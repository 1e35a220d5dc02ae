"""``skaffold.yaml``: the artifacts that it builds (its reference, "build.artifacts"), without profiles."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wholeship.core import yamls
from wholeship.core.reference import split_image
from wholeship.release.init.sightings import SeenImage

FILES = ("skaffold.yaml", "skaffold.yml")
_OTHER_BUILDERS = ("jib", "ko", "buildpacks", "bazel", "custom")


def artifacts_in(text: str, file: str) -> tuple[tuple[SeenImage, ...], tuple[str, ...]]:
    """The images that *file* builds, and what could not be read."""
    found = yamls.scan(text, file)
    told = tuple(f"{file}: not read: {problem.message}" for problem in found.problems[:1])
    return tuple(seen for node in found.documents for seen in _artifacts(node, file)), told


def _artifacts(node: yamls.Node, file: str) -> Iterator[SeenImage]:
    build = node.get("build") if isinstance(node, yamls.Mapping) else None
    listed = build.get("artifacts") if isinstance(build, yamls.Mapping) else None
    for item in listed.items if isinstance(listed, yamls.Sequence) else ():
        given = yamls.plain_node(item)
        if isinstance(given, dict) and isinstance(given.get("image"), str):
            yield _seen_artifact(given, f"{file}:{item.place.line}", posixpath.dirname(file))


def _seen_artifact(given: dict[str, object], where: str, folder: str) -> SeenImage:
    repository, _ = split_image(str(given["image"]))
    how = next((f"skaffold, with {name}," for name in _OTHER_BUILDERS if name in given), "")
    docker = given.get("docker") or given.get("kaniko")
    made: dict[str, object] = docker if isinstance(docker, dict) else {}
    context = posixpath.normpath(posixpath.join(folder, str(given.get("context") or ".")))
    file = posixpath.normpath(posixpath.join(context, str(made.get("dockerfile") or "Dockerfile")))
    args = made.get("buildArgs")
    pairs = {str(k): "" if v is None else str(v) for k, v in args.items()} if isinstance(args, dict) else {}
    return SeenImage(
        name=repository.rpartition("/")[2],
        where=where,
        how=how,
        context="" if how else context,
        dockerfile="" if how else file,
        target=str(made.get("target") or ""),
        args={name: value for name, value in pairs.items() if "{{" not in value},
        repository=repository if "/" in repository else "",
        left=tuple(f"the build argument {n} ({v})" for n, v in pairs.items() if "{{" in v),
    )
