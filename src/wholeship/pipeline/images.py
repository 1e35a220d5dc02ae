"""The images of one run: which repositories hold the same image, and which images are one release."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wholeship.pipeline.effects import reference
from wholeship.pipeline.publish import Build, Facts, Publish, Reference, Way
from wholeship.pipeline.tags import Nature, made_alike, nature
from wholeship.pipeline.trigger import Trigger
from wholeship.texts.template import Kind, Same, Template


@dataclass(frozen=True, slots=True)
class Tagged:
    """One tag that becomes visible: reference number ``part`` of ``publish``."""

    publish: Publish
    part: int

    @property
    def reference(self) -> Reference:
        """``repository:tag``."""
        return self.publish.references[self.part]

    @property
    def tag(self) -> Template:
        """The tag alone."""
        tag = self.reference.tag
        assert tag is not None
        return tag


@dataclass(frozen=True, slots=True)
class Image:
    """One image, under every repository it goes to. ``tags`` are in the order of the workflow."""

    name: str
    repositories: tuple[Template, ...]
    tags: tuple[Tagged, ...]

    @property
    def several(self) -> bool:
        """Whether the name stands for several images: a matrix or a loop that is data."""
        return any(_varies(repository) for repository in self.repositories)

    def at(self, tag: Template) -> tuple[Tagged, ...]:
        """Where this image gets *tag*: surely the same text, or else one of the same shape."""
        sure = tuple(each for each in self.tags if each.tag.compare(tag) is Same.YES)
        return sure or tuple(each for each in self.tags if made_alike(tag, each.tag))


def images(facts: Facts) -> tuple[Image, ...]:
    """Every image that gets a tag, in the order of the workflow.

    Repositories that one build is pushed to, that are copied from each other, or that have one name in two
    registries, hold the same image.
    Tags that are only there to be joined or promoted later are left out.
    """
    tagged = tuple(visible(facts))
    groups = _same_images(facts)
    found: dict[Template, list[Tagged]] = {}
    for each in tagged:
        found.setdefault(groups.first(each.reference.repository), []).append(each)
    named = [(_repositories(tags), tuple(tags)) for tags in found.values()]
    alike = Counter(_last(repositories) for repositories, _ in named)
    return tuple(Image(_name(each, alike), each, tags) for each, tags in named)


def _same_images(facts: Facts) -> _Groups:
    groups = _Groups()
    pushed: dict[tuple[str, str, Build], Template] = {}
    named: dict[str, Template] = {}
    for publish in facts.publishes:
        if publish.way is Way.ATTACH:
            continue
        held = [each.repository for each in publish.references]
        copied = publish.sources if publish.way is Way.COPY else ()
        groups.join([*held, *(reference(source).repository for source in copied)])
        for repository in held:
            first = named.setdefault(_path(repository), repository)
            if _host(first) != _host(repository):
                groups.join([first, repository])  # a mirror in another registry
        if publish.way is Way.PUSH and publish.build is not None and held:
            key = (publish.spot.job, publish.spot.leg, publish.build)
            groups.join([pushed.setdefault(key, held[0]), *held])
    return groups


def _host(repository: Template) -> str:
    first, slash, _ = str(repository).partition("/")
    return first if slash and ("." in first or ":" in first or "{" in first) else ""


def _path(repository: Template) -> str:
    """The last part of the path; the whole where it is not all known."""
    last = str(repository).rpartition("/")[2]
    return str(repository) if "{" in last else last


_ARCHITECTURE = r"(?:linux[-_.])?(?:amd64|arm64|armv?\d*|x86_64|x64|aarch64|ppc64le|s390x|windows)(?:v\d)?"
_PART = re.compile(rf"[-_.]{_ARCHITECTURE}$|^{_ARCHITECTURE}[-_.]")


def _for_one_platform(tag: Template) -> bool:
    """A tag that names an architecture is there to be joined into a list."""
    return _PART.search(tag.tail) is not None or _PART.search(tag.head) is not None


_HERE = re.compile(
    r"(?:(?:[\w-]+\.)?localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal|kind-registry)(?::\d*)?/"
    r"|ocidir://|oci:|dir:"
)


def _stays_here(repository: Template) -> bool:
    """A registry or a folder on the runner itself, which ends with the job: no consumer sees it."""
    return _HERE.match(repository.head) is not None


def visible(facts: Facts) -> Iterator[Tagged]:
    """Every tag of an image that is meant for consumers."""
    lists = any(_joins(publish) for publish in facts.publishes)
    taken = {_spelled(source) for publish in facts.publishes for source in publish.sources if _joins(publish)}
    for publish in facts.publishes:
        if publish.way is Way.ATTACH:
            continue
        for part, each in enumerate(publish.references):
            if each.tag is None or _stays_here(each.repository):
                continue
            if lists and not _joins(publish) and _for_one_platform(each.tag):
                continue
            if Template.of(each.repository, ":", each.tag) not in taken:
                yield Tagged(publish, part)


def _joins(publish: Publish) -> bool:
    return publish.way in (Way.COPY, Way.INDEX)


def _spelled(source: Template) -> Template:
    named = reference(source)
    return source if named.tag is None else Template.of(named.repository, ":", named.tag)


@dataclass(frozen=True, slots=True)
class Release:
    """Images that share a tag. ``nature`` says whether the tag names one release or moves."""

    tag: Template
    nature: Nature
    images: tuple[Image, ...]

    def tagged(self, image: Image) -> tuple[Tagged, ...]:
        """Where *image* gets the tag."""
        return image.at(self.tag)


def releases(every: Sequence[Image], trigger: Trigger) -> tuple[Release, ...]:
    """Sets of two images or more under one tag; those by a deploy tag first, each set of images once."""
    found: list[Release] = []
    for wanted in (Nature.DEPLOY, Nature.ALIAS):
        for tag in _tags(every, trigger, wanted):
            members = tuple(
                image for image in every if any(not _mirrors(each, wanted) for each in image.at(tag))
            )
            several = len(members) > 1 or any(image.several for image in members)
            if several and not any(set(members) <= set(other.images) for other in found):
                found.append(Release(tag, wanted, members))
    return tuple(found)


def _mirrors(tagged: Tagged, wanted: Nature) -> bool:
    """A moving tag that is copied as it is from elsewhere (``ubuntu:latest``): each image's own affair."""
    publish = tagged.publish
    if wanted is not Nature.ALIAS or publish.way is not Way.COPY or len(publish.sources) != 1:
        return False
    source = reference(publish.sources[0])
    return source.tag is not None and source.tag.compare(tagged.tag) is Same.YES


