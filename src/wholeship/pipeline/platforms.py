"""Platforms: what a build makes, what a runner is, and what has to be emulated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.core.platform import Platform
from wholeship.pipeline.publish import Publish, Way

_ARM = lazy_pattern(r"(?:^|[-_.])(?:arm|arm64|aarch64|graviton)(?:[-_.\d]|$)", re.IGNORECASE)
_INTEL = lazy_pattern(r"ubuntu|linux|x64|x86|amd64|debian", re.IGNORECASE)
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def native(labels: Iterable[str]) -> Platform | None:
    """What containers run on natively under these labels; None where the labels do not say.

    GitHub docs, "GitHub-hosted runners reference"; other providers put ``arm`` into their labels too.
    """
    text = [label for label in labels if label]
    if any(_ARM.search(label) for label in text):
        return ARM64
    return AMD64 if any(_INTEL.search(label) for label in text) else None


def made(
    publish: Publish, labels: Iterable[str], every: Iterable[Publish] = ()
) -> frozenset[Platform] | None:
    """The platforms that *publish* puts out; None where they could not be read.

    A copy of digests has what the builds among *every* made that said the digests.
    """
    if publish.platforms:
        return publish.platforms
    if publish.platforms is None and publish.sources:
        parts = joined_parts(publish, every)
        if parts:
            known = [each.platforms for each in parts if each.platforms]
            return frozenset.union(*known) if len(known) == len(parts) else None
        return _copied(publish, {each.spot.site: each for each in every})
    here = native(labels)
    return frozenset((here,)) if publish.platforms is not None and here is not None else None


def joined_parts(publish: Publish, every: Iterable[Publish]) -> tuple[Publish, ...]:
    """What *publish* joins under its tag, where nobody has said its digests: all that goes to its repository
    by digest. Nothing where its sources are known, or are no digests."""
    among = tuple(every)
    sites = {each.spot.site for each in among}
    unsaid = [
        source
        for source in publish.sources
        if "@" in str(source) and not any(hole.site in sites for hole in source.holes)
    ]
    if not unsaid or publish.way not in (Way.COPY, Way.INDEX):
        return ()
    own = {reference.repository for reference in publish.references}
    return tuple(
        each
        for each in among
        if not each.tagged and any(reference.repository in own for reference in each.references)
    )


def _copied(publish: Publish, by_site: Mapping[str, Publish]) -> frozenset[Platform] | None:
    found: set[Platform] = set()
    for source in publish.sources:
        builds = [by_site[hole.site] for hole in source.holes if hole.site in by_site]
        known = [each.platforms for each in builds if each.platforms]
        if not known or len(known) < len(builds):
            return None
        found |= frozenset.union(*known)
    return frozenset(found)


def foreign(platforms: frozenset[Platform] | None, here: Platform | None) -> frozenset[Platform] | None:
    """Those of *platforms* that need emulation on a runner of *here*; None where that is not known.

    An amd64 machine runs 386 natively (QEMU's user mode is not needed for it).
    """
    if platforms is None or here is None:
        return None
    own = {here.architecture, "386"} if here.architecture == "amd64" else {here.architecture}
    return frozenset(each for each in platforms if each.os == "linux" and each.architecture not in own)


def spelled(platforms: Iterable[Platform]) -> str:
    """For a sentence: ``linux/amd64 and linux/arm64``."""
    names = sorted(map(str, platforms))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"
