"""A Compose file: services that are built, as ``tools.compose`` reads them.

Variables are taken from the ``.env`` beside the file, or by their defaults; what has neither is left out.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from wholeship.release.init.names import split_image
from wholeship.release.init.sightings import Read, Seen
from wholeship.texts.template import EMPTY, Hole, Kind, Template
from wholeship.tools.compose import NotCompose, Service, ServiceBuild, Variables, read_project, with_settings
from wholeship.tools.compose.commands import DEFAULT_FILES

FILES = DEFAULT_FILES
"""In the order in which Compose itself looks for them."""

SECRETS = "its build secrets: name them under secrets:, as id=NAME,env=VARIABLE"


def look(file: str, read: Read) -> tuple[tuple[Seen, ...], tuple[str, ...]]:
    """The images that *file* builds, and what could not be read."""
    folder = posixpath.dirname(file)
    try:
        unset = Variables(lambda _name: None, _unknown)
        variables = with_settings(read, unset, posixpath.join(folder, ".env"))
        services = read_project([file], read, variables, folder)
    except NotCompose as error:
        return (), (f"{file}: not read: {error}",)
    if not services:
        return (), (f"{file}: no services",)
    seen = (_seen(file, service, service.build) for service in services if service.build is not None)
    return tuple(one for one in seen if one is not None), ()


def _unknown(name: str) -> Template:
    return Template.of(Hole.of(Kind.VARIABLE, name))


def _seen(file: str, service: Service, build: ServiceBuild) -> Seen | None:
    """What is built for a service; None when nothing is, or it cannot be told from where."""
    context, dockerfile = build.context.literal, (build.dockerfile or Template.of("Dockerfile")).literal
    if context is None or dockerfile is None or build.inline is not None:
        return None
    if "://" in context or context.startswith(("/", "~")):
        return None
    repository, tag = split_image(str(service.image or ""))
    args, left = _arguments(build.args)
    platforms = build.platforms or tuple(each for each in (service.platform,) if each is not None)
    return Seen(
        name=service.name,
        where=file,
        context=context or ".",
        dockerfile=posixpath.normpath(posixpath.join(context, dockerfile)),
        target=(build.target or EMPTY).literal or "",
        args=args,
        platforms=tuple(map(str, platforms)),
        repository="" if "{" in repository else repository,
        tags=(tag,) if tag else (),
        left=(*left, *([SECRETS] if build.secrets else [])),
    )


def _arguments(given: Mapping[str, Template | None]) -> tuple[dict[str, str], list[str]]:
    """Arguments with a known value, and a remark for each without."""
    known = {
        name: text
        for name, value in given.items()
        if value is not None and (text := value.literal) is not None
    }
    left = [name for name in given if name not in known]
    return known, [f"the build argument {name}, whose value comes from the environment" for name in left]
