"""wholeship's own commands in a workflow: what the release file says they build, gate and promote.

``promote`` writes siblings first and the watched image last, each read back, and only what has receipts: a
write begins only when those before it have ended well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wholeship.core import yamls
from wholeship.core.errors import WholeshipError
from wholeship.core.values import dataclass
from wholeship.pipeline.effects import Effect, Examine, Leaves, Opaque, Write
from wholeship.pipeline.publish import CheckKind, Reference, Way
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.options import spellings, take

if TYPE_CHECKING:
    from wholeship.tools.world import World

FILE = "wholeship.yaml"
TAG = "{timestamp}-{sequence}"
_VALUED = spellings(
    """--file --format --registry --state --scenario --platforms --tag --builder --image --html --wait
    --timeout --cluster --to --environment --write-digests"""
)
_FIELDS: Mapping[str, Kind] = {
    "timestamp": Kind.CLOCK,
    "date": Kind.CLOCK,
    "time": Kind.CLOCK,
    "unix": Kind.CLOCK,
    "sequence": Kind.RUN_NUMBER,
    "sha": Kind.COMMIT,
    "short_sha": Kind.COMMIT,
    "branch": Kind.REF,
    "semver": Kind.REF,
}


def wholeship(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """``wholeship plan|build|gate|promote|release``; the others make nothing visible."""
    options = take(words[1:], _VALUED)
    verb = options.rest[0].literal if options.rest else ""
    if verb not in ("plan", "build", "gate", "promote", "release"):
        return ()
    file = options.last("--file")
    release = _release(str(file) if file is not None else FILE, options.last("--registry"), world)
    if release is None:
        return (
            Opaque(f"wholeship {verb} with a release file that could not be read", writes=verb != "plan"),
        )
    tag = options.last("--tag") or _tag(release.tag)
    to = options.last("--to")
    if verb == "promote" and to is not None:
        return _promoted_to(str(to), release, tag)
    if verb == "plan":
        return (Leaves({"tag": Value.of(tag)}),)
    every = tuple(release.images.values())
    gates: tuple[Effect, ...] = (Examine(CheckKind.SMOKE, every),) if release.gated else ()
    if verb == "gate":
        return gates
    if verb == "build":
        wanted = {str(name) for name in options.all("--image")} or set(release.images)
        built = (repository for name, repository in release.images.items() if name in wanted)
        return tuple(Write(Way.BUILD, (Reference(each, None),), None) for each in built)
    written = tuple(
        Write(Way.COPY, (Reference(each, tag),), None, sources=(each,), ordered=True) for each in every
    )
    return written if verb == "promote" else (*gates, *written)


def _promoted_to(name: str, release: _Release, tag: Template) -> tuple[Effect, ...]:
    """What ``promote --to`` writes: the same digests under the environment's tag, after its gates."""
    there = release.environments.get(name)
    if not isinstance(there, dict):
        return (Opaque(f"wholeship promote --to {name}, which the release file does not name", writes=True),)
    registry = str(there.get("registry") or "").rstrip("/")
    before, is_there, after = str(there.get("tag") or "{tag}").partition("{tag}")
    bound = Template.of(before, tag, after) if is_there else Template.of(before)
    targets = {
        each: Template.of(f"{registry}/{_last_name(image, each)}") if registry else each
        for image, each in release.images.items()
    }
    gates: tuple[Effect, ...] = (Examine(CheckKind.SMOKE, tuple(targets.values())),)
    written = tuple(
        Write(Way.COPY, (Reference(target, bound),), None, sources=(source,), ordered=True)
        for source, target in targets.items()
    )
    return (*(gates if isinstance(there.get("gates"), dict) and there["gates"] else ()), *written)


def _last_name(image: str, repository: Template) -> str:
    return (repository.literal or image).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Release:
    """What a release file says: repositories by image, in writing order; environments as they are written."""

    images: Mapping[str, Template]
    tag: str
    gated: bool
    environments: Mapping[str, Any]


def _release(file: str, registry: Template | None, world: World) -> _Release | None:
    """The release file; None where it cannot be read."""
    text = world.file(file)
    try:
        node = yamls.read_yaml(text, file) if text is not None else None
        found: Any = yamls.plain_node(node) if node is not None else None
    except WholeshipError:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("images"), dict):
        return None
    where = registry if registry is not None else Template.of(str(found.get("registry") or ""))
    repositories = {
        str(name): _repository(str(name), image, where) for name, image in found["images"].items()
    }
    watched = str(found.get("watched") or "")
    order = sorted(repositories, key=lambda name: (name == watched, str(repositories[name])))
    gates, environments = found.get("gates"), found.get("environments")
    return _Release(
        {name: repositories[name] for name in order},
        str(found.get("tag") or TAG),
        isinstance(gates, dict) and bool(gates),
        environments if isinstance(environments, dict) else {},
    )


def _repository(name: str, image: Any, registry: Template) -> Template:
    given = str(image.get("repository") or "") if isinstance(image, dict) else ""
    return Template.of(given) if given else Template.of(registry, f"/{name}")


def _tag(pattern: str) -> Template:
    """The deploy tag as far as it is known before the run; the sequence makes it unique."""
    parts: list[str | Hole] = []
    for piece in re.split(r"(\{\w+\})", pattern):
        name = piece[1:-1]
        if piece.startswith("{") and name in _FIELDS:
            parts.append(Hole.of(_FIELDS[name], f"wholeship {name}", "wholeship plan"))
        elif piece:
            parts.append(piece)
    return Template.of(*parts)


PROGRAMS = {"wholeship": wholeship}
