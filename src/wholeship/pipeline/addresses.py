"""Where images go: which publishes carry one image, and which part of a tag tells two of a repository apart.

An image is a build. Its repositories, and what stands around the release in its tags (``app-SHA``,
``SHA-alpine``), are where it goes: two images that share a repository are still two.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.pipeline.effects import read_reference
from wholeship.pipeline.publish import Build, Publish, Way
from wholeship.texts.template import Kind, Same, Template

_ARCHITECTURE = r"(?:linux[-_.])?(?:amd64|arm64|armv?\d*|x86_64|x64|aarch64|ppc64le|s390x|windows)(?:v\d)?"
_PART = lazy_pattern(rf"[-_.]{_ARCHITECTURE}$|^{_ARCHITECTURE}[-_.]")
_PLATFORM = lazy_pattern(r"arch|platform", re.IGNORECASE)


def for_one_platform(tag: Template) -> bool:
    """Whether *tag* names an architecture: it is there to be joined into a list."""
    if _PART.search(tag.tail) is not None or _PART.search(tag.head) is not None:
        return True
    return any(Kind.MATRIX in hole.kinds and _PLATFORM.search(hole.name) for hole in tag.holes)


@dataclass(frozen=True, slots=True)
class Affix:
    """What stands before and after the part of a tag that is only known in the run."""

    head: str = ""
    tail: str = ""

    @classmethod
    def of(cls, tag: Template) -> Affix:
        """That of *tag*, without the name of an architecture."""
        return cls(_PART.sub("", tag.head), _PART.sub("", tag.tail))

    @property
    def words(self) -> str:
        """For people: ``cart`` of ``SHA-cart``."""
        return " ".join(word for each in (self.head, self.tail) if (word := each.strip("-_.+")))

    def strip(self, tag: Template) -> Template:
        """*tag* without it; as it is where it does not have it."""
        if not tag.head.startswith(self.head) or not tag.tail.endswith(self.tail):
            return tag
        parts = list(tag.parts)
        if self.head and isinstance(parts[0], str):
            parts[0] = parts[0].removeprefix(self.head)
        if self.tail and isinstance(parts[-1], str):
            parts[-1] = parts[-1].removesuffix(self.tail)
        left = Template.of(*parts)
        return left if left.parts else tag

    def fits(self, tag: Template) -> bool:
        """Whether the known text *tag* has it, beside something else."""
        return self != PLAIN and self.strip(tag) != tag


PLAIN = Affix()


@dataclass(frozen=True, slots=True)
class Address:
    """One place that an image goes to. ``of``: images that overwrite each other there are still several."""

    repository: Template
    affix: Affix = PLAIN
    of: str = ""


def addresses(publishes: Sequence[Publish]) -> Mapping[int, tuple[Address, ...]]:
    """Where each of *publishes* (by its number) puts its tags, one for each reference, in their order."""
    apart = {
        repository: _affixes(repository, [publishes[at] for at in held])
        for repository, held in _by_repository(publishes).items()
    }
    found = {
        at: tuple(
            Address(each.repository, _affix(publish, each.repository, each.tag, apart[each.repository]))
            for each in publish.references
        )
        for at, publish in enumerate(publishes)
    }
    return _by_build(publishes, found)


def _by_build(
    publishes: Sequence[Publish], held: Mapping[int, tuple[Address, ...]]
) -> Mapping[int, tuple[Address, ...]]:
    """An address that several builds write to, which each have one of their own, is of each apart."""
    builds: dict[Address, set[tuple[str, str, str]]] = {}
    for at, each in held.items():
        for address in each:
            builds.setdefault(address, set()).add(_made_from(publishes[at], at))
    shared = {address for address, made in builds.items() if len(made) > 1}
    owns = {at: next((a for a in each if a not in shared), None) for at, each in held.items()}
    lone = {a for at, each in held.items() if owns[at] is None for a in each}
    return {
        at: tuple(replace(a, of=str(owns[at])) if a in shared and a not in lone else a for a in each)
        for at, each in held.items()
    }


def _made_from(publish: Publish, at: int) -> tuple[str, str, str]:
    build = publish.build
    return (build.context, build.file, build.target) if build is not None else ("", "", "")


def _by_repository(publishes: Sequence[Publish]) -> dict[Template, list[int]]:
    found: dict[Template, list[int]] = {}
    for at, publish in enumerate(publishes):
        for each in dict.fromkeys(one.repository for one in publish.references):
            found.setdefault(each, []).append(at)
    return found


def _affixes(repository: Template, publishes: Sequence[Publish]) -> frozenset[Affix]:
    """Those that tell images of *repository* apart; empty where all of it is one image."""
    spans: dict[tuple[object, ...], dict[Affix, list[Publish]]] = {}
    for publish in publishes:
        for tag in _tags(publish, repository):
            if tag.holes:
                spans.setdefault(_span(tag), {}).setdefault(Affix.of(tag), []).append(publish)
    found: set[Affix] = set()
    for held in spans.values():
        for (one, left), (other, right) in itertools.combinations(held.items(), 2):
            if any(_apart(a, b, repository) for a, b in itertools.product(left, right)):
                found |= {one, other}
    return frozenset(found)


def _apart(one: Publish, other: Publish, repository: Template) -> bool:
    """Whether two publishes there, of tags that differ by an affix, are of two images."""
    if one is other or _same_bytes(one, other):
        return False
    return not set(_tags(one, repository)) & set(_tags(other, repository))


def _tags(publish: Publish, repository: Template) -> list[Template]:
    return [each.tag for each in publish.references if each.repository == repository and each.tag is not None]


def _span(tag: Template) -> tuple[object, ...]:
    """From the first hole to the last."""
    parts = tag.parts
    start = 1 if parts and isinstance(parts[0], str) else 0
    end = len(parts) - 1 if len(parts) > 1 and isinstance(parts[-1], str) else len(parts)
    return parts[start:end]


def _same_bytes(one: Publish, other: Publish) -> bool:
    """Whether both put out what one build made, or copies of one thing."""
    here, there = one.spot, other.spot
    if (here.job, here.step) == (there.job, there.step) and here.leg != there.leg:
        return False
    if one.sources and one.sources == other.sources:
        return True
    return one.build is not None and other.build is not None and alike_build(one.build, other.build)


def alike_build(one: Build, other: Build) -> bool:
    """Whether two builds are made from the same, as far as is known."""
    if one.context != other.context or one.target != other.target or one.file != other.file:
        return False  # most are not, and copies are dear
    return replace(one, local=()) == replace(other, local=())


def _affix(publish: Publish, repository: Template, tag: Template | None, apart: frozenset[Affix]) -> Affix:
    if not apart or tag is None:
        return PLAIN
    if tag.holes:
        own = Affix.of(tag)
        return own if own in apart else _other_affix(publish, repository, apart)
    fitting = [each for each in apart if each.fits(tag)]
    if fitting:
        return max(fitting, key=lambda each: len(each.head) + len(each.tail))
    return _other_affix(publish, repository, apart)


def _other_affix(publish: Publish, repository: Template, apart: frozenset[Affix]) -> Affix:
    """That of the publish's other tags there."""
    owns = (Affix.of(each) for each in _tags(publish, repository) if each.holes)
    return next((own for own in owns if own in apart), PLAIN)


