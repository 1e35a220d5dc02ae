"""Checks: which are about our images, and which publishes each of them should stand before.

A test or a lint is about the sources, hence about every image. A smoke run or a scan is about the image it
looks at: a publish of that image should wait for it, others need not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wholeship.pipeline.effects import read_reference
from wholeship.pipeline.publish import Build, Check, CheckKind, LocalBuild, Publish, Way
from wholeship.texts.template import Kind, Same, Template

SOURCES = (CheckKind.TEST, CheckKind.LINT)
"""Kinds that look at the sources."""


def ours(check: Check, publishes: Sequence[Publish], builds: Sequence[LocalBuild]) -> bool:
    """Whether *check* looks at the sources, or at an image that this run builds or publishes.

    ``docker run alpine …`` is a tool, not a check of a release.
    """
    if check.kind in SOURCES or check.builds:
        return True
    if not check.subjects:
        return bool(builds)
    return any(_known(subject, publishes, builds) for subject in check.subjects)


def _known(subject: Template, publishes: Sequence[Publish], builds: Sequence[LocalBuild]) -> bool:
    if any(subject == name for each in builds for name in each.build.local):
        return True
    if not subject.head and any(hole.kinds & {Kind.OUTPUT} for hole in subject.holes):
        return True  # an id or a name that an earlier step said
    repository = read_reference(subject).repository
    return any(
        repository.compare(each.repository) is Same.YES for made in publishes for each in made.references
    )


def speaks_of(check: Check, publish: Publish) -> bool:
    """Whether *publish* should not happen before *check* has passed."""
    if check.kind in SOURCES or (not check.subjects and not check.builds):
        return True
    if publish.build is not None and any(alike(each.build, publish.build) for each in check.builds):
        return True
    return any(same_image(subject, publish) for subject in check.subjects)


def same_image(subject: Template, publish: Publish) -> bool:
    """Whether *subject* names a repository that *publish* writes to, or bytes that it copies."""
    if subject in publish.sources:
        return True
    repository = read_reference(subject).repository
    return any(repository.compare(each.repository) is Same.YES for each in publish.references)


def alike(one: Build, other: Build) -> bool:
    """Whether two builds are of one image: the same Dockerfile, whatever stage and arguments."""
    return _file(one) == _file(other)


def _file(build: Build) -> str:
    context = "" if build.context == "git" else build.context
    if build.file:
        return build.file
    return f"{context}/Dockerfile" if context else "Dockerfile"


def shipped(check: Check, publish: Publish, every: Iterable[Publish]) -> bool:
    """Whether *publish* puts out the very bytes that *check* looked at.

    A copy of a digest that was looked at, or a push of the local image that was.
    """
    if publish.way in (Way.COPY, Way.INDEX):
        return True  # what was copied was pushed before, under a name or a digest that a check can look at
    if publish.way is Way.PUSH:
        return not check.builds or any(each.build == publish.build for each in check.builds)
    looked_at_registry = any(same_image(subject, publish) for subject in check.subjects)
    after = not check.spot.before(publish.spot) and check.spot.job != publish.spot.job
    return looked_at_registry and after and not check.builds and any(each is publish for each in every)
