"""``docker compose push`` and ``build``: which images they write.

Compose, "docker compose push": services that are built and have an image, with the tags of ``build`` too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.pipeline.effects import Effect, LeftOut, Local, Opaque, Write, platforms, read_reference
from wholeship.pipeline.publish import Build, Way
from wholeship.texts.template import EMPTY, Template
from wholeship.tools.compose.interpolate import Lookup, NotCompose, in_run
from wholeship.tools.compose.project import Service, ServiceBuild, read_project
from wholeship.tools.world import World

DEFAULT_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""In the order in which Compose looks for them; the first that exists counts."""
OVERRIDE_FILES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)


@dataclass(frozen=True, slots=True)
class ComposeCall:
    """``docker compose`` as it is called; ``services`` are those named, none means all."""

    files: tuple[Template, ...] = ()
    services: tuple[Template, ...] = ()
    profiles: tuple[Template, ...] = ()
    settings: tuple[Template, ...] = ()
    """``--env-file``, in place of ``.env``."""
    folder: str | None = None
    """``--project-directory``."""


def pushes(call: ComposeCall, world: World, *, masked: bool) -> tuple[Effect, ...]:
    """``compose push``: every service that is built and has an image, or those that are named."""
    try:
        found = list(_chosen(call, world))
    except NotCompose as error:
        return (Opaque(f"a Compose file that could not be read: {error}", writes=True),)
    pushed = [_pushed(service, world, masked or perhaps) for service, perhaps in found if _has_image(service)]
    return (*pushed, *(_left_out(each, world) for each in _others(call, world, found) if _has_image(each)))


def _others(call: ComposeCall, world: World, chosen: Sequence[tuple[Service, bool]]) -> Iterator[Service]:
    """The services that are not pushed."""
    names = {service.name for service, _ in chosen}
    yield from (each for each in _services(call, world)[0] if each.name not in names)


def _left_out(service: Service, world: World) -> LeftOut:
    names = tuple(map(read_reference, _names(service)))
    off = listed_few(map(str, service.profiles), "and")
    why = "no command of this workflow pushes it, the Compose file has it"
    why += f" under the profile {off}" if off else ""
    return LeftOut(names, why, made_from(service, world), meant=True)


def builds(call: ComposeCall, world: World) -> tuple[Effect, ...]:
    """``compose build``: local images."""
    try:
        found = list(_chosen(call, world))
    except NotCompose:
        return ()
    return tuple(
        Local(made_from(service, world), _platforms(service))
        for service, _ in found
        if service.build is not None
    )


def _has_image(service: Service) -> bool:
    return service.build is not None and service.image is not None and service.image != EMPTY


def _pushed(service: Service, world: World, maybe: bool) -> Write:
    names = tuple(map(read_reference, _names(service)))
    return Write(Way.PUSH, names, _platforms(service), build=made_from(service, world), maybe=maybe)


def _names(service: Service) -> Iterator[Template]:
    if service.image is not None:
        yield service.image
    if service.build is not None:
        yield from service.build.tags


def _chosen(call: ComposeCall, world: World) -> Iterator[tuple[Service, bool]]:
    """The services that are meant, and whether each is so only perhaps; raises NotCompose."""
    services, environment = _services(call, world)
    named = {name.literal for name in call.services}
    active = _active(call, environment)
    for service in services:
        if service.name in named:
            yield service, False
        elif None in named:
            yield service, True
        elif not named and _enabled(service, active):
            yield service, None in active and bool(service.profiles)


def _services(call: ComposeCall, world: World) -> tuple[Sequence[Service], Lookup]:
    """All services, and the variables that the files see; raises NotCompose."""
    files = _files(call, world, _environment(call, world, call.folder or ""))
    folder = call.folder if call.folder is not None else posixpath.dirname(files[0])
    environment = _environment(call, world, folder)
    return read_project(files, world.file, environment, folder), environment


def _active(call: ComposeCall, lookup: Lookup) -> set[str | None]:
    """The profiles that are on; None: one whose name is not known."""
    given = lookup("COMPOSE_PROFILES")
    listed = given.split(",") if given is not None else ()
    return {profile.literal for profile in (*call.profiles, *listed)}


def _enabled(service: Service, active: Iterable[str | None]) -> bool:
    names = {profile.literal for profile in service.profiles}
    return not names or "*" in active or None in active or bool(names & {*active})


def _environment(call: ComposeCall, world: World, folder: str) -> Lookup:
    """The variables that Compose sees: those of the shell, then those of its settings files."""

    def lookup(name: str) -> Template | None:
        value = world.names.get(name)
        if value is None:
            return None
        if value.only is None:
            raise NotCompose(f"the variable {name} has several readings")
        return value.only

    environment: Lookup = lookup
    for each in call.settings:
        if each.literal is None or not world.has(each.literal):
            raise NotCompose(f"there is no file {each}")
        environment = in_run(world, environment, each.literal)
    if call.settings:
        return environment
    return in_run(world, environment, posixpath.join(folder, ".env"))


def _files(call: ComposeCall, world: World, lookup: Lookup) -> Sequence[str]:
    """The files that count; raises NotCompose when there is none."""
    if call.files:
        return [_known(file) for file in call.files]
    listed = lookup("COMPOSE_FILE")
    if listed is not None and listed != EMPTY:
        separator = lookup("COMPOSE_PATH_SEPARATOR")
        return _known(listed).split((separator.literal if separator is not None else None) or ":")
    first = next((name for name in DEFAULT_FILES if world.has(name)), None)
    if first is None:
        raise NotCompose("there is no Compose file")
    over = next((name for name in OVERRIDE_FILES if world.has(name)), None)
    for name in (first, over):
        if name is not None and world.file(name) is None:
            raise NotCompose(f"the file {name} is made in the run")
    return [first] if over is None else [first, over]


def _known(path: Template) -> str:
    if path.literal is None:
        raise NotCompose(f"the file {path} is known only in the run")
    return path.literal


def made_from(service: Service, world: World) -> Build:
    """What a service is built from: its Dockerfile is seen from its context."""
    build = service.build
    local = (service.image,) if service.image is not None else ()
    if build is None:
        return Build(local=local)
    context, file = str(build.context), str(build.dockerfile or "")
    within = "" if context == "." else world.inside(context)
    if file and not context.startswith(("{", "/")) and "://" not in context:
        file = world.inside(posixpath.join(context, file))
    return Build(within, file, str(build.target or ""), local, _arguments(build))


def _arguments(build: ServiceBuild) -> tuple[str, ...]:
    """All else that decides what comes out: two services that differ in one of these are two images."""
    found = [f"{name}={value}" for name, value in build.args.items() if value is not None]
    found += [f"context {name}={value}" for name, value in build.contexts.items()]
    found += [f"Dockerfile {build.inline}"] if build.inline is not None else []
    return tuple(sorted(found))


def _platforms(service: Service) -> frozenset[Platform] | None:
    given = service.build.platforms if service.build is not None else ()
    if not given and service.platform is not None:
        given = (service.platform,)
    return platforms(Template.of(*(piece for each in given for piece in (each, ","))))
