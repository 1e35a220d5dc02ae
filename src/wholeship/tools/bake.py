"""Bake files (HCL, JSON, Compose): groups, inheritance, matrices, variables, overrides.

Docker docs, "Bake file reference"; buildx ``bake/bake.go`` for which targets a ``--push`` reaches: image
exporters get ``push=true``, one is added where there is none but ``docker``, and a target that only
exports files is not pushed.
"""

from __future__ import annotations

import fnmatch
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from wholeship.pipeline.effects import Effect, Local, Opaque, Write, platforms, reference
from wholeship.pipeline.publish import Atomicity, Build, Reference, Way
from wholeship.texts.template import EMPTY, Hole, Kind, Template, Value
from wholeship.tools import compose, hcl
from wholeship.tools.exporters import exporters

if TYPE_CHECKING:
    from wholeship.tools.world import World

DEFAULT_FILES = (
    *compose.DEFAULT_FILES,
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
)
"""Looked up in this order; all that exist are merged."""


@dataclass(frozen=True, slots=True)
class Target:
    """One resolved target. Lists are templates; ``outputs`` are raw exporter texts."""

    name: str
    tags: tuple[Template, ...] = ()
    platforms: tuple[Template, ...] = ()
    outputs: tuple[Template, ...] = ()
    caches: tuple[Template, ...] = ()
    context: str = ""
    file: str = ""
    stage: str = ""
    args: Mapping[str, Template] = field(default_factory=dict)
    unsure: frozenset[Template] = frozenset()
    """Those of ``tags`` that a condition may leave out."""


def effects(
    *,
    files: Sequence[str],
    targets: Sequence[str],
    sets: Sequence[str],
    push: bool | None,
    load: bool | None,
    world: World,
) -> tuple[Effect, ...]:
    """What one bake run writes: each target as it finishes, so any subset of them.

    Where the targets are only known in the run, it may be any of the file's.
    """
    definition = read(files, world)
    unknown = any("{" in name for name in targets)
    wanted = [*definition.targets] if definition is not None and unknown else targets
    resolved = _resolved(definition, wanted, sets) if definition is not None else None
    if resolved is None:
        named = f" ({', '.join(files)})" if files else ""
        return (Opaque(f"a bake file that could not be read{named}", writes=push is True),)
    found = itertools.chain.from_iterable(_target_effects(each, push, load) for each in resolved)
    return tuple(replace(each, maybe=True) if unknown and isinstance(each, Write) else each for each in found)


def _target_effects(target: Target, push: bool | None, load: bool | None) -> list[Effect]:
    made = Build(target.context, target.file, target.stage, target.tags)
    wanted = [exporter for text in target.outputs for exporter in exporters(text)]
    images = [exporter for exporter in wanted if exporter.kind in ("image", "registry")]
    others = [e for e in wanted if e.kind not in ("image", "registry", "docker", "cacheonly")]
    own = any(exporter.pushes for exporter in images)
    reached = bool(images) or not others
    on = platforms(Template.of(*_joined(target.platforms)))
    if (own and push is not False) or (own and push is False) or (push is not False and reached):
        held = tuple(replace(reference(tag), certain=tag not in target.unsure) for tag in target.tags)
        held += tuple(reference(name) for exporter in images for name in exporter.names)
        if any(exporter.by_digest for exporter in images):
            held = tuple(Reference(each.repository, None) for each in held)
        maybe = push is None and not own
        return [
            Write(Way.BAKE, held, on, build=made, atomicity=Atomicity.SUBSET, maybe=maybe),
            *([Local(made, on)] if load else []),
        ]
    return [Local(made, on)]


def _joined(parts: Sequence[Template]) -> list[str | Template]:
    return [piece for part in parts for piece in (part, ",")]


def resolve(
    files: Sequence[str], wanted: Sequence[str], sets: Sequence[str], world: World
) -> tuple[Target, ...] | None:
    """The targets that *wanted* names (``default`` when empty), with ``--set`` applied; None: unreadable."""
    definition = read(files, world)
    return _resolved(definition, wanted, sets) if definition is not None else None


