"""Files → Kubernetes objects with places, as much of them as can be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wholeship.core import yamls
from wholeship.core.errors import BadConfig
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.gitops.manifests.model import Remark
from wholeship.gitops.marks import may_follow_images

_TEMPLATE = lazy_pattern(r"\{\{-?")


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document, a mapping at the top."""

    file: str
    node: yamls.Mapping

    @property
    def kind(self) -> str:
        """``kind``, empty for a file that is no Kubernetes object."""
        return text_at(self.node, "kind")

    @property
    def group(self) -> str:
        """The API group, as ``image.toolkit.fluxcd.io``."""
        return text_at(self.node, "apiVersion").rpartition("/")[0]

    @property
    def namespace(self) -> str:
        """``metadata.namespace``; an overlay may set it, so it is often absent."""
        return text_at(self.node, "metadata", "namespace")

    @property
    def name(self) -> str:
        """``namespace/name``, or the name alone."""
        name = text_at(self.node, "metadata", "name")
        return f"{self.namespace}/{name}" if self.namespace else name

    @property
    def place(self) -> Place:
        """Where the object's name stands."""
        named = node_at(self.node, "metadata", "name")
        return named.place if named is not None else self.node.place


def read_documents(files: Mapping[str, str]) -> tuple[tuple[Document, ...], tuple[Remark, ...]]:
    """Every mapping in *files* (text by path), and what could not be read."""
    found: list[Document] = []
    remarks: list[Remark] = []
    for file, content in files.items():
        try:
            nodes = yamls.read_all(content, file)
        except BadConfig as error:
            remarks.append(_unread(file, content, error))
            continue
        found += [Document(file, node) for node in _objects(nodes)]
    return tuple(found), tuple(remarks)


def node_at(node: yamls.Node | None, *keys: str) -> yamls.Node | None:
    """What stands under *keys*, one inside the other."""
    for key in keys:
        node = node.get(key) if isinstance(node, yamls.Mapping) else None
    return node


def text_at(node: yamls.Node | None, *keys: str) -> str:
    """The scalar under *keys* as written, empty when there is none."""
    found = node_at(node, *keys)
    return found.text if isinstance(found, yamls.Scalar) and found.value is not None else ""


def flag(node: yamls.Node | None, *keys: str) -> bool:
    """Whether the scalar under *keys* is true."""
    found = node_at(node, *keys)
    return isinstance(found, yamls.Scalar) and found.value is True


def texts_at(node: yamls.Node | None, *keys: str) -> tuple[str, ...]:
    """The scalars of the list under *keys*, as written."""
    found = node_at(node, *keys)
    items = found.items if isinstance(found, yamls.Sequence) else ()
    return tuple(item.text for item in items if isinstance(item, yamls.Scalar))


def items(node: yamls.Node | None, *keys: str) -> tuple[yamls.Node, ...]:
    """The items of the list under *keys*."""
    found = node_at(node, *keys)
    return found.items if isinstance(found, yamls.Sequence) else ()


def _objects(nodes: tuple[yamls.Node, ...]) -> Iterator[yamls.Mapping]:
    for node in nodes:
        if not isinstance(node, yamls.Mapping):
            continue
        if text_at(node, "kind").endswith("List") and (inner := items(node, "items")):
            yield from _objects(inner)
        else:
            yield node


def _unread(file: str, content: str, error: BadConfig) -> Remark:
    problem = error.problems[0]
    matters = may_follow_images(content)
    if _TEMPLATE.search(content):
        return Remark("a template, not YAML: skipped", Place(file), matters)
    return Remark(f"skipped: {problem.message}", problem.place, matters)
