"""Tags: computed once, unique by construction, checked against the grammar.

``{timestamp}`` is UTC to the second (``{date}``, ``{time}`` and ``{unix}`` are the same moment in the forms
that policies ask for), ``{sequence}`` a number that no other release of this repository gets: the run
number where there is a CI, a counter behind a lock elsewhere. A timestamp alone is not unique: five merges
within a minute have been seen to share one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.core.wording import nearest

_FIELD = lazy_pattern(r"\{([a-z_]*)\}")
FIELDS = frozenset(
    {"timestamp", "date", "time", "unix", "sequence", "sha", "short_sha", "branch"}
    | {"semver", "version", "major", "minor"}
)
UNIQUE = frozenset({"sequence", "sha", "short_sha", "semver", "version"})
"""Fields that can tell two releases apart; one of them has to be in a deploy tag."""
LENGTH = 90
"""Longest deploy tag: the record's tag is made of it and has to fit into 128 characters."""
MOVING = frozenset(
    {"latest", "stable", "edge", "nightly", "canary", "main", "master", "trunk", "develop", "dev", "next"}
    | {"staging", "production", "prod", "release", "current"}
)
"""Names that everybody moves: as a deploy tag, one would be used up by the first release that gets it."""
_SEMVER = lazy_pattern(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, slots=True)
class TagFields:
    """What a pattern can be filled with; empty texts are fields this release does not have."""

    timestamp: datetime
    sequence: int
    sha: str = ""
    branch: str = ""
    version: str = ""

    @property
    def is_prerelease(self) -> bool:
        """Whether the version is one by Semantic Versioning, section 9."""
        found = _SEMVER.fullmatch(self.version)
        return found is not None and found[4] is not None

    def values(self) -> Mapping[str, str]:
        """Texts by field name."""
        found = _SEMVER.fullmatch(self.version)
        core = f"{found[1]}.{found[2]}.{found[3]}" + (f"-{found[4]}" if found[4] else "") if found else ""
        return {
            "timestamp": self.timestamp.strftime("%Y%m%d-%H%M%S"),
            "date": self.timestamp.strftime("%Y%m%d"),
            "time": self.timestamp.strftime("%H%M%S"),
            "unix": str(int(self.timestamp.timestamp())),
            "sequence": f"{self.sequence:06d}",
            "sha": self.sha,
            "short_sha": self.sha[:7],
            "branch": re.sub(r"[^A-Za-z0-9_.-]+", "-", self.branch).strip("-."),
            "semver": core,
            "version": re.sub(r"[^A-Za-z0-9_.-]+", "-", self.version),
            "major": found[1] if found and not found[4] else "",
            "minor": f"{found[1]}.{found[2]}" if found and not found[4] else "",
        }


def check_pattern(pattern: str, *, alias: bool = False) -> None:
    """Refuse (:class:`BadInput`) a pattern with unknown fields, or a deploy tag that cannot be unique."""
    names = set(_FIELD.findall(pattern))
    unknown = sorted(names - FIELDS)
    if unknown:
        near = nearest(unknown[0], FIELDS)
        advice = f"did you mean {{{near}}}?" if near else f"known: {', '.join(sorted(FIELDS))}"
        raise BadInput(f"unknown field {{{unknown[0]}}}", advice=advice)
    if "{" in _FIELD.sub("", pattern) or "}" in _FIELD.sub("", pattern):
        raise BadInput(f"a brace that is no field in {pattern!r}")
    if not alias and not names & UNIQUE:
        raise BadInput(
            f"two releases could get the tag {pattern!r}", advice="add {sequence}: a time alone is not unique"
        )
    Tag(_FIELD.sub("0", pattern))


def lacks(pattern: str, fields: TagFields) -> list[str]:
    """The fields that *pattern* asks for and this release does not have."""
    values = fields.values()
    return [name for name in dict.fromkeys(_FIELD.findall(pattern)) if not values[name]]


def fill(pattern: str, fields: TagFields) -> Tag | None:
    """The tag *pattern* gives; None when it asks for a field this release does not have."""
    if lacks(pattern, fields):
        return None
    values = fields.values()
    return Tag(_FIELD.sub(lambda match: values[match[1]], pattern))


def check_used_once(tag: Tag, fields: TagFields) -> None:
    """Refuse (:class:`BadInput`) a deploy tag that is a moving name, or the branch's."""
    if tag in MOVING or tag == fields.values()["branch"]:
        raise BadInput(
            f"{tag} is a moving name, and a deploy tag is written once: no other release could have it",
            advice="leave out --tag, or give one that is used once; a moving name belongs under aliases:",
        )


def deploy_tag(pattern: str, fields: TagFields, *, given: str | None = None) -> Tag:
    """The deploy tag: *given* as it is, or the pattern filled; :class:`BadInput` when that cannot be."""
    tag = Tag(given) if given else fill(pattern, fields)
    if tag is None:
        raise BadInput(
            f"the tag {pattern!r} needs {', '.join(lacks(pattern, fields))}, which this release lacks",
            advice="give the tag with --tag, or use another pattern",
        )
    if len(tag) > LENGTH:
        raise BadInput(f"the deploy tag has {len(tag)} characters; at most {LENGTH} can be recorded")
    return tag
