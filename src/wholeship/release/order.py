"""Which of two releases is newer: by the deploy tag's own fields, or by the controller's policy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.tags import FIELDS

_SEMVER = lazy_pattern(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?")
_SHAPES = {
    "timestamp": r"(?P<timestamp>\d{8}-\d{6})",
    "date": r"(?P<date>\d{8})",
    "time": r"(?P<time>\d{6})",
    "unix": r"(?P<unix>\d{10})",
    "sequence": r"(?P<sequence>\d{6,})",
    "semver": r"(?P<semver>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)",
    "version": r"(?P<version>[A-Za-z0-9_.-]+)",
    "sha": r"[0-9a-f]{40}",
    "short_sha": r"[0-9a-f]{7}",
    "branch": r"[A-Za-z0-9_.-]+",
    "major": r"\d+",
    "minor": r"\d+\.\d+",
}


class Election(StrEnum):
    """What would become of a tag."""

    ELECTED = "elected"
    FROZEN = "frozen"  # the policy would never take it: deploys would stand still
    OLDER = "older"  # something newer is out
    TIE = "tie"  # equal to another tag: which one wins is chance
    BROKEN = "broken"  # the policy already fails on the tags that are there
    UNKNOWN = "unknown"  # nothing tells the order


@dataclass(frozen=True, slots=True)
class Opinion:
    """An election and its reason, for people."""

    election: Election
    reason: str = ""
    wins: str = ""


class Elector(Protocol):
    """Says whether a tag would be rolled out, given the tags that are visible."""

    def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
        """What the controller would do once *tag* is visible among *visible*."""


class PatternElector:
    """Without a policy: the order that the deploy tag's own pattern gives."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
        """Newer by timestamp, sequence or version, whichever the pattern has."""
        mine = key(self.pattern, tag)
        if mine is None:
            return Opinion(Election.UNKNOWN, f"the tag pattern {self.pattern!r} gives no order")
        rivals = [(k, other) for other in visible if other != tag and (k := key(self.pattern, other))]
        newest = max(rivals, default=None)
        if newest is not None and newest[0] > mine:
            return Opinion(Election.OLDER, f"{newest[1]} is newer", newest[1])
        if newest is not None and newest[0] == mine:
            return Opinion(Election.TIE, f"{newest[1]} is as new", newest[1])
        return Opinion(Election.ELECTED, "newest by its own pattern", tag)


def key(pattern: str, tag: str) -> tuple[object, ...] | None:
    """What *tag* sorts by under *pattern*; None when it does not fit, or nothing in it tells the order."""
    groups = _order_fields(pattern, tag)
    if not groups:
        return None
    found: list[object] = []
    for name in ("semver", "version"):
        if groups.get(name):
            version = semver_key(groups[name])
            if version is None:
                return None
            found.append(version)
    # Digits of fixed width: as text they sort as the moments do.
    found += [groups[name] for name in ("timestamp", "date", "time", "unix") if groups.get(name)]
    if groups.get("sequence"):
        found.append(int(groups["sequence"]))
    return tuple(found)


def sequence_in(pattern: str, tag: str) -> int | None:
    """The sequence number in *tag*; None when it does not fit *pattern*, or the pattern has none."""
    text = _order_fields(pattern, tag).get("sequence")
    return int(text) if text else None


def _order_fields(pattern: str, tag: str) -> dict[str, str]:
    """The fields of *tag* that tell the order, by name; empty when it does not fit *pattern*."""
    regex = ""
    used: set[str] = set()
    for index, part in enumerate(re.split(r"\{([a-z_]+)\}", pattern)):
        if index % 2 == 0:
            regex += re.escape(part)
        elif part in FIELDS:
            regex += _SHAPES[part] if part not in used else re.sub(r"\?P<\w+>", "?:", _SHAPES[part])
            used.add(part)
    match = re.fullmatch(regex, tag)
    return match.groupdict() if match else {}


def semver_key(text: str) -> tuple[object, ...] | None:
    """Precedence by Semantic Versioning 2.0.0, section 11; None when *text* is no version."""
    match = _SEMVER.fullmatch(text)
    if match is None:
        return None
    core = (int(match[1]), int(match[2]), int(match[3]))
    if match[4] is None:
        return (core, 1, ())
    # Numeric identifiers compare as numbers and come before words.
    identifiers = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in match[4].split("."))
    return (core, 0, identifiers)


def newer_holder(pattern: str, version: str, tag: Tag, tag_pattern: str, visible: Iterable[str]) -> str:
    """The visible tag of a newer release that an alias belongs to; empty: it belongs to this release.

    With a version, releases are compared by version among those the alias stands for (``{minor}`` only
    among its own, and a pre-release never takes a plain alias); without, by the deploy tags' own order.
    """
    tags = list(visible)
    mine = semver_key(version.removeprefix("v")) if version else None
    if mine is None:
        opinion = PatternElector(tag_pattern).opinion(tag, tags)
        return opinion.wins if opinion.election in (Election.OLDER, Election.TIE) else ""
    if "{semver}" in pattern or "{version}" in pattern:
        return ""
    core = version.removeprefix("v").split("-")[0].split(".")
    scope = core[:2] if "{minor}" in pattern else core[:1] if "{major}" in pattern else []
    rivals = [
        (theirs, other)
        for other in tags
        if (theirs := semver_key(other)) is not None
        and theirs[1] == 1
        and other.removeprefix("v").split(".")[: len(scope)] == scope
        and theirs > mine
    ]
    return max(rivals)[1] if rivals else ""
