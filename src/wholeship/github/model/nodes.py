"""Nodes → simple values, with a problem at its place for everything that does not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from wholeship.core.errors import Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.wording import did_you_mean
from wholeship.core.yamls import Mapping, Node, Scalar, Sequence

_ID = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_-]*")
Entries = dict[str, tuple[Scalar, Node]]


class Nodes:
    """Takes nodes apart; what is wrong is kept in ``problems`` and left out."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.remarks: list[Problem] = []

    def problem(self, message: str, place: Place, hint: str = "") -> None:
        """Note a mistake."""
        where = f"{place.path}: " if place.path else ""
        self.problems.append(Problem(f"{where}{message}", place, hint))

    def remark(self, message: str, place: Place, hint: str = "") -> None:
        """Note what is perhaps a mistake: a word that may be newer than this program."""
        self.remarks.append(Problem(message, place, hint))

    def name(self, text: str, place: Place, what: str) -> None:
        """A job's or a step's id: letters, digits, ``-`` and ``_``, and no digit first."""
        if text and "${{" not in text and _ID.fullmatch(text) is None:
            self.problem(
                f"{text!r} is no id of {what}",
                place,
                "letters, digits, _ and -, no digit first",
            )

    def entries(self, node: Node | None, known: Collection[str] = (), what: str = "") -> Entries:
        """The entries of a mapping by key; with *known*, others are mistakes. Nothing for null."""
        if node is None or is_null(node):
            return {}
        if not isinstance(node, Mapping):
            self.problem(f"should be a mapping, is {kind(node)}", node.place)
            return {}
        found: Entries = {}
        for key, value in node.entries:
            if known and key.text not in known:
                self.unknown(key, known, what)
            found[key.text] = (key, value)
        return found

    def unknown(self, key: Scalar, known: Collection[str], what: str) -> None:
        """Note a key that GitHub does not know."""
        hint = did_you_mean(key.text, known, f"known: {', '.join(sorted(known))}")
        self.problems.append(Problem(f"unknown key {key.text}{what and f' in {what}'}", key.place, hint))

    def scalar(self, node: Node | None) -> Scalar | None:
        """A single value; None for nothing."""
        if node is None or isinstance(node, Scalar):
            return node
        self.problem(f"should be a single value, is {kind(node)}", node.place)
        return None

    def text(self, node: Node | None) -> str:
        """The text of a single value."""
        found = self.scalar(node)
        return found.text if found is not None else ""

    def scalars(self, node: Node | None) -> tuple[Scalar, ...]:
        """One value or a list of them."""
        if node is None or is_null(node):
            return ()
        if isinstance(node, Scalar):
            return (node,)
        if isinstance(node, Sequence):
            return tuple(found for item in node.items if (found := self.scalar(item)) is not None)
        self.problem(f"should be a list, is {kind(node)}", node.place)
        return ()

    def strings(self, node: Node | None) -> tuple[str, ...]:
        """The same as texts."""
        return tuple(each.text for each in self.scalars(node))

    def texts(self, node: Node | None) -> dict[str, Scalar]:
        """A mapping of names to single values, as ``env``; a whole expression gives nothing."""
        if isinstance(node, Scalar) and "${{" in node.text:
            return {}
        return {
            name: found
            for name, (_, value) in self.entries(node).items()
            if (found := self.scalar(value)) is not None
        }

    def items(self, node: Node | None) -> Iterator[Node]:
        """The items of a list."""
        if node is None or is_null(node):
            return
        if not isinstance(node, Sequence):
            self.problem(f"should be a list, is {kind(node)}", node.place)
            return
        yield from node.items

    def setting(self, node: Node | None, kind: type[bool] | type[float]) -> Scalar | None:
        """A boolean or a number, or the expression that gives it."""
        found = self.scalar(node)
        if found is None or "${{" in found.text or found.value is None:
            return found
        fits = isinstance(found.value, bool) if kind is bool else _is_number(found.value)
        if not fits:
            what = "true or false" if kind is bool else "a number"
            self.problem(f"should be {what}, is {found.text[:40]!r}", found.place)
            return None
        return found

    def boolean(self, node: Node | None, default: bool = False) -> bool:
        """A boolean without expressions."""
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.problem("should be true or false", node.place)
        return default


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_null(node: Node) -> bool:
    """Whether nothing is written there."""
    return isinstance(node, Scalar) and node.value is None


def kind(node: Node) -> str:
    """In words, what *node* is."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "nothing" if node.value is None else f"{node.text[:40]!r}"


def value_of(entries: Entries, key: str) -> Node | None:
    """The value under *key*."""
    found = entries.get(key)
    return found[1] if found is not None else None


def split_names(text: str) -> frozenset[str]:
    """The names in *text*, separated by white space."""
    return frozenset(text.split())
