"""What is asked of a world, noted: where all of that is the same, so is what was made of it.

What is not there is noted, too: a variable that is not set, a file that the repository does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import field, replace
from typing import Generic, TypeVar

from wholeship.core.values import dataclass
from wholeship.texts.template import Value
from wholeship.tools.world import World

Made = TypeVar("Made")


@dataclass(slots=True)
class Asked:
    """The questions with their answers. ``site``: that of the world, where it mattered; None: it did not."""

    names: dict[str, Value | None] = field(default_factory=dict)
    owners: dict[str, str | None] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    left: dict[str, Value | None] = field(default_factory=dict)
    site: str | None = None
    everything: bool = False
    """All variables were looked through, so that one more may matter."""

    def holds_in(self, world: World) -> bool:
        """Whether *world* gives these answers; what is asked of it is what was asked before."""
        return (
            not self.everything
            and self.site in (None, world.site)
            and all(world.names.get(name) == value for name, value in self.names.items())
            and all(world.by(path) == who for path, who in self.owners.items())
            and all(world.read(path) == text for path, text in self.texts.items())
            and all(world.left(path) == text for path, text in self.left.items())
        )


def noted_world(world: World) -> tuple[World, Asked]:
    """*world*, and what was asked of it: that grows as somebody asks."""
    asked = Asked()

    def read(path: str) -> str | None:
        text = asked.texts[path] = world.read(path)
        return text

    def by(path: str) -> str | None:
        who = asked.owners[path] = world.by(path)
        return who

    def left(path: str) -> Value | None:
        value = asked.left[path] = world.left(path)
        return value

    names, site = _NotedNames(world.names, asked), _NotedSite.of(world.site, asked)
    return replace(world, read=read, by=by, left=left, names=names, site=site), asked


class _NotedNames(Mapping[str, Value]):
    """Variables that are noted as they are asked for."""

    __slots__ = ("_asked", "_names")

    def __init__(self, names: Mapping[str, Value], asked: Asked) -> None:
        self._names = names
        self._asked = asked

    def __getitem__(self, name: str) -> Value:
        value = self._asked.names[name] = self._names.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        self._asked.everything = True
        return iter(self._names)

    def __len__(self) -> int:
        self._asked.everything = True
        return len(self._names)


class _NotedSite(str):
    """The text of a site, which notes that it was put into another text."""

    _asked: Asked

    @classmethod
    def of(cls, site: str, asked: Asked) -> _NotedSite:
        """*site*, for *asked*."""
        made = cls(site)
        made._asked = asked
        return made

    def __format__(self, form: str) -> str:
        return str(self).__format__(form)

    def __str__(self) -> str:
        self._asked.site = text = str.__str__(self)
        return text


class Kept(Generic[Made]):
    """What was made of worlds, given again where the same would be made.

    At most so many *keys*, and worlds of *each*, are kept: the newest.
    """

    def __init__(self, keys: int, each: int) -> None:
        self._keys, self._each = keys, each
        self._kept: dict[Hashable, list[tuple[Asked, Made]]] = {}

    def of(self, key: Hashable, world: World, make: Callable[[World], Made]) -> Made:
        """What *make* makes of *world*. *key* is all else that it looks at; what it raises is not kept."""
        whole = (key, world.directory, world.stdin, world.reference)
        known = self._kept.setdefault(whole, [])
        for asked, made in known:
            if asked.holds_in(world):
                return made
        noted, asked = noted_world(world)
        made = make(noted)
        known.append((asked, made))
        del known[: -self._each]
        while len(self._kept) > self._keys:
            del self._kept[next(iter(self._kept))]
        return made

    def clear(self) -> None:
        """Nothing is kept any more."""
        self._kept.clear()
