"""A Compose file: services that are built. Compose specification, "services" and "build".

Variables are taken by their defaults, as a machine without any would; what has none is left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from wholeship.core import yamls
from wholeship.core.errors import BadConfig
from wholeship.release.init.names import split_image
from wholeship.release.init.sightings import Seen

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which Compose itself looks for them."""

_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:?[-?+])([^}]*))?\}|(\w+))")
UNKNOWN = "{?}"


def look(text: str, file: str) -> tuple[tuple[Seen, ...], tuple[str, ...]]:
    """The images that *file* builds, and what could not be read."""
    try:
        node = yamls.read(text, file)
    except BadConfig as error:
        problem = error.problems[0]
        return (), (f"{problem.place}: not read: {problem.message}",)
    services = node.get("services") if isinstance(node, yamls.Mapping) else None
    if not isinstance(services, yamls.Mapping):
        return (), (f"{file}: no services",)
    plain = ((key.text, yamls.plain(value)) for key, value in services.entries)
    folder = posixpath.dirname(file)
    seen = (_seen(name, body, file, folder) for name, body in plain if isinstance(body, dict))
    return tuple(one for one in seen if one is not None), ()


def _seen(name: str, body: Mapping[str, object], file: str, folder: str) -> Seen | None:
    build = body.get("build")
    if isinstance(build, str):
        build = {"context": build}
    if not isinstance(build, dict) or "dockerfile_inline" in build:
        return None
    context = _text(build.get("context") or ".")
    if UNKNOWN in context or "://" in context or context.startswith(("/", "~")):
        return None
    context = posixpath.normpath(posixpath.join(folder, context))
    dockerfile = posixpath.normpath(posixpath.join(context, _text(build.get("dockerfile") or "Dockerfile")))
    repository, tag = split_image(_text(body.get("image") or ""))
    args, left = _arguments(build.get("args"))
    if build.get("secrets"):
        left.append("its build secrets: name them under secrets:, as id=NAME,env=VARIABLE")
    given = build.get("platforms") or ([body["platform"]] if body.get("platform") else [])
    return Seen(
        name=name,
        where=file,
        context=context,
        dockerfile=dockerfile,
        target=_known(build.get("target")),
        args=args,
        platforms=tuple(map(_text, given)) if isinstance(given, list) else (),
        repository="" if UNKNOWN in repository else repository,
        tags=(tag,) if tag else (),
        left=tuple(left),
    )


def _arguments(given: object) -> tuple[dict[str, str], list[str]]:
    """Arguments with a known value, and a remark for each without; a list or a mapping."""
    if isinstance(given, list):
        pairs = [
            (name, value if sep else None) for name, sep, value in (str(g).partition("=") for g in given)
        ]
    elif isinstance(given, dict):
        pairs = [(str(name), value) for name, value in given.items()]
    else:
        pairs = []
    known, left = {}, []
    for name, value in pairs:
        text = UNKNOWN if value is None else _text(value)
        if UNKNOWN in text:
            left.append(f"the build argument {name}, whose value comes from the environment")
        else:
            known[name] = text
    return known, left


def _known(value: object) -> str:
    text = _text(value or "")
    return "" if UNKNOWN in text else text


def _text(value: object) -> str:
    """*value* with its variables by their defaults."""
    text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return _VARIABLE.sub(_default, text)


def _default(found: re.Match[str]) -> str:
    if found[1]:
        return "$"
    return found[4] if found[3] in ("-", ":-") else UNKNOWN
