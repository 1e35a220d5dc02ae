"""Which tag Argo CD Image Updater moves an image to.

Strategies as in https://argocd-image-updater.readthedocs.io/en/stable/basics/update-strategies/, and, where
that is silent, as in its package ``registry-scanner``. Every image is followed on its own: no one image
drives the others, so a release is never atomic to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from wholeship.core.values import dataclass
from wholeship.gitops.constraint import BadConstraint, Constraint, parse_constraint
from wholeship.gitops.election import Broken, Elected, Election, Nothing, Unknown
from wholeship.gitops.glob import path_match
from wholeship.gitops.pattern import BadPattern, compile_pattern
from wholeship.gitops.version import Version, parse_version


class Strategy(StrEnum):
    """``latest`` and ``name`` are the old spellings of newest-build and alphabetical."""

    SEMVER = "semver"
    NEWEST_BUILD = "newest-build"
    DIGEST = "digest"
    ALPHABETICAL = "alphabetical"

    @classmethod
    def parse(cls, text: str) -> Strategy:
        """The strategy *text* names; upstream falls back to semver for what it does not know."""
        old = {"latest": cls.NEWEST_BUILD, "name": cls.ALPHABETICAL}
        word = text.strip().lower()
        return old[word] if word in old else cls(word) if word in set(cls) else cls.SEMVER


@dataclass(frozen=True, slots=True)
class UpdaterPolicy:
    """How one image of an Argo CD application is followed.

    ``constraint`` is what stands after the colon: a version range for semver, the tag for digest.
    ``built`` gives the build time of each tag (any sortable text), which newest-build needs.
    """

    controller = "argocd-image-updater"
    strategy: Strategy = Strategy.SEMVER
    constraint: str = ""
    allow: str = "any"
    ignore: tuple[str, ...] = ()
    built: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        words: list[str] = [self.strategy]
        if self.constraint:
            words.append(self.constraint)
        if self.allow != "any":
            words.append(f"among {self.allow.removeprefix('regexp:')}")
        if self.ignore:
            words.append(f"without {', '.join(self.ignore)}")
        return " ".join(words)

    @property
    def follows(self) -> str:
        return self.constraint if self.strategy is Strategy.DIGEST else ""

    def elect(self, tags: Sequence[str]) -> Election:
        """The choice among *tags*; their order does not matter to it."""
        try:
            considered = [tag for tag in dict.fromkeys(tags) if not self._passed_over(tag)]
            if not considered:
                return Nothing("no tag is allowed, so the image stays as it is")
            return _ELECTIONS[self.strategy](self, considered)
        except BadConstraint as error:
            return Broken(f"invalid version constraint: {error}")

    def objection(self, tag: str) -> str:
        if reason := self._passed_over(tag):
            return reason
        if self.strategy is Strategy.DIGEST and tag != self.constraint:
            return f"only the tag {self.constraint!r} is followed, by digest"
        if self.strategy is not Strategy.SEMVER:
            return ""
        version, constraint = parse_version(tag), self._range()
        if version is None:
            return f"{tag!r} is no version"
        if constraint is not None and not constraint.admits(version):
            return f"{version} is not in the range {self.constraint!r}"
        return ""

    def _passed_over(self, tag: str) -> str:
        if pattern := next((pattern for pattern in self.ignore if path_match(pattern, tag)), ""):
            return f"ignore-tags leaves out {pattern!r}"
        if self.allow.lower() == "any":
            return ""
        kind, colon, expression = self.allow.partition(":")
        if kind.lower() != "regexp" or not colon:
            return f"allow-tags has an unknown function {kind!r}, so no tag is allowed"
        try:
            allowed = compile_pattern(expression).matches(tag)
        except BadPattern as error:
            return f"allow-tags cannot be read ({error}), so no tag is allowed"
        return "" if allowed else f"it does not match allow-tags {expression!r}"

    def _range(self) -> Constraint | None:
        return parse_constraint(self.constraint) if self.constraint else None

    def _by_version(self, tags: Sequence[str]) -> Election:
        """The highest version; of equal ones the last by name (since 0.13, June 2023).

        Without a constraint, pre-releases take part until 1.2 and are left out from 1.3 on (August 2026):
        where that makes a difference, only the installed version could tell.
        """
        versions = [(tag, version) for tag in tags if (version := parse_version(tag)) is not None]
        constraint = self._range()
        if constraint is None:
            released = [(tag, version) for tag, version in versions if not version.pre]
            now, before = highest_version(released), highest_version(versions)
            if now != before:
                return Unknown(
                    "without a constraint, whether a pre-release is taken depends on the version of Image "
                    "Updater (1.3 leaves them out)"
                )
            return now
        return highest_version([(tag, version) for tag, version in versions if constraint.admits(version)])

    def _by_name(self, tags: Sequence[str]) -> Election:
        return Elected(max(tags, key=str.encode))

    def _by_build(self, tags: Sequence[str]) -> Election:
        missing = [tag for tag in tags if tag not in self.built]
        if missing:
            return Unknown(f"newest-build compares build times, and that of {missing[0]!r} is not known")
        return Elected(max(tags, key=lambda tag: (self.built[tag], tag.encode())))

    def _by_digest(self, tags: Sequence[str]) -> Election:
        if not self.constraint:
            return Broken("the digest strategy needs a tag to follow")
        if self.constraint not in tags:
            return Nothing(f"the tag {self.constraint!r} is not there")
        return Elected(self.constraint)


def highest_version(versions: Sequence[tuple[str, Version]]) -> Election:
    """The tag of the highest of *versions*; of equal ones the last by name."""
    if not versions:
        return Nothing("no tag is a version in range, so the image stays as it is")
    top = max(version for _, version in versions)
    equal = sorted((tag for tag, version in versions if version == top), key=str.encode)
    return Elected(equal[-1], equals=tuple(equal[:-1]))


_ELECTIONS = {
    Strategy.SEMVER: UpdaterPolicy._by_version,
    Strategy.ALPHABETICAL: UpdaterPolicy._by_name,
    Strategy.NEWEST_BUILD: UpdaterPolicy._by_build,
    Strategy.DIGEST: UpdaterPolicy._by_digest,
}
