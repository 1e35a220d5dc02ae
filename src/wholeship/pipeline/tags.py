"""Tags: which of them move, which two are the same, where one is made, whether two runs can make it."""

from __future__ import annotations

import re
from enum import StrEnum

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.texts.template import Hole, Kind, Origin, Template

_UNIQUE = frozenset((Kind.COMMIT, Kind.CLOCK, Kind.RUN_ID, Kind.RUN_NUMBER, Kind.RANDOM, Kind.ATTEMPT))
_PARTIAL = lazy_pattern(r"^(?:major|minor)\b")
_PULL = lazy_pattern(r"number|pull_request|head_ref")


class Nature(StrEnum):
    """What a tag is for."""

    DEPLOY = "deploy"  # one release, written once
    ALIAS = "alias"  # moved to the newest


def nature(tag: Template, trigger: Trigger) -> Nature:
    """Whether *tag* names one release or moves. A text that is the same in every run moves."""
    kinds = frozenset(kind for hole in tag.holes for kind in hole.kinds)
    if kinds & _UNIQUE:
        return Nature.DEPLOY
    if Kind.REF in kinds:
        whole = any(not _PARTIAL.match(hole.name) for hole in tag.holes if Kind.REF in hole.kinds)
        return Nature.DEPLOY if trigger.ref is RefClass.TAG and whole else Nature.ALIAS
    if Kind.EVENT in kinds:
        pull = any(_PULL.search(hole.name) for hole in tag.holes)
        return Nature.ALIAS if pull or trigger.ref is RefClass.PULL else Nature.DEPLOY
    return Nature.DEPLOY if kinds & {Kind.INPUT, Kind.FILE, Kind.OUTPUT} else Nature.ALIAS


def is_given(tag: Template) -> bool:
    """Whether *tag* is what somebody has typed for this run, and nothing that is new in each run."""
    kinds = frozenset(kind for hole in tag.holes for kind in hole.kinds)
    typed = any(Kind.INPUT in hole.kinds or "client_payload" in hole.name for hole in tag.holes)
    return typed and not kinds & _UNIQUE


_SAMPLES = {
    Kind.COMMIT: "4f2d9c1b7a83e5d60f1c2b3a4d5e6f708192a3b4",
    Kind.REF: "v1.2.3",
    Kind.RUN_ID: "15873920456",
    Kind.RUN_NUMBER: "417",
    Kind.ATTEMPT: "1",
    Kind.CLOCK: "20261130081200",
    Kind.EVENT: "12",
    Kind.FILE: "1.2.3",
    Kind.INPUT: "1.2.3",
}


def sample(tag: Template) -> str:
    """A text that *tag* could be."""
    return "".join(part if isinstance(part, str) else _sampled(part) for part in tag.parts)


def _sampled(hole: Hole) -> str:
    text = next((_SAMPLES[kind] for kind in _SAMPLES if kind in hole.kinds), "x")
    return text[: _length(hole.name)] if Kind.COMMIT in hole.kinds and _length(hole.name) else text


_CHARACTERS = lazy_pattern(r"(.*), (\d+) characters")


def _length(name: str) -> int:
    found = _CHARACTERS.fullmatch(name)
    return int(found[2]) if found else 0


def drifts(one: Template, other: Template) -> Hole | None:
    """The hole by which two tags of one shape differ: made more than once, at two places."""
    if one == other or len(one.parts) != len(other.parts):
        return None
    found: Hole | None = None
    for left, right in zip(one.parts, other.parts, strict=True):
        if isinstance(left, str) or isinstance(right, str):
            if left != right:
                return None
        elif left != right:
            if left.name != right.name or left.kinds != right.kinds or left.site == right.site:
                return None
            found = right if right.origin is Origin.JOB else found
    return found


def made_alike(one: Template, other: Template) -> bool:
    """Whether two tags are of one shape, each hole made in the same way, perhaps at another place."""
    if one == other or len(one.parts) != len(other.parts):
        return one == other
    return all(
        left == right
        or (
            isinstance(left, Hole)
            and isinstance(right, Hole)
            and left.name == right.name
            and left.kinds == right.kinds
        )
        for left, right in zip(one.parts, other.parts, strict=True)
    )


