"""Compose files, as far as they name images. Compose specification: ``services``, ``image``, ``build``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wholeship.pipeline.effects import Effect, Local, Opaque, Write, platforms, reference
from wholeship.pipeline.publish import Build, Way
from wholeship.texts.template import EMPTY, Hole, Kind, Template

if TYPE_CHECKING:
    from wholeship.tools.world import World

DEFAULT_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")


def services(files: Sequence[str], world: World) -> Mapping[str, Mapping[str, Any]] | None:
    """The services of *files* (or of the default file), later files over earlier ones; None: unreadable."""
    found: dict[str, dict[str, Any]] = {}
    wanted = list(files) or [next((name for name in DEFAULT_FILES if world.file(name) is not None), "")]
    for name in wanted:
        text = world.file(name) if name else None
        document = _load(text) if text is not None else None
        if not isinstance(document, dict):
            return None
        for service, body in (document.get("services") or {}).items():
            if isinstance(body, dict):
                found.setdefault(str(service), {}).update(body)
    return found


def _load(text: str) -> object:
    import yaml

    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError:
        return None


def pushes(files: Sequence[str], chosen: Sequence[str], world: World, *, masked: bool) -> tuple[Effect, ...]:
    """``compose push``: every service that is built and has an image, or those *chosen*."""
    found = services(files, world)
    if found is None:
        return (Opaque("a Compose file that could not be read", writes=True),)
    effects: list[Effect] = []
    for name, body in found.items():
        if (chosen and name not in chosen) or "image" not in body or "build" not in body:
            continue
        write = Write(
            Way.PUSH,
            (reference(interpolate(str(body["image"]), world)),),
            service_platforms(body),
            build=service_build(body, world),
            maybe=masked,
        )
        effects.append(write)
    return tuple(effects)


def builds(files: Sequence[str], chosen: Sequence[str], world: World) -> tuple[Effect, ...]:
    """``compose build``: local images."""
    found = services(files, world) or {}
    return tuple(
        Local(service_build(body, world), service_platforms(body))
        for name, body in found.items()
        if "build" in body and (not chosen or name in chosen)
    )


def service_build(body: Mapping[str, Any], world: World) -> Build:
    """What a service is built from."""
    made = body.get("build")
    made = {"context": made} if isinstance(made, str) else made if isinstance(made, dict) else {}
    context = str(made.get("context", "")).removeprefix("./").rstrip("/")
    image = (interpolate(str(body["image"]), world),) if "image" in body else ()
    return Build(
        context="" if context == "." else context,
        file=str(made.get("dockerfile", "")),
        target=str(made.get("target", "")),
        local=image,
    )


def service_platforms(body: Mapping[str, Any]) -> Any:
    """``build.platforms``, else ``platform``."""
    made = body.get("build")
    given = made.get("platforms") if isinstance(made, dict) else None
    text = ",".join(map(str, given)) if isinstance(given, list) else str(body.get("platform") or "")
    return platforms(Template.of(text))


def interpolate(text: str, world: World) -> Template:
    """``${NAME}``, ``${NAME:-default}`` and ``$NAME`` from the environment; not set is empty."""
    parts: list[str | Template] = []
    at = 0
    for found in re.finditer(r"\$(?:\$|\{(\w+)(?:(:?[-?+])([^}]*))?\}|(\w+))", text):
        parts.append(text[at : found.start()])
        at = found.end()
        parts.append(_variable(found, world))
    return Template.of(*parts, text[at:])


def _variable(found: re.Match[str], world: World) -> str | Template:
    if found[0] == "$$":
        return "$"
    name = found[1] or found[4]
    value = world.names.get(name)
    if value is not None and value.only is not None and value.only.literal != "":
        return value.only
    if value is not None and value.only is None:
        return Template.of(Hole(name, frozenset({Kind.OUTPUT})))
    return found[3] if found[2] in ("-", ":-") else EMPTY