class Groups:
    """Addresses that hold one image, as sets that grow together."""

    def __init__(self) -> None:
        self._parent: dict[Address, Address] = {}

    def first(self, address: Address) -> Address:
        """The one that stands for its set."""
        while self._parent.get(address, address) != address:
            address = self._parent[address]
        return address

    def join(self, given: Iterable[Address]) -> None:
        """All of *given* are one image."""
        every = list(given)
        for each in every[1:]:
            one, other = self.first(every[0]), self.first(each)
            if one != other:
                self._parent[other] = one


Named = Callable[[str], bool]
"""Whether a repository is followed by its name."""


def none_named(_: str) -> bool:
    """Nobody follows any."""
    return False


def same_images(
    publishes: Sequence[Publish], held: Mapping[int, tuple[Address, ...]], named: Named = none_named
) -> Groups:
    """Which addresses are one image: one push, a copy, one local build, one name in two registries.

    Of one build under two names in one registry (``r.io/app``, ``r.io/worker``), of which one is followed
    (*named*), the other is a sibling: each comes by itself.
    """
    groups = Groups()
    pushed: dict[tuple[str, str, Build], list[Address]] = {}
    for at, publish in enumerate(publishes):
        mine = list(held[at])
        _join_by_name(groups, mine, named)
        if mine:
            groups.join([mine[0], *_copied(publish, publishes, held)])
        if publish.way is Way.PUSH and publish.build is not None:
            pushed.setdefault((publish.spot.job, publish.spot.leg, publish.build), []).extend(mine)
    for every in pushed.values():
        _join_by_name(groups, every, named)
    _mirrors(publishes, held, groups)
    return groups


