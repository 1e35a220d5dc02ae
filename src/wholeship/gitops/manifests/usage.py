"""Where manifests use images, and where Flux rewrites them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from wholeship.core import yamls
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.gitops.manifests.documents import Document, node_at, text_at
from wholeship.gitops.manifests.model import Drive, Reference

_MARKER = lazy_pattern(r"#\s*(\{\s*\"\$imagepolicy\"\s*:.*?\})")
_IMAGE = lazy_pattern(
    r"(?P<name>(?:[\w.-]+(?::\d+)?/)?[\w./-]+?)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_BESIDE = (("repository", "tag"), ("name", "newTag"), ("newName", "newTag"), ("image", "tag"))


def markers(files: Mapping[str, str]) -> dict[tuple[str, int], tuple[str, str]]:
    """Setter markers: (file, line) → (policy as ``namespace/name``, part).

    They are comments, so they are found in templates too. Documented at
    https://fluxcd.io/flux/guides/image-update/#configure-image-update-for-custom-resources
    """
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for file, content in files.items():
        if "$imagepolicy" not in content:
            continue
        for number, line in enumerate(content.splitlines(), 1):
            marker = _MARKER.search(line)
            if marker and (said := _said_by_marker(marker[1])):
                found[file, number] = said
    return found


def _said_by_marker(marker: str) -> tuple[str, str] | None:
    try:
        value = json.loads(marker).get("$imagepolicy", "")
    except (ValueError, AttributeError, RecursionError):
        return None
    namespace, _, rest = str(value).partition(":")
    name, _, part = rest.partition(":")
    return (f"{namespace}/{name}", part) if namespace and name else None


def image_references(
    documents: tuple[Document, ...], marked: Mapping[tuple[str, int], tuple[str, str]]
) -> tuple[Reference, ...]:
    """Every image that *documents* name with a tag or a digest, once for each spot."""
    found: dict[tuple[str, Place], Reference] = {}
    for document in documents:
        for node in yamls.walk_node(document.node):
            if isinstance(node, yamls.Mapping):
                for one in _named_here(node, marked):
                    found.setdefault((one.image, one.place), one)
    return tuple(found.values())


def drives(
    marked: Mapping[tuple[str, int], tuple[str, str]], used: tuple[Reference, ...]
) -> tuple[Drive, ...]:
    """Every marker, with the image that stands beside it."""
    images: dict[tuple[str, int], str] = {}
    for one in used:
        images[one.place.file, one.place.line] = one.image
    return tuple(
        Drive(policy, part, images.get((file, line), ""), Place(file, line))
        for (file, line), (policy, part) in marked.items()
    )


def split_image(spelled: str) -> tuple[str, str, str] | None:
    """``name:tag@digest`` taken apart (absent parts empty); None when it is no reference."""
    found = _IMAGE.fullmatch(spelled)
    return (found["name"], found["tag"] or "", found["digest"] or "") if found else None


def _named_here(
    node: yamls.Mapping, marked: Mapping[tuple[str, int], tuple[str, str]]
) -> Iterator[Reference]:
    spelled = node_at(node, "image")
    if isinstance(spelled, yamls.Scalar) and (parts := split_image(spelled.text)) and (parts[1] or parts[2]):
        yield _reference(*parts, spelled.place, marked)
    for name_key, tag_key in _BESIDE:
        name, tag = text_at(node, name_key), node_at(node, tag_key)
        if name and isinstance(tag, yamls.Scalar) and (parts := split_image(name)) and not parts[1]:
            registry = text_at(node, "registry")
            image = f"{registry}/{parts[0]}" if registry else parts[0]
            yield _reference(image, tag.text, text_at(node, "digest"), tag.place, marked)


def _reference(
    image: str, tag: str, digest: str, place: Place, marked: Mapping[tuple[str, int], tuple[str, str]]
) -> Reference:
    policy, _ = marked.get((place.file, place.line), ("", ""))
    return Reference(image, tag, place, policy, digest)
