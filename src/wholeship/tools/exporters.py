"""BuildKit's exporters: ``type=image,name=…,push=true`` and its like. BuildKit README, "Output"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wholeship.core.values import dataclass
from wholeship.pipeline.effects import Write, read_reference
from wholeship.pipeline.publish import Way
from wholeship.texts.template import Hole, Template


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
    for key, value in fields_of(line):
        fields.setdefault(key, []).append(value)
    if "type" not in fields:
        return Exporter("registry" if line.holes and not fields else "local")
    kind = fields["type"][-1].literal or "image"
    names = tuple(name for value in fields.get("name", ()) for name in value.split(",\"' "))
    return Exporter(kind, names, _flag(fields, "push"), _flag(fields, "push-by-digest") is True)


def fields_of(line: Template) -> tuple[tuple[str, Template], ...]:
    """The ``key=value`` fields of *line*, separated by commas; quotes keep commas, as in CSV."""
    found = []
    for part in _fields(line):
        key, value = part.cut("=")
        if value is not None and key.literal is not None:
            found.append((key.literal.strip().lower(), value))
    return tuple(found)


def _fields(line: Template) -> tuple[Template, ...]:
    """The fields of CSV; what is not known is taken to hold neither a comma nor a quote."""
    fields: list[list[str | Hole]] = [[]]
    quoted = False
    for part in line.parts:
        if isinstance(part, Hole):
            fields[-1].append(part)
            continue
        for at, letter in enumerate(part):
            if letter == '"' and not quoted and not fields[-1]:
                quoted = True
            elif letter == '"' and quoted and part[at + 1 : at + 2] in ("", ","):
                quoted = False
            elif letter == "," and not quoted:
                fields.append([])
            else:
                fields[-1].append(letter)
    return tuple(Template.of(*field) for field in fields if field)


def _flag(fields: dict[str, list[Template]], name: str) -> bool | None:
    if name not in fields:
        return False
    text = fields[name][-1].literal
    return None if text is None else text.strip() in YES


YES = frozenset({"1", "t", "T", "true", "TRUE", "True"})
"""What Go's tools read as true."""


def cache_writes(caches: Iterable[Template]) -> Iterator[Write]:
    """The caches that are written to a registry: ``type=registry,ref=…``, or a reference alone."""
    for cache in caches:
        fields = dict(fields_of(cache))
        kind, ref = fields.get("type"), fields.get("ref", cache if not fields else None)
        if ref is not None and (kind is None or kind.literal in ("registry", None)):
            yield Write(Way.BUILD, (read_reference(ref),), cache=True)