def _tags(every: Iterable[Image], trigger: Trigger, wanted: Nature) -> Iterator[Template]:
    seen = dict.fromkeys(each.tag for image in every for each in image.tags if each.reference.certain)
    yield from (tag for tag in seen if nature(tag, trigger) is wanted)
    unsure = dict.fromkeys(each.tag for image in every for each in image.tags if not each.reference.certain)
    yield from (tag for tag in unsure if tag not in seen and nature(tag, trigger) is wanted)


class _Groups:
    """Repositories that hold one image, as sets that grow together."""

    def __init__(self) -> None:
        self._parent: dict[Template, Template] = {}

    def first(self, repository: Template) -> Template:
        while self._parent.get(repository, repository) != repository:
            repository = self._parent[repository]
        return repository

    def join(self, repositories: Sequence[Template]) -> None:
        for repository in repositories[1:]:
            one, other = self.first(repositories[0]), self.first(repository)
            if one != other:
                self._parent[other] = one


def _repositories(tags: Iterable[Tagged]) -> tuple[Template, ...]:
    return tuple(dict.fromkeys(each.reference.repository for each in tags))


def _name(repositories: Sequence[Template], alike: Mapping[str, int]) -> str:
    """The last part of the path; the whole path where two images end alike."""
    last = _last(repositories)
    return last if alike[last] == 1 else str(repositories[0])


def _last(repositories: Sequence[Template]) -> str:
    return Reference(repositories[0], None).image()


def _varies(repository: Template) -> bool:
    return any(hole.kinds & {Kind.MATRIX} or hole.name.startswith("each") for hole in repository.holes)
