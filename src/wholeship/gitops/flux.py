"""Which tag Flux elects: ImageRepository scans and ImagePolicy choices, image.toolkit.fluxcd.io.

As the image-reflector-controller does it: a scan drops the tags that the exclusion list names and
keeps the rest in descending byte order; a policy may filter them, may take a part of each out for
comparing, and picks the greatest by version, by bytes or by number. With a filter the rest are
visited in the random order of a Go map, so that equal ones are a coin toss.
Documented at https://fluxcd.io/flux/components/image/imagepolicies/; where the documentation is
silent, the upstream tests and observed runs in ``tests/gitops/fixtures`` are the source.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import StrEnum

from wholeship.core.values import dataclass
from wholeship.gitops.constraint import BadConstraint, Constraint, parse_constraint
from wholeship.gitops.election import Broken, Elected, Election, Nothing, Undecided
from wholeship.gitops.numbers import go_float
from wholeship.gitops.pattern import BadPattern, Pattern, compile_pattern
from wholeship.gitops.version import Version, parse_tag_version

DEFAULT_EXCLUSIONS = (r"^.*\.sig$",)
"""What an ImageRepository leaves out when its ``exclusionList`` is absent or empty."""

EXCLUSION_LIMIT = 25
EMPTY_LIST = "there is no tag to choose from"


class InvalidPolicy(ValueError):
    """A policy that Flux refuses to run: the object stalls until its spec is changed."""


class Order(StrEnum):
    """Which end wins: ascending elects the greatest."""

    ASC = "ASC"
    DESC = "DESC"

    @classmethod
    def parse(cls, text: str) -> Order:
        """``asc`` or ``desc`` in any case, nothing means ascending; raises :class:`InvalidPolicy`."""
        try:
            return cls(text.upper() or "ASC")
        except ValueError:
            raise InvalidPolicy(f"invalid order {text[:40]!r}, must be one of: asc, desc") from None


@dataclass(frozen=True, slots=True)
class Semver:
    """``semver.range``: the highest version in a range; tags that spell none are passed over."""

    range: Constraint

    @classmethod
    def parse(cls, text: str) -> Semver:
        """The policy for the range *text*; raises :class:`InvalidPolicy`."""
        try:
            return cls(parse_constraint(text))
        except BadConstraint as error:
            raise InvalidPolicy(str(error)) from None

    @property
    def summary(self) -> str:
        return f"semver {self.range.text}"

    def objection(self, key: str) -> str:
        """Why *key* takes no part, empty when it does."""
        version = parse_tag_version(key)
        if version is None:
            return f"{key!r} is no version with three parts"
        return "" if self.range.admits(version) else f"{version} is not in the range {self.range.text!r}"

    def best(self, keys: Sequence[str]) -> _Best | Election:
        """The greatest of *keys*, and all that equal it; of equals the first in the list is taken."""
        versions = [(key, version) for key in keys if (version := self._version(key)) is not None]
        if not versions:
            return Nothing(f"no tag is a version in the range {self.range.text!r}")
        top = max(version for _, version in versions)
        equal = tuple(key for key, version in versions if version == top)
        return _Best(equal[0], equal)

    def _version(self, key: str) -> Version | None:
        version = parse_tag_version(key)
        return version if version is not None and self.range.admits(version) else None


@dataclass(frozen=True, slots=True)
class Alphabetical:
    """``alphabetical.order``: by bytes, so ``Z`` < ``_`` < ``a`` and ``9`` beats ``10``."""

    order: Order = Order.ASC

    @property
    def summary(self) -> str:
        return f"alphabetical {self.order.lower()}"

    def objection(self, key: str) -> str:
        """Always empty: every text has its place."""
        return ""

    def best(self, keys: Sequence[str]) -> _Best | Election:
        """The greatest (descending: the smallest) of *keys*."""
        choose: Callable[..., str] = max if self.order is Order.ASC else min
        top = choose(keys, key=str.encode)
        return _Best(top, (top,))


@dataclass(frozen=True, slots=True)
class Numerical:
    """``numerical.order``: by 64-bit float; one tag that is no number fails the whole policy."""

    order: Order = Order.ASC

    @property
    def summary(self) -> str:
        return f"numerical {self.order.lower()}"

    def objection(self, key: str) -> str:
        """Why *key* would fail the policy, empty when it is a number."""
        return (
            f"{key!r} is no number, and one such tag fails the whole policy" if go_float(key) is None else ""
        )

    def best(self, keys: Sequence[str]) -> _Best | Election:
        """The greatest (descending: the smallest) of *keys*; of equals the last in the list is taken."""
        numbers: list[tuple[str, float]] = []
        for key in keys:
            number = go_float(key)
            if number is None:
                return Broken(f"{key!r} is no number, and one such tag fails the whole policy", key)
            numbers.append((key, number))
        top, best = numbers[0]
        for key, number in numbers[1:]:
            if not (number < best if self.order is Order.ASC else number > best):
                top, best = key, number
        if any(math.isnan(number) for _, number in numbers):
            # Every comparison with NaN is false, so what stands after it in the list replaces it.
            return _Best(top, tuple(keys))
        return _Best(top, tuple(key for key, number in numbers if number == best))


@dataclass(frozen=True, slots=True)
class _Best:
    """``first``: taken when the list has an order; ``equal``: what may be taken when it has none."""

    first: str
    equal: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """``filterTags``: only tags that ``pattern`` matches, compared by ``extract`` (empty: the tag)."""

    pattern: Pattern
    extract: str = ""

    @classmethod
    def parse(cls, pattern: str, extract: str = "") -> Filter:
        """The filter; raises :class:`InvalidPolicy` when RE2 refuses the pattern."""
        try:
            return cls(compile_pattern(pattern), extract)
        except BadPattern as error:
            raise InvalidPolicy(f"invalid regular expression pattern {pattern[:200]!r}: {error}") from None

    def key(self, tag: str) -> str | None:
        """What the policy compares in place of *tag*; None when the tag does not match."""
        match = self.pattern.search(tag)
        if match is None:
            return None
        return match.expand(self.extract) if self.extract else tag

    def keys(self, tags: Sequence[str]) -> dict[str, list[str]]:
        """The compared keys, each with the tags it stands for; the last of those is the one it elects."""
        found: dict[str, list[str]] = {}
        for tag in tags:
            if (key := self.key(tag)) is not None:
                found.setdefault(key, []).append(tag)
        return found


@dataclass(frozen=True, slots=True)
class ImagePolicy:
    """One ImagePolicy as far as it chooses: a rule, and a filter in front of it."""

    controller = "flux"
    rule: Semver | Alphabetical | Numerical
    filter: Filter | None = None

    @property
    def summary(self) -> str:
        if self.filter is None:
            return self.rule.summary
        extract = f", comparing {self.filter.extract}" if self.filter.extract else ""
        return f"{self.rule.summary} among {self.filter.pattern.text}{extract}"

    @property
    def follows(self) -> str:
        return ""

    def elect(self, tags: Sequence[str]) -> Election:
        """The choice among *tags*, in the order given (a scan keeps them in descending order)."""
        if self.filter is None:
            return self._in_order(tags)
        return self._by_chance(self.filter.keys(tags))

    def objection(self, tag: str) -> str:
        key = tag if self.filter is None else self.filter.key(tag)
        if key is None:
            assert self.filter is not None
            return f"it does not match the filter {self.filter.pattern.text!r}"
        return self.rule.objection(key)

    def _in_order(self, tags: Sequence[str]) -> Election:
        if not tags:
            return Nothing(EMPTY_LIST)
        best = self.rule.best(tags)
        if not isinstance(best, _Best):
            return best
        return Elected(best.first, equals=tuple(tag for tag in best.equal if tag != best.first))

    def _by_chance(self, keys: dict[str, list[str]]) -> Election:
        assert self.filter is not None
        if not keys:
            return Nothing(f"{EMPTY_LIST}: none matches {self.filter.pattern.text!r}")
        best = self.rule.best(tuple(keys))
        if isinstance(best, Broken):
            return Broken(best.reason, keys[best.tag][-1] if best.tag else "")
        if not isinstance(best, _Best):
            return best
        if len(best.equal) > 1:
            options = tuple(sorted(keys[key][-1] for key in best.equal))
            return Undecided(options, "they compare equal, and Flux visits filtered tags in random order")
        same = keys[best.first]
        return Elected(same[-1], best.first if best.first != same[-1] else "", tuple(same[:-1]))


def parse_policy(
    *,
    semver: str | None = None,
    alphabetical: str | None = None,
    numerical: str | None = None,
    pattern: str | None = None,
    extract: str = "",
) -> ImagePolicy:
    """The policy of an ImagePolicy's fields; orders may be empty, absent choices are None.

    The first of semver, alphabetical and numerical that is there counts, as upstream looks at them.
    Raises :class:`InvalidPolicy` for what Flux itself refuses.
    """
    rule: Semver | Alphabetical | Numerical
    if semver is not None:
        rule = Semver.parse(semver)
    elif alphabetical is not None:
        rule = Alphabetical(Order.parse(alphabetical))
    elif numerical is not None:
        rule = Numerical(Order.parse(numerical))
    else:
        raise InvalidPolicy("the policy names none of semver, alphabetical and numerical")
    return ImagePolicy(rule, Filter.parse(pattern, extract) if pattern is not None else None)


@dataclass(frozen=True, slots=True)
class Scan:
    """What an ImageRepository keeps of a repository's tags."""

    exclusions: tuple[Pattern, ...]

    @classmethod
    def parse(cls, exclusions: Sequence[str] = ()) -> Scan:
        """The scan with this ``exclusionList``; empty means the default, not "nothing".

        Raises :class:`InvalidPolicy` for a pattern RE2 refuses, or more than the CRD admits.
        """
        if len(exclusions) > EXCLUSION_LIMIT:
            raise InvalidPolicy(f"the exclusionList has more than {EXCLUSION_LIMIT} entries")
        try:
            return cls(tuple(compile_pattern(text) for text in exclusions or DEFAULT_EXCLUSIONS))
        except BadPattern as error:
            raise InvalidPolicy(f"invalid pattern in the exclusionList: {error}") from None

    def excludes(self, tag: str) -> str | None:
        """The pattern that drops *tag*, None when it is kept. An empty pattern drops every tag."""
        return next((pattern.text for pattern in self.exclusions if pattern.matches(tag)), None)

    def keep(self, tags: Sequence[str]) -> tuple[str, ...]:
        """The tags that are kept, in the descending byte order in which Flux stores them."""
        kept = {tag for tag in tags if self.excludes(tag) is None}
        return tuple(sorted(kept, key=str.encode, reverse=True))