def _resolved(
    definition: Definition, wanted: Sequence[str], sets: Sequence[str]
) -> tuple[Target, ...] | None:
    names = _chosen(wanted or ["default"], definition)
    if not names:
        return None
    return tuple(_target(name, definition, sets) for name in names)


Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """All files merged: attribute values are templates, lists of templates, or mappings of them."""

    targets: Mapping[str, Body]
    groups: Mapping[str, tuple[str, ...]]


def read(files: Sequence[str], world: World) -> Definition | None:
    """The definition in *files*, or in the default files that exist."""
    names = list(files) or [name for name in DEFAULT_FILES if world.file(name) is not None]
    targets: dict[str, Body] = {}
    groups: dict[str, tuple[str, ...]] = {}
    texts = [(name, world.file(name)) for name in names]
    readable = [(name, text) for name, text in texts if text is not None]
    if not readable or len(readable) < len([name for name in names if not _generated(name)]):
        return None
    for name, text in readable:
        part = _read_one(name, text, world)
        if part is None:
            return None
        for target, body in part.targets.items():
            targets[target] = {**targets[target], **body} if target in targets else body
        groups.update(part.groups)
    return Definition(targets, groups)


def _generated(name: str) -> bool:
    """Files that an earlier action writes (metadata-action's bake-file) hold tags of an inherited target."""
    return name.startswith(("/", "cwd://", "${{")) or "{" in name


def _read_one(name: str, text: str, world: World) -> Definition | None:
    if name.endswith((".yml", ".yaml")):
        return _from_compose(name, world)
    if name.endswith(".json"):
        try:
            document = json.loads(text)
        except ValueError:
            return None
        return _from_document(hcl.of_json(document), world) if isinstance(document, dict) else None
    parsed = _parsed(text)
    return _from_document(parsed, world) if parsed is not None else None


@lru_cache(maxsize=32)
def _parsed(text: str) -> hcl.Document | None:
    """Parsed once: many legs and scenarios bake from one file."""
    return hcl.parse(text)


def _from_compose(name: str, world: World) -> Definition | None:
    found = compose.services([name], world)
    if found is None:
        return None
    targets: dict[str, dict[str, Any]] = {}
    for service, body in found.items():
        if "build" not in body:
            continue
        made = compose.service_build(body, world)
        given = body["build"] if isinstance(body["build"], dict) else {}
        tags = [*made.local, *(compose.interpolate(str(tag), world) for tag in given.get("tags") or ())]
        extra = given.get("x-bake") or body.get("x-bake") or {}
        tags = [Template.of(str(tag)) for tag in extra.get("tags") or ()] or tags
        where = extra.get("platforms") or given.get("platforms") or ()
        targets[service] = {
            "tags": tags,
            "platforms": [Template.of(str(each)) for each in where],
            "context": Template.of(made.context),
            "dockerfile": Template.of(made.file),
            "target": Template.of(made.target),
        }
    return Definition(targets, {"default": tuple(targets)})


def _from_document(document: hcl.Document, world: World) -> Definition:
    scope = _variables(document, world)
    targets: dict[str, Body] = {}
    families: dict[str, tuple[str, ...]] = {}
    for name, body in document.targets.items():
        legs = _matrix(body.get("matrix"), scope)
        members = []
        for leg in legs:
            inner = {**scope, **leg}
            written = hcl.evaluate(body["name"], inner) if "name" in body else Template.of(name)
            member = str(written) if isinstance(written, Template) else name
            targets[member] = hcl.Evaluated(body, inner)
            members.append(member)
        if len(legs) > 1 or "matrix" in body:
            families[name] = tuple(members)
    groups = {
        name: tuple(str(each) for each in _list(hcl.evaluate(body.get("targets", []), scope)))
        for name, body in document.groups.items()
    }
    return Definition(targets, {**families, **groups})


