"""``goreleaser``, by its action or on a command line: the images that its configuration names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.effects import Effect, Local, Opaque, Write, read_reference
from wholeship.pipeline.publish import Build, Way
from wholeship.texts.template import Hole, Kind, Template

if TYPE_CHECKING:
    from wholeship.tools.world import World

_NAMES = (".goreleaser.yml", ".goreleaser.yaml", "goreleaser.yml", "goreleaser.yaml")


def goreleaser_line(words: Sequence[Template], world: World) -> tuple[Effect, ...]:
    """One ``goreleaser …`` line; what is built is the git tag that the run is for."""
    return goreleaser_effects(words[1:], "", world, world.git_tag)


def goreleaser_effects(
    words: Sequence[Template], folder: str, world: World, tag: Template | None
) -> tuple[Effect, ...]:
    """What goreleaser does in *folder*, told *words*: ``dockers``, ``docker_manifests`` and ``kos``.

    Not of a snapshot; with ``--split`` or ``--prepare`` a later ``continue`` or ``publish`` pushes. *tag* is
    the git tag that is built, None where that is not known.
    """
    arguments = " ".join(map(str, words))
    if all(str(word).startswith("-") for word in words) and not re.search(
        r"--?(?:help|version|h|v)\b", arguments
    ):
        arguments = f"release {arguments}"  # what it does where no command is named
    publishes = re.search(r"\b(?:continue|publish)\b", arguments) or (
        re.search(r"\brelease\b", arguments) and not re.search(r"--(?:snapshot|split|prepare)\b", arguments)
    )
    if re.search(r"--skip[= ]\S*docker", arguments):
        return ()
    if not publishes or re.search(r"--skip[-= ]\S*publish", arguments):
        return (Local(Build(), None),) if re.search(r"\brelease\b", arguments) else ()
    found = re.search(r"(?:-f|--config)[= ](\S+)", arguments)
    paths = [posixpath.join(folder.removeprefix("./"), name) for name in ([found[1]] if found else _NAMES)]
    text = next((text for path in paths if (text := world.file(path)) is not None), None)
    if text is None:
        return (Opaque(f"a goreleaser configuration that could not be read ({paths[0]})"),)
    return tuple(_effects(text, tag))


def _effects(text: str, tag: Template | None) -> Iterator[Effect]:
    """A write for each entry: they are built and pushed side by side, in no order that is promised."""
    import yaml

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError:
        yield Opaque("a goreleaser configuration that could not be read", writes=True)
        return
    document = document if isinstance(document, dict) else {}
    for item in _entries(document, "dockers"):
        yield from _write(Way.BUILD, item, tag, _texts(item, "image_templates"))
    for item in _entries(document, "dockers_v2"):
        images, tags = _texts(item, "images"), _texts(item, "tags")
        yield from _write(Way.BUILD, item, tag, [f"{i}:{each}" for i in images for each in tags])
    for item in _entries(document, "docker_manifests"):
        yield from _write(Way.INDEX, item, tag, _texts(item, "name_template"))
    for item in _entries(document, "kos"):
        images = _texts(item, "repositories") or _texts(item, "repository")
        tags = _texts(item, "tags") or ["latest"]
        if not images:
            yield Opaque(
                "ko in a goreleaser configuration, to a repository that it does not name", writes=True
            )
        yield from _write(Way.BUILD, item, tag, [f"{i}:{each}" for i in images for each in tags])
    hooks = document.get("before")
    for hook in hooks.get("hooks") or () if isinstance(hooks, dict) else ():
        command = hook.get("cmd") if isinstance(hook, dict) else hook
        if _PUSHES.search(str(command)):
            yield Opaque(f"a hook of goreleaser: {command}")


_PUSHES = lazy_pattern(r"push|publish|docker|image|deploy|release", re.IGNORECASE)


def _entries(document: Mapping[str, object], section: str) -> list[Mapping[str, object]]:
    found = document.get(section)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _texts(item: Mapping[str, object], key: str) -> list[str]:
    value = item.get(key)
    return list(map(str, value)) if isinstance(value, list) else [str(value)] if value else []


def _write(way: Way, item: Mapping[str, object], tag: Template | None, names: list[str]) -> Iterator[Effect]:
    if not names or str(item.get("skip_push", "")).lower() == "true":
        return
    name = str(item.get("main") or item.get("id") or "")
    made = Build(target=name, file=str(item.get("dockerfile") or ""), packed="goreleaser")
    sources = tuple(_go_template(each, tag) for each in _texts(item, "image_templates"))
    yield Write(
        way,
        tuple(read_reference(_go_template(each, tag)) for each in dict.fromkeys(names)),
        None,
        sources=sources if way is Way.INDEX else (),
        build=made if way is Way.BUILD else None,
    )


def _go_template(text: str, tag: Template | None) -> Template:
    """``{{ .Version }}`` and its like come from the git tag, which is *tag* where that is what is built."""
    parts: list[str | Hole | Template] = []
    for piece in re.split(r"(\{\{.*?\}\})", text):
        inner = piece.strip("{}- ")
        if tag is not None and piece.startswith("{{") and inner in (".Tag", ".Version"):
            parts.append(tag if inner == ".Tag" else tag.derive("version"))
            continue
        kind = (
            Kind.COMMIT
            if "Commit" in inner
            else Kind.CLOCK
            if "Date" in inner or "Timestamp" in inner
            else Kind.REF
        )
        parts.append(Hole.of(kind, f"goreleaser {inner}") if piece.startswith("{{") else piece)
    return Template.of(*parts)
