"""Semantic versions as Flux reads them: the Masterminds library, version 3.

Looser than semver.org in the core (a leading ``v``, missing parts and leading zeros are fine), as
strict in the pre-release. Source of the rules: https://github.com/Masterminds/semver, ``NewVersion``.
"""

from __future__ import annotations

from functools import lru_cache, total_ordering

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

LENGTH_LIMIT = 256
_UINT64 = 2**64

_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_SHAPE = lazy_pattern(
    rf"v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?"
    rf"(?:-(?P<pre>{_IDENTIFIERS}))?(?:\+(?P<build>{_IDENTIFIERS}))?"
)
_NUMBER = lazy_pattern(r"[0-9]+")


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """``major.minor.patch-pre``; build metadata takes no part in the order, so it is not kept."""

    major: int
    minor: int
    patch: int
    pre: str = ""

    @property
    def core(self) -> tuple[int, int, int]:
        """The three numbers."""
        return (self.major, self.minor, self.patch)

    @property
    def rank(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
        """A key that sorts as semver.org rule 11 says: a release comes after its pre-releases."""
        parts = tuple(_part_rank(part) for part in self.pre.split(".")) if self.pre else ()
        return (self.core, not self.pre, parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.rank == other.rank

    def __lt__(self, other: Version) -> bool:
        return self.rank < other.rank

    def __hash__(self) -> int:
        return hash(self.rank)

    def __str__(self) -> str:
        return ".".join(map(str, self.core)) + (f"-{self.pre}" if self.pre else "")


@lru_cache(maxsize=4096)
def parse_version(text: str) -> Version | None:
    """The version that *text* spells, None where Masterminds' ``NewVersion`` reports an error."""
    shape = _SHAPE.fullmatch(text) if len(text) <= LENGTH_LIMIT else None
    if shape is None:
        return None
    major, minor, patch = (int(shape[name] or 0) for name in ("major", "minor", "patch"))
    pre = shape["pre"] or ""
    if max(major, minor, patch) >= _UINT64 or (pre and not all(map(_good_part, pre.split(".")))):
        return None
    return Version(major, minor, patch, pre)


def parse_tag_version(tag: str) -> Version | None:
    """The version a tag stands for in Flux, which insists on two dots (``1.2`` is no version)."""
    return parse_version(tag) if tag.count(".") >= 2 else None


def _good_part(part: str) -> bool:
    # semver.org rule 9: numeric identifiers must not have leading zeros.
    return not (_NUMBER.fullmatch(part) and len(part) > 1 and part[0] == "0")


def _part_rank(part: str) -> tuple[bool, int, str]:
    """Numbers before words; a number that does not fit 64 bits is a word to Go."""
    if _NUMBER.fullmatch(part) and int(part) < _UINT64:
        return (False, int(part), "")
    return (True, 0, part)
