"""The outputs of a target as bake holds them until the build: buildx ``util/buildflags/export.go``.

An entry is an object that changes: bake hands one entry from a parent to all its children, and ``push`` is
written into it. So ``--set a.push=true`` can make a sibling of ``a`` push too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.texts.template import Template
from wholeship.tools.bake.values import Data, Refused, Unknown, literal, to_map, to_text
from wholeship.tools.exporters import YES, Exporter, fields_of

TRUE = Template.of("true")


@dataclass(slots=True, eq=False)
class Export:
    """One entry: ``type``, ``dest`` and further attributes. ``open``: it may be any, and push."""

    kind: Template
    attributes: dict[str, Template] = field(default_factory=dict)
    destination: Template | None = None
    open: bool = False

    def same(self, other: Export) -> bool:
        """Whether both say the same."""
        return (self.kind, self.attributes, self.destination, self.open) == (
            other.kind,
            other.attributes,
            other.destination,
            other.open,
        )

    def copy(self) -> Export:
        """The same entry, changed by nobody else."""
        return Export(self.kind, dict(self.attributes), self.destination, self.open)

    def exporter(self) -> Exporter:
        """The entry as BuildKit gets it. What is not known counts as a push."""
        kind = self.kind.literal
        if self.open or kind is None:
            return Exporter("registry", push=None)
        names = tuple(name for name in self.attributes.get("name", Template()).split(",") if name.parts)
        push = _flag(self.attributes.get("push"))
        return Exporter(kind, names, push, _flag(self.attributes.get("push-by-digest")) is True)


def _flag(text: Template | None) -> bool | None:
    if text is None:
        return False
    return None if text.literal is None else text.literal in YES


def parse_bool(text: str) -> bool:
    """A truth value as Go reads it; raises Refused."""
    if text in YES:
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise Refused(f"{text!r} is neither true nor false")


def read_export(text: Template) -> Export:
    """``type=image,name=…``; a bare word is a directory; raises Refused."""
    given = fields_of(text)
    if text.holes and (not given or "type" not in dict(given)):
        return Export(Template.of("registry"), open=True)
    bare = text.literal
    if not given and bare is not None and "," not in bare and not bare.startswith("type="):
        return Export(Template.of("tar" if bare == "-" else "local"), destination=text)
    found = dict(given)
    if "type" not in found:
        raise Refused("an output has no type")
    kind, destination = found.pop("type"), found.pop("dest", None)
    return Export(kind, found, destination if destination is not None and destination.parts else None)


def to_exports(value: Data) -> tuple[Export, ...]:
    """The attribute ``output``: texts and mappings; raises Refused or NotKnown."""
    if isinstance(value, Unknown):
        return (Export(Template.of("registry"), open=True),)
    if not isinstance(value, tuple):
        raise Refused("output is no list")
    return tuple(map(_entry, value))


def _entry(value: Data) -> Export:
    if isinstance(value, Unknown):
        return Export(Template.of("registry"), open=True)
    if isinstance(value, Template):
        return read_export(value)
    found = {key: to_text(each) for key, each in to_map(value).items() if each is not None}
    kind, destination = found.pop("type", None), found.pop("dest", None)
    if kind is None or not kind.parts:
        raise Refused("an output has no type")
    return Export(kind, found, destination if destination is not None and destination.parts else None)


def distinct(exports: Sequence[Export]) -> tuple[Export, ...]:
    """Without entries that say the same."""
    kept: list[Export] = []
    for export in exports:
        if not any(export.same(other) for other in kept):
            kept.append(export)
    return tuple(kept)


def pushed(exports: tuple[Export, ...], push: bool) -> tuple[Export, ...]:
    """``push`` as an override: image entries are told, and one is added where there is none but docker's."""
    kinds = [None if export.open else export.kind.literal for export in exports]
    images = [export for export, kind in zip(exports, kinds, strict=True) if kind == "image"]
    for export in images:
        export.attributes["push"] = TRUE if push else Template.of("false")
    if not push:
        return tuple(e for e, kind in zip(exports, kinds, strict=True) if kind != "registry")
    if all(kind == "docker" for kind in kinds):
        return (*exports, Export(Template.of("image"), {"push": TRUE}))
    return exports


def loaded(exports: tuple[Export, ...]) -> tuple[Export, ...]:
    """``load`` as an override: docker's entry is added, unless something is only exported."""
    for export in exports:
        kind = None if export.open else export.kind.literal
        if kind == "docker" and export.destination is None:
            return exports
        if kind not in ("docker", "image", "registry", "oci", None):
            return exports
    return (*exports, Export(Template.of("docker")))


__all__ = ["Export", "distinct", "literal", "loaded", "parse_bool", "pushed", "read_export", "to_exports"]