class Resolution(StrEnum):
    """How fine a clock a tag is made from."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    UNKNOWN = "moment"


@dataclass(frozen=True, slots=True)
class Collision:
    """Two runs can make one deploy tag. ``hole`` is what it is made from; ``why`` says when."""

    hole: Hole
    why: str
    resolution: Resolution | None = None


def collision(tag: Template, trigger: Trigger, *, again: bool = False) -> Collision | None:
    """How two runs come to the same deploy tag, if they can.

    *again*: a schedule also builds commits that were built before.
    """
    kinds = frozenset(kind for hole in tag.holes for kind in hole.kinds)
    if kinds & {Kind.RUN_ID, Kind.RUN_NUMBER, Kind.RANDOM}:
        return None
    clock = next((hole for hole in tag.holes if Kind.CLOCK in hole.kinds), None)
    if clock is not None and Kind.COMMIT not in kinds:
        fine = resolution(clock.name)
        return Collision(clock, f"two runs within one {fine} make the same tag", fine)
    commit = next((hole for hole in tag.holes if Kind.COMMIT in hole.kinds), None)
    if commit is not None:
        why = "a schedule builds the same commit again, and overwrites what was released"
        return Collision(commit, why) if again and clock is None else None
    written = next((hole for hole in tag.holes if Kind.FILE in hole.kinds), None)
    if written is not None and kinds <= {Kind.FILE} and trigger.ref in _MOVING:
        return Collision(written, _why_alike(written.name))
    return None


_MOVING = (RefClass.DEFAULT, RefClass.BRANCH, RefClass.ANY)
_WRITTEN_ALIKE = "two commits make the same tag where the file it is read from is the same"
_COUNTED = "two branches can count alike, and a shallow clone (fetch-depth is 1 unless it is set) counts one"
_PRINTED_ALIKE = "two commits make the same tag where git prints the same of both"
_COUNTS = lazy_pattern(
    r"^git .*--count\b|^wc .* of .*git (?:log|rev-list|tag)|^git (?:log|rev-list)\b.*\| ?wc"
)


def _why_alike(name: str) -> str:
    if _COUNTS.search(name):
        return _COUNTED
    return _PRINTED_ALIKE if name.startswith("git ") else _WRITTEN_ALIKE


_FORMATS = (
    (Resolution.SECOND, lazy_pattern(r"%[sNST]|%-?S|ss|SSS|epoch|\bX\b|now|EPOCHSECONDS", re.IGNORECASE)),
    (Resolution.MINUTE, lazy_pattern(r"%M|mm|%R")),
    (Resolution.HOUR, lazy_pattern(r"%[HI]|HH|hh")),
    (Resolution.DAY, lazy_pattern(r"%[dFjeD]|DD|dd|YYYY")),
)


_ISO = lazy_pattern(r"\s(?:-\w*I|--iso-8601=?|--rfc-3339=)(\w*)")
_NAMED_RESOLUTIONS = {
    "": Resolution.DAY,
    "date": Resolution.DAY,
    "hours": Resolution.HOUR,
    "minutes": Resolution.MINUTE,
}


def _of_flags(name: str) -> Resolution:
    """``date -I`` is a day, ``date -Iminutes`` a minute; without a format it is a second."""
    found = _ISO.search(name)
    return _NAMED_RESOLUTIONS.get(found[1], Resolution.SECOND) if found else Resolution.SECOND


def resolution(name: str) -> Resolution:
    """How fine the clock called *name* is (``date +%Y%m%d``, metadata-action's ``date 'YYYYMMDD'``)."""
    if "%" not in name and name.startswith("date") and not re.search(r"[YMDHms]{2}", name):
        return _of_flags(name)
    first, _, rest = name.partition(" ")
    form = rest if "/" in first else name
    return next((fine for fine, pattern in _FORMATS if pattern.search(form)), Resolution.UNKNOWN)
