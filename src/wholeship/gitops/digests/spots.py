"""Where a YAML file says which image runs: the spots that a release's digests belong into.

Kustomize's ``images:`` (https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/), Helm
values (``repository`` with ``digest``, by themselves or below ``registry``), whole references
(``ghcr.io/acme/app:1.2@sha256:…``) anywhere, and data of a ConfigMap under an image's own name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from wholeship.core import yamls
from wholeship.core.errors import Problem
from wholeship.core.place import Place
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.gitops.manifests.documents import items, node_at, text_at
from wholeship.gitops.manifests.model import as_repository
from wholeship.gitops.manifests.usage import split_image

DIGEST = "sha256:"


@dataclass(frozen=True, slots=True)
class Pin:
    """An image of a release as it is written down: its name, every repository it is in, what it is there."""

    name: str
    repositories: frozenset[Repository]
    digest: str
    tag: str


@dataclass(frozen=True, slots=True)
class Spot:
    """The scalar ``old`` becomes ``new``; without one, ``new`` comes under ``key`` behind ``after``.

    ``owner`` is the mapping that it stands in, ``key`` the scalar (or, for a new one, the name) before it.
    """

    image: str
    owner: yamls.Mapping
    key: str
    new: str
    old: yamls.Scalar | None = None
    after: str = ""


@dataclass
class Spots:
    """What was found in one document, and what stands in the way."""

    found: list[Spot] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def spots_in(document: yamls.Node, pins: Sequence[Pin]) -> Spots:
    """Every spot of *pins* in one document; objects that only say what is scanned have none."""
    search = _Search({repository: pin for pin in pins for repository in pin.repositories}, pins)
    if not text_at(document, "apiVersion").startswith("image.toolkit.fluxcd.io/"):
        search.document(document)
    return search.spots


class _Search:
    """One walk over a document."""

    def __init__(self, by_repository: Mapping[Repository, Pin], pins: Sequence[Pin]) -> None:
        self.spots = Spots()
        self._by_repository, self._pins = by_repository, pins
        self._seen: set[Place] = set()

    def document(self, document: yamls.Node) -> None:
        if text_at(document, "kind") in ("Kustomization", "Component", ""):
            for entry in items(document, "images"):
                if isinstance(entry, yamls.Mapping) and node_at(entry, "name") is not None:
                    self._kustomized(entry)
        if text_at(document, "kind") == "ConfigMap":
            self._keyed(node_at(document, "data"))
        for node in yamls.walk_node(document):
            if isinstance(node, yamls.Mapping):
                self._beside(node)
                for key, value in node.entries:
                    self._reference(node, key.text, value)
            elif isinstance(node, yamls.Sequence):
                for value in node.items:
                    self._listed(value)

    def _pin_of(self, name: str) -> Pin | None:
        repository = as_repository(name) if name else None
        return self._by_repository.get(repository) if repository is not None else None

    def _kustomized(self, entry: yamls.Mapping) -> None:
        """An entry of ``images:``; the new name counts, and a tag beside the digest is the same image's."""
        named = "newName" if text_at(entry, "newName") else "name"
        pin = self._pin_of(text_at(entry, named))
        if pin is None:
            return
        last = "newTag" if node_at(entry, "newTag") is not None else named
        self._set(pin, entry, "digest", pin.digest, after=last)
        if last == "newTag":
            self._set(pin, entry, "newTag", pin.tag)

    def _beside(self, node: yamls.Mapping) -> None:
        """``repository:`` (or ``image:``) with the parts of the reference as keys beside it."""
        for key in ("repository", "image"):
            value = node_at(node, key)
            if not isinstance(value, yamls.Scalar) or value.place in self._seen:
                continue
            registry = text_at(node, "registry")
            pin = self._pin_of(f"{registry}/{value.text}" if registry else value.text)
            if pin is None:
                continue
            self._seen.add(value.place)
            if node_at(node, "digest") is None:
                hint = 'add `digest: ""` if the chart reads it, or write the image as one text with its tag'
                self._problem(f"{value.text} has no digest beside it", value.place, hint)
                continue
            self._set(pin, node, "digest", pin.digest)
            if text_at(node, "tag"):
                self._set(pin, node, "tag", pin.tag)

    def _keyed(self, data: yamls.Node | None) -> None:
        """Data of a ConfigMap: ``app:`` gets the digest, ``IMAGE_APP:`` the reference, as gates know it."""
        for pin in self._pins:
            variable = f"IMAGE_{pin.name.upper().replace('-', '_')}"
            for key, new in ((pin.name, pin.digest), (variable, f"{min(pin.repositories)}@{pin.digest}")):
                value = node_at(data, key)
                if (
                    isinstance(data, yamls.Mapping)
                    and isinstance(value, yamls.Scalar)
                    and (not value.text or value.text.startswith(DIGEST))
                ):
                    self._set(pin, data, key, new)

    def _reference(self, owner: yamls.Mapping, key: str, value: yamls.Node) -> None:
        """A whole reference, with a tag or a digest; one with a digest alone stays so."""
        if not isinstance(value, yamls.Scalar) or value.place in self._seen:
            return
        if value.style in ("|", ">"):
            self._block(value)
        elif (parts := self._whole(value)) is not None:
            pin, name, tagged = parts
            self._set(pin, owner, key, f"{name}:{pin.tag}@{pin.digest}" if tagged else f"{name}@{pin.digest}")

    def _whole(self, value: yamls.Scalar) -> tuple[Pin, str, bool] | None:
        parts = split_image(value.text)
        if parts is None or not (parts[1] or parts[2]):
            return None
        pin = self._pin_of(parts[0])
        return (pin, parts[0], bool(parts[1])) if pin is not None else None

    def _listed(self, value: yamls.Node) -> None:
        if isinstance(value, yamls.Scalar) and (value.style in ("|", ">") or self._whole(value)):
            self._block(value)

    def _block(self, value: yamls.Scalar) -> None:
        """Text in a text: what it means is not known here."""
        for repository, pin in self._by_repository.items():
            if f"{repository}:" in value.text or f"{repository}@" in value.text:
                hint = "write each image as a value of a key"
                self._problem(f"{pin.name} is named inside a text", value.place, hint)

    def _set(self, pin: Pin, owner: yamls.Mapping, key: str, new: str, after: str = "") -> None:
        old = node_at(owner, key)
        if isinstance(old, yamls.Scalar):
            self._seen.add(old.place)
            self.spots.found.append(Spot(pin.name, owner, key, new, old))
        elif old is not None:
            self._problem(f"{key} is no text", old.place, "")
        else:
            self.spots.found.append(Spot(pin.name, owner, key, new, after=after))

    def _problem(self, message: str, place: Place, hint: str) -> None:
        self.spots.problems.append(Problem(message, place, hint))
