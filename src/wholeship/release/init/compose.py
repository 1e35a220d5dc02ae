"""A Compose file: services that are built. Compose specification, "services" and "build".

Variables are taken from the ``.env`` beside the file, or by their defaults; what has neither is left out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from wholeship.core import yamls
from wholeship.release.init.names import split_image
from wholeship.release.init.sightings import SeenImage

FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which Compose itself looks for them."""

_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:?[-?+])([^}]*))?\}|(\w+))")
_SETTING = re.compile(
    r"""(?m)^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*["']?([^"'#\n$]*?)["']?[ \t]*(?:#.*)?$"""
)
UNKNOWN = "{?}"


def look(text: str, file: str, settings: str = "") -> tuple[tuple[SeenImage, ...], tuple[str, ...]]:
    """The images that *file* builds, and what could not be read. *settings* is the ``.env`` beside it.

    Merge keys are common here; what they bring in is left out, like all that was not understood.
    """
    found = yamls.scan(text, file)
    node = found.documents[0] if found.documents else None
    services = node.get("services") if isinstance(node, yamls.Mapping) else None
    if not isinstance(services, yamls.Mapping):
        reason = f"not read: {found.problems[0].message}" if found.problems else "no services"
        return (), (f"{file}: {reason}",)
    plain = ((key.text, yamls.plain(value)) for key, value in services.entries)
    reader = _Reader(file, dict(_SETTING.findall(settings)))
    seen = (reader.seen(name, body) for name, body in plain if isinstance(body, dict))
    return tuple(one for one in seen if one is not None), ()


@dataclass(frozen=True, slots=True)
class _Reader:
    """Services of one file; ``variables`` are those of its ``.env``."""

    file: str
    variables: Mapping[str, str]

    def seen(self, name: str, body: Mapping[str, object]) -> SeenImage | None:
        """What is built for a service; None when nothing is, or it cannot be told from where."""
        build = body.get("build")
        if isinstance(build, str):
            build = {"context": build}
        if not isinstance(build, dict) or "dockerfile_inline" in build:
            return None
        context = self.text(build.get("context") or ".")
        dockerfile = self.text(build.get("dockerfile") or "Dockerfile")
        if UNKNOWN in context + dockerfile or "://" in context or context.startswith(("/", "~")):
            return None
        context = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), context))
        repository, tag = split_image(self.text(body.get("image") or ""))
        args, left = self.arguments(build.get("args"))
        if build.get("secrets"):
            left.append("its build secrets: name them under secrets:, as id=NAME,env=VARIABLE")
        given = build.get("platforms") or ([body["platform"]] if body.get("platform") else [])
        target = self.text(build.get("target") or "")
        return SeenImage(
            name=name,
            where=self.file,
            context=context,
            dockerfile=posixpath.normpath(posixpath.join(context, dockerfile)),
            target="" if UNKNOWN in target else target,
            args=args,
            platforms=tuple(map(self.text, given)) if isinstance(given, list) else (),
            repository="" if UNKNOWN in repository else repository,
            tags=(tag,) if tag else (),
            left=tuple(left),
        )

    def arguments(self, given: object) -> tuple[dict[str, str], list[str]]:
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
            text = UNKNOWN if value is None else self.text(value)
            if UNKNOWN in text:
                left.append(f"the build argument {name}, whose value comes from the environment")
            else:
                known[name] = text
        return known, left

    def text(self, value: object) -> str:
        """*value* with its variables filled in."""
        return _VARIABLE.sub(self._variable, str(value).lower() if isinstance(value, bool) else str(value))

    def _variable(self, found: re.Match[str]) -> str:
        if found[1]:
            return "$"
        known = self.variables.get(found[2] or found[5], "")
        return known or (found[4] if found[3] in ("-", ":-") else UNKNOWN)
