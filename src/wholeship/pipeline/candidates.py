"""Tags that are candidates by structure: built and pushed so that a later step can give the release's tag.

``app:candidate-RUN`` is pushed, its digest is looked at, and then gets ``app:SHA`` in the same workflow: what
is released is ``app:SHA``. That nobody follows the candidate is an assumption, unless a policy is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.addresses import for_one_platform, sources_of
from wholeship.pipeline.effects import read_reference
from wholeship.pipeline.publish import Publish, Reference, Way
from wholeship.pipeline.tags import Nature, nature
from wholeship.pipeline.trigger import Trigger
from wholeship.texts.template import Same, Template

Followed = Callable[[Reference], bool]
"""Whether somebody is known to follow such a tag (a policy that would elect it)."""

_PROVISIONAL = lazy_pattern(
    r"(?:^|[-_.])(?:candidate|cand|rc|tmp|temp|test|ci|build|unverified|staging|stage|untested|pending|cache)"
    r"(?:$|[-_.\d])",
    re.IGNORECASE,
)
"""Words by which a tag says that it is not for consumers."""


def nothing_followed(_: Reference) -> bool:
    """No policy is known."""
    return False


def candidates(
    publishes: Sequence[Publish], trigger: Trigger, followed: Followed = nothing_followed
) -> frozenset[tuple[int, int]]:
    """The candidates: number of the publish, and of the reference. Where all would be, none is."""
    released = {
        (each.repository, each.tag)
        for publish in publishes
        if publish.way is Way.COPY
        for each in publish.references
    }
    found, parts = set(), set()
    for number, publish in enumerate(publishes):
        for at, part in _copied(number, publishes):
            source = publishes[at].references[part]
            if source.tag is None or followed(source):
                continue
            if (source.repository, source.tag) in released and publishes[at].way is not Way.COPY:
                continue  # it is pushed under the release's tag itself, too
            if _joins(publish, source.tag):
                parts.add((at, part))
            elif _promotes(publish, source.tag, trigger):
                found.add((at, part))
    return _without_shared(publishes, frozenset(found - parts), frozenset(parts))


def _without_shared(
    publishes: Sequence[Publish], found: frozenset[tuple[int, int]], parts: frozenset[tuple[int, int]]
) -> frozenset[tuple[int, int]]:
    """Without those whose tag a sibling has for good: then it is the release's. *parts* of lists stay."""
    kept = {
        each.tag
        for at, publish in enumerate(publishes)
        for part, each in enumerate(publish.references)
        if each.tag is not None and (at, part) not in found | parts
    }
    if not kept:
        return frozenset()
    left = frozenset((at, part) for at, part in found if publishes[at].references[part].tag not in kept)
    return left | parts


def _copied(number: int, publishes: Sequence[Publish]) -> Iterator[tuple[int, int]]:
    """What publish *number* takes its bytes from: what was pushed before it."""
    publish = publishes[number]
    if publish.way not in (Way.COPY, Way.INDEX, Way.PUSH):
        return
    for source in publish.sources:
        for at, part in sources_of(source, publishes):
            if not _earlier(publishes[at], at, publish, number):
                continue
            yield at, part
            if read_reference(source).tag is None:  # a digest: all tags of that push are of it
                yield from ((at, each) for each in range(len(publishes[at].references)))


def _earlier(one: Publish, at: int, other: Publish, number: int) -> bool:
    """Whether *one* stands before *other*: in the same leg, or in a job before it.

    A local image that its job also pushes under another name was not taken from the registry.
    """
    if one.spot.job == other.spot.job:
        return other.way is not Way.PUSH and one.spot.before(other.spot)
    return at < number


def _joins(publish: Publish, source: Template) -> bool:
    """Whether what stands under the tag *source* is a part of the list that *publish* makes."""
    return len(publish.sources) > 1 and (publish.way is Way.INDEX or for_one_platform(source))


def _promotes(publish: Publish, source: Template, trigger: Trigger) -> bool:
    """Whether *publish* gives what stands under the tag *source* the release's tag.

    From a release's tag, ``latest`` and other moving tags are copied: that makes no candidate of it.
    """
    for each in publish.references:
        if each.tag is None or each.tag.compare(source) is Same.YES or _shorter(source, each.tag):
            continue
        if nature(each.tag, trigger) is Nature.DEPLOY:
            return True
        if _PROVISIONAL.search(str(source)):
            return True
    return False


def _shorter(source: Template, target: Template) -> bool:
    """Whether *target* is *source* in another spelling: ``1.2.3`` of ``v1.2.3``, a short commit id."""
    if len(source.holes) != 1 or source.head.strip("v") or source.tail:
        return False
    whole = str(source.holes[0])
    return any(hole != source.holes[0] and whole[1:-1] in hole.name for hole in target.holes)