def _join_by_name(groups: Groups, held: Sequence[Address], named: Named) -> None:
    followed = {named(str(each.repository)) for each in held}
    names: dict[str, set[str]] = {}
    for each in held:
        if each.affix == PLAIN:
            names.setdefault(host(each.repository), set()).add(_path(each.repository))
    if len(followed) < 2 or all(len(each) == 1 for each in names.values()):
        groups.join(held)
        return
    by_name: dict[str, list[Address]] = {}
    for each in held:
        by_name.setdefault(_path(each.repository), []).append(each)
    for every in by_name.values():
        groups.join(every)


def _copied(
    publish: Publish, publishes: Sequence[Publish], held: Mapping[int, tuple[Address, ...]]
) -> Iterator[Address]:
    """Where what *publish* copies was pushed to."""
    if publish.way is not Way.COPY:
        return
    for source in publish.sources:
        found = {held[at][part] for at, part in sources_of(source, publishes)}
        if len(found) == 1:  # of several images there it is one, and which one is not known
            yield from found


def sources_of(source: Template, publishes: Sequence[Publish]) -> list[tuple[int, int]]:
    """The publishes, and which reference of each, that *source* (a tag or a digest) was pushed by."""
    wanted = read_reference(source)
    named = wanted.repository.parts  # compared as it stands: a matrix asks for each leg, and of every publish
    found = [
        (at, part)
        for at, publish in enumerate(publishes)
        if publish.way is not Way.ATTACH
        for part, each in enumerate(publish.references)
        if each.repository.parts == named
    ]
    if wanted.tag is not None:
        exact = [(at, part) for at, part in found if publishes[at].references[part].tag == wanted.tag]
        return exact or [
            (at, part)
            for at, part in found
            if (tag := publishes[at].references[part].tag) is not None
            and tag.compare(wanted.tag) is not Same.NO
        ]
    sites = {hole.site for hole in source.holes if hole.site}
    made = [(at, part) for at, part in found if publishes[at].spot.site in sites]
    return made or found


def _mirrors(publishes: Sequence[Publish], held: Mapping[int, tuple[Address, ...]], groups: Groups) -> None:
    """One name in two registries is one image, unless it is built from something else there."""
    named: dict[tuple[str, Affix], tuple[Address, Publish]] = {}
    for at, publish in enumerate(publishes):
        for address in held[at]:
            key = (_path(address.repository), address.affix)
            first, other = named.setdefault(key, (address, publish))
            apart = (
                publish.build is not None
                and other.build is not None
                and not _one_file(publish.build, other.build)
            )
            if host(first.repository) != host(address.repository) and not apart:
                groups.join([first, address])


def _one_file(one: Build, other: Build) -> bool:
    return (one.context, one.file, one.target) == (other.context, other.file, other.target)


def host(repository: Template) -> str:
    """The registry; empty for the default one."""
    first, slash, _ = str(repository).partition("/")
    return first if slash and ("." in first or ":" in first or "{" in first) else ""


def _path(repository: Template) -> str:
    """The last part of the path; the whole where it is not all known."""
    last = str(repository).rpartition("/")[2]
    return str(repository) if "{" in last else last
