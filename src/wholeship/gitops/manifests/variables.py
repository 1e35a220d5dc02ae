"""Variables that Flux fills in before it applies manifests: ``postBuild`` of a Kustomization.

Facts: https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
``${name}``, ``${name:=default}`` and ``${name:-default}`` are filled in, ``$${name}`` stays ``${name}``; what
``substitute`` says counts before ``substituteFrom``, of which the last source wins; a name that nothing sets
is empty. ``$1`` and ``$name`` without braces are left alone.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from wholeship.core import yamls
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.gitops.manifests.documents import Document, flag, items, node_at, text_at, texts_at

GROUP = "kustomize.toolkit.fluxcd.io"
_VARIABLE = lazy_pattern(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-=]([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Source:
    """What one Kustomization knows. ``whole``: every source it names is here, so that a name it does not
    have is empty. ``fills``: it has a ``postBuild`` at all."""

    values: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    fills: bool = True

    def value(self, name: str, default: str | None) -> str | None:
        """What *name* becomes; None: not known."""
        if name in self.values:
            return self.values[name] or default or ""
        return (default or "") if self.whole else None


class Filled:
    """Reads the fields of one object as Flux applies it, and notes the variables that are not known."""

    def __init__(self, document: Document, documents: Iterable[Document]) -> None:
        self._sources = _sources(document, tuple(documents))
        self.unknown: dict[str, None] = {}

    def text(self, node: yamls.Node | None, *keys: str) -> str:
        """The scalar under *keys*, filled in."""
        return self._fill(text_at(node, *keys))

    def texts(self, node: yamls.Node | None, *keys: str) -> tuple[str, ...]:
        """The scalars of the list under *keys*, filled in."""
        return tuple(map(self._fill, texts_at(node, *keys)))

    @property
    def problem(self) -> str:
        """Which variables are not known; empty: none."""
        if not self.unknown:
            return ""
        names = ", ".join(f"${{{name}}}" for name in self.unknown)
        return f"{names} is filled in by a Kustomization (postBuild), and what with is not written here"

    def _fill(self, written: str) -> str:
        if self._sources and not any(source.fills for source in self._sources):
            return written  # without a postBuild nothing is filled in
        return _VARIABLE.sub(self._value, written)

    def _value(self, match: re.Match[str]) -> str:
        escaped, name, default = match[1], match[2], match[3]
        if escaped:
            return match[0][1:]
        values = {source.value(name, default) for source in self._sources if source.fills}
        known = values.pop() if len(values) == 1 else None
        if known is None:
            self.unknown[name] = None
            return match[0]
        return known


def _sources(document: Document, documents: tuple[Document, ...]) -> tuple[Source, ...]:
    """Those of the Kustomizations that apply the folder of *document*; of all, where none says so."""
    every = [one for one in documents if one.kind == "Kustomization" and one.group == GROUP]
    around = [one for one in every if _applies(one, document)]
    return tuple(_source(one, documents) for one in around or every)


def _applies(kustomization: Document, document: Document) -> bool:
    folder = posixpath.normpath(text_at(kustomization.node, "spec", "path") or ".")
    return folder not in (".", "/") and document.file.startswith(folder.strip("/") + "/")


def _source(kustomization: Document, documents: tuple[Document, ...]) -> Source:
    build = node_at(kustomization.node, "spec", "postBuild")
    if build is None:
        return Source(fills=False)
    values: dict[str, str] = {}
    whole = True
    for reference in items(build, "substituteFrom"):
        found = _data(text_at(reference, "kind"), text_at(reference, "name"), documents)
        if found is None:
            whole = whole and flag(reference, "optional")
        values |= found or {}
    return Source(values | _text_entries(node_at(build, "substitute")), whole)


def _data(kind: str, name: str, documents: tuple[Document, ...]) -> dict[str, str] | None:
    """The entries of the ConfigMap or Secret *name*; None: it is not here, or not to be read."""
    fitting = [
        one
        for one in documents
        if one.kind == kind and one.group == "" and one.name.rpartition("/")[2] == name
    ]
    if len(fitting) != 1:
        return None
    node = fitting[0].node
    if kind != "Secret":
        return _text_entries(node_at(node, "data"))
    try:
        decoded = {
            key: base64.b64decode(value, validate=True).decode()
            for key, value in _text_entries(node_at(node, "data")).items()
        }
    except (binascii.Error, UnicodeDecodeError):
        return None  # encrypted in Git, as it should be
    return decoded | _text_entries(node_at(node, "stringData"))


def _text_entries(node: yamls.Node | None) -> dict[str, str]:
    if not isinstance(node, yamls.Mapping):
        return {}
    return {key.text: text_at(node, key.text) for key, _ in node.entries}