def _variables(document: hcl.Document, world: World) -> dict[str, Any]:
    """Variables: the environment first, then the default (buildx takes any set variable)."""
    scope: dict[str, Any] = {}
    for name, body in document.variables.items():
        value = world.names.get(name)
        if value is not None:
            scope[name] = _one(value, name)
        else:
            default = body.get("default", "")
            scope[name] = hcl.evaluate(default, scope) if default is not None else EMPTY
    for name, expression in document.attributes.items():
        scope[name] = hcl.evaluate(expression, scope)
    return scope


def _one(value: Value, name: str) -> Template:
    return value.only or Template.of(Hole(name, frozenset({Kind.OUTPUT})))


def _matrix(matrix: Any, scope: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(matrix, dict):
        return [{}]
    keys = list(matrix)
    axes = [
        _list(hcl.evaluate(matrix[key], scope)) or [Template.of(Hole(key, frozenset({Kind.MATRIX})))]
        for key in keys
    ]
    return [dict(zip(keys, choice, strict=True)) for choice in itertools.product(*axes)]


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]


def _chosen(wanted: Sequence[str], definition: Definition) -> list[str]:
    names: dict[str, None] = {}
    pending, seen = list(wanted), set()
    while pending:
        name = pending.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in definition.groups:
            pending = [*definition.groups[name], *pending]
        elif name in definition.targets:
            names[name] = None
        elif "*" in name:
            pending += [target for target in definition.targets if fnmatch.fnmatchcase(target, name)]
    return list(names)


def _inherited(name: str, definition: Definition, depth: int = 0) -> dict[str, Any]:
    body = definition.targets.get(name, {})
    total: dict[str, Any] = {}
    if depth < 16:
        for parent in _list(body.get("inherits")):
            total.update(_inherited(str(parent), definition, depth + 1))
    total.update({key: value for key, value in body.items() if value is not None})
    return total


def _target(name: str, definition: Definition, sets: Sequence[str]) -> Target:
    body = _inherited(name, definition)
    for each in sets:
        found = re.fullmatch(r"([^.=]+)\.([\w.-]+?)(\+?)=(.*)", each, re.DOTALL)
        if not found or not fnmatch.fnmatchcase(name, found[1]):
            continue
        key = {"platform": "platforms", "output": "output", "tags": "tags", "tag": "tags"}.get(
            found[2], found[2]
        )
        pieces = [Template.of(found[4])] if key == "output" else [Template.of(p) for p in found[4].split(",")]
        body[key] = [*_list(body.get(key)), *pieces] if found[3] else pieces
    return Target(
        name,
        tags=_texts(body.get("tags")),
        platforms=_texts(body.get("platforms")),
        outputs=tuple(map(_exporter_text, _list(body.get("output") or body.get("outputs")))),
        caches=_texts(body.get("cache-to")),
        context=_plain(body.get("context")),
        file=_plain(body.get("dockerfile")),
        stage=_plain(body.get("target")),
        args=_arguments(body.get("args")),
        unsure=frozenset(each.value for each in _list(body.get("tags")) if isinstance(each, hcl.Maybe)),
    )


def _arguments(value: Any) -> dict[str, Template]:
    return {k: v for k, v in value.items() if isinstance(v, Template)} if isinstance(value, dict) else {}


def _exporter_text(value: Any) -> Template:
    """An output is ``"type=image,…"``, or a mapping in newer files."""
    if isinstance(value, Template):
        return value
    pairs: list[str | Template] = []
    for key, each in value.items() if isinstance(value, dict) else ():
        pairs += ["," if pairs else "", f"{key}=", each if isinstance(each, Template) else str(each)]
    return Template.of(*pairs)


def _texts(value: Any) -> tuple[Template, ...]:
    given = (each.value if isinstance(each, hcl.Maybe) else each for each in _list(value))
    return tuple(each for each in given if isinstance(each, Template) and each.parts)


def _plain(value: Any) -> str:
    text = str(value) if isinstance(value, Template) else ""
    text = text.removeprefix("./").rstrip("/")
    return "" if text == "." else text
