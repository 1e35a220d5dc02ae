"""Compose services that are built, as sightings: read by Compose's own rules, taken with care.

A Compose file is mostly for development: a stage that is for that is not taken, a service with a profile is
not started by default, and what depends on the environment is told.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import split_image
from wholeship.release.init.leftout import purpose_of
from wholeship.release.init.sightings import Read, SeenImage
from wholeship.texts.template import EMPTY, Hole, Kind, Template
from wholeship.tools.compose.interpolate import NotCompose
from wholeship.tools.compose.project import Service, ServiceBuild, read_project, with_settings

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which Compose itself looks for them."""
_WITHOUT_DEFAULT = lazy_pattern(r"(?<!\$)\$(?:(\w+)|\{(\w+)(?:\}|:?\?))")
_WITH_DEFAULT = lazy_pattern(r"(?<!\$)\$\{(\w+):?[-+]")


def services_in(files: Sequence[str], read: Read) -> tuple[tuple[SeenImage, ...], tuple[str, ...]]:
    """The images that a project of *files* builds, and what could not be read."""
    folder = posixpath.dirname(files[0])
    opened = list(files)

    def recorded(path: str) -> str | None:
        content = read(path)
        if content is not None and path not in opened:
            opened.append(path)
        return content

    text = "".join(read(file) or "" for file in files)
    needed = {one or other for one, other in _WITHOUT_DEFAULT.findall(text)} - {*_WITH_DEFAULT.findall(text)}

    try:
        settings = with_settings(read, lambda _: None, posixpath.join(folder, ".env"))

        def lookup(name: str) -> Template | None:
            """Compose takes an empty text for what is not set; what somebody sets before is not known."""
            unknown = Template.of(Hole(name, frozenset({Kind.VARIABLE}))) if name in needed else None
            return settings(name) or unknown

        services = read_project(files, recorded, lookup, folder)
    except NotCompose as error:
        return (), (f"{files[0]}: not read: {error}",)
    read_files = reversed(opened)  # what the first file says counts
    lines = {name: line for file in read_files for name, line in _service_lines(read(file) or "", file)}
    seen = (_seen_service(service, lines.get(service.name, files[0])) for service in services)
    found = tuple(one for one in seen if one is not None)
    return found, () if services else (f"{files[0]}: no services",)


def _service_lines(text: str, file: str) -> Iterator[tuple[str, str]]:
    """Where each service stands; a rough look that is only for people."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\S", line) and not line.startswith("#"):
            inside = line.startswith("services:")
        elif inside and (found := re.match(r"""[ ]{1,4}["']?([\w.-]+)["']?:""", line)) is not None:
            yield found[1], f"{file}:{number}"


def _seen_service(service: Service, where: str) -> SeenImage | None:
    """What is built for a service; None when nothing is, or it cannot be told from where."""
    build = service.build
    if build is None or build.inline is not None:
        return None
    context = str(build.context)
    dockerfile = str(build.dockerfile or "Dockerfile")
    if _is_open(context + dockerfile) or "://" in context or context.startswith(("/", "~", "git@")):
        return None
    context = posixpath.normpath(context)
    repository, _ = split_image(str(service.image or ""))
    target = str(build.target or "")
    args, left = _build_arguments(build)
    if target and (why := purpose_of("", "", target) or (_is_open(target) and "it is only known in a run")):
        left.append(f"the target {target} ({why})")
        target = ""
    given = build.platforms or ((service.platform,) if service.platform is not None else ())
    return SeenImage(
        name=service.name,
        where=where,
        context=context,
        dockerfile=posixpath.normpath(posixpath.join(context, dockerfile)),
        target=target,
        args=args,
        platforms=tuple(map(str, given)),
        repository="" if _is_open(repository) else repository,
        left=(*left, *_contexts(build)),
        aside=_aside(service),
    )


def _aside(service: Service) -> str:
    profiles = [str(each) for each in service.profiles]
    return f"Compose starts it with the profile {' or '.join(profiles)} only" if profiles else ""


def _build_arguments(build: ServiceBuild) -> tuple[dict[str, str], list[str]]:
    """Arguments with a known value, and a remark for each without."""
    known: dict[str, str] = {}
    left = []
    for name, value in build.args.items():
        if value is None or _is_open(str(value)):
            left.append(f"the build argument {name}, whose value comes from the environment")
        else:
            known[name] = (value or EMPTY).literal or ""
    return known, left


def _contexts(build: ServiceBuild) -> Iterator[str]:
    for name, value in build.contexts.items():
        yield f"the additional context {name} ({value})"


def _is_open(text: str) -> bool:
    return "{" in text
