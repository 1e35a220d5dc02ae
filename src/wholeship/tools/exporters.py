"""BuildKit's exporters: ``type=image,name=…,push=true`` and its like. BuildKit README, "Output"."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from wholeship.texts.template import Template


@dataclass(frozen=True, slots=True)
class Exporter:
    """One entry of ``outputs``. ``names`` are the references it pushes besides the build's tags."""

    kind: str
    names: tuple[Template, ...] = ()
    push: bool | None = False
    by_digest: bool = False

    @property
    def pushes(self) -> bool:
        """Whether it writes to a registry by itself; a flag that is not known counts as yes."""
        return self.kind == "registry" or (self.kind == "image" and self.push is not False)


def exporters(text: Template) -> Iterator[Exporter]:
    """Every exporter in *text*, one a line. A bare word is a directory: ``type=local``."""
    for line in text.split("\r\n"):
        stripped = line.strip()
        if stripped.parts and not stripped.head.startswith("#"):
            yield _exporter(stripped)


def _exporter(line: Template) -> Exporter:
    fields: dict[str, list[Template]] = {}
    for part in _fields(line):
        key, value = part.cut("=")
        if value is not None and key.literal is not None:
            fields.setdefault(key.literal.strip().lower(), []).append(value)
    if "type" not in fields:
        return Exporter("registry" if line.holes and not fields else "local")
    kind = fields["type"][-1].literal or "image"
    names = tuple(name for value in fields.get("name", ()) for name in value.split(",\"' "))
    return Exporter(kind, names, _flag(fields, "push"), _flag(fields, "push-by-digest") is True)


def _fields(line: Template) -> tuple[Template, ...]:
    """The comma-separated fields; quotes keep commas (``"name=a,b"``), as in CSV."""
    text = line.literal
    if text is not None and '"' in text:
        return tuple(Template.of(field) for field in next(csv.reader([text]), []))
    return line.split(",")


def _flag(fields: dict[str, list[Template]], name: str) -> bool | None:
    if name not in fields:
        return False
    text = fields[name][-1].literal
    return None if text is None else text.strip().lower() == "true"
