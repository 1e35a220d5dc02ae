"""Compose files as bake takes them: every service that is built is a target of the group ``default``.

buildx ``bake/compose.go``. All Compose files together are one project, whatever their profiles; ``x-bake``
counts under ``build`` only, and adds to what stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wholeship.texts.template import EMPTY, Template
from wholeship.tools.bake.exports import read_export
from wholeship.tools.bake.targets import Written
from wholeship.tools.bake.values import Refused
from wholeship.tools.compose.interpolate import Lookup, NotCompose, in_run
from wholeship.tools.compose.project import Service, ServiceBuild, pairs_of, read_project
from wholeship.tools.compose.tree import Node, scalar_text, sequence
from wholeship.tools.world import World

FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
"""In the order in which bake reads them; unlike ``docker compose``, it reads all that exist."""


def read_services(files: Sequence[str], world: World, lookup: Lookup) -> tuple[Written, ...]:
    """The targets of *files*; raises Refused."""
    try:
        environment = in_run(world, lookup)
        services = read_project(files, world.file, _with_project(environment))
        _agree(services)
        return tuple(_target(each, each.build) for each in services if each.build is not None)
    except NotCompose as error:
        raise Refused(str(error)) from error


def _agree(services: Iterable[Service]) -> None:
    """Refuse what Compose finds inconsistent."""
    for service in services:
        if service.build is None and (service.image is None or service.image == EMPTY):
            raise NotCompose(f"service {service.name} has neither an image nor a build")
        if service.build is not None and None not in (service.build.dockerfile, service.build.inline):
            raise NotCompose(f"service {service.name} has two Dockerfiles")


def _with_project(lookup: Lookup) -> Lookup:
    def named(name: str) -> Template | None:
        found = lookup(name)
        if name == "COMPOSE_PROJECT_NAME" and (found is None or found == EMPTY):
            return Template.of("bake")
        return found

    return named


def _target(service: Service, build: ServiceBuild) -> Written:
    extra = build.bake
    tags = _once((*build.tags, *_words(extra.get("tags"))))
    if not tags and service.image is not None and service.image.parts:
        tags = (service.image,)
    outputs = tuple(read_export(each) for each in _words(extra.get("output")))
    contexts = dict(pairs_of(extra.get("contexts"))) | dict(build.contexts)
    return Written(
        service.name.replace(".", "_"),
        context=build.context,
        contexts={key: _context(value) for key, value in contexts.items() if value is not None},
        dockerfile=build.dockerfile if build.dockerfile != EMPTY else None,
        inline=build.inline if build.inline != EMPTY else None,
        args={key: value for key, value in build.args.items() if value is not None},
        tags=tags or None,
        platforms=_once((*build.platforms, *_words(extra.get("platforms")))) or None,
        cache_to=_once((*build.cache_to, *_words(extra.get("cache-to")))) or None,
        stage=build.target if build.target != EMPTY else None,
        outputs=outputs or None,
    )


def _words(value: Node) -> tuple[Template, ...]:
    """A list, or a text that is taken apart at its white space."""
    if isinstance(value, Template):
        return value.split(" \t\r\n")
    return tuple(map(scalar_text, sequence(value)))


def _once(items: Iterable[Template]) -> tuple[Template, ...]:
    return tuple(dict.fromkeys(items))


def _context(value: Template) -> Template:
    """``service:NAME`` is another target."""
    if value.head.startswith(("service:", "target:")) and value.literal is not None:
        return Template.of("target:" + value.literal.partition(":")[2].replace(".", "_"))
    return value
