"""Which tag Argo CD Image Updater moves an image to.

Strategies as in https://argocd-image-updater.readthedocs.io/en/stable/basics/update-strategies/. Every
image is followed on its own: no one image drives the others, so a release is never atomic to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from wholeship.gitops.constraint import BadConstraint, Constraint, parse_constraint
from wholeship.gitops.election import Broken, Elected, Election, Nothing, Undecided, Unknown
from wholeship.gitops.glob import path_match
from wholeship.gitops.pattern import BadPattern, compile_pattern
from wholeship.gitops.version import parse_version

CONTROLLER = "argocd-image-updater"


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

    strategy: Strategy = Strategy.SEMVER
    constraint: str = ""
    allow: str = "any"
    ignore: tuple[str, ...] = ()
    built: Mapping[str, str] = field(default_factory=dict)

    @property
    def controller(self) -> str:
        """``argocd-image-updater``."""
        return CONTROLLER

    @property
    def summary(self) -> str:
        """The policy in one line."""
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
        """The tag whose digest is followed."""
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
        """Why *tag* is not considered, empty when it is."""
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
        if self.allow == "any":
            return ""
        kind, _, expression = self.allow.partition(":")
        if kind != "regexp":
            return f"allow-tags has an unknown function {kind!r}, so no tag is allowed"
        try:
            allowed = compile_pattern(expression).matches(tag)
        except BadPattern as error:
            return f"allow-tags cannot be read ({error}), so no tag is allowed"
        return "" if allowed else f"it does not match allow-tags {expression!r}"

    def _range(self) -> Constraint | None:
        return parse_constraint(self.constraint) if self.constraint else None

    def _by_version(self, tags: Sequence[str]) -> Election:
        constraint = self._range()
        versions = [
            (tag, version)
            for tag in tags
            if (version := parse_version(tag)) is not None
            and (constraint is None or constraint.admits(version))
        ]
        if not versions:
            return Nothing("no tag is a version in range, so the image stays as it is")
        top = max(version for _, version in versions)
        equal = tuple(sorted(tag for tag, version in versions if version == top))
        if len(equal) > 1:
            return Undecided(equal, "they are the same version, and are sorted from a map in random order")
        return Elected(equal[0])

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


_ELECTIONS = {
    Strategy.SEMVER: UpdaterPolicy._by_version,
    Strategy.ALPHABETICAL: UpdaterPolicy._by_name,
    Strategy.NEWEST_BUILD: UpdaterPolicy._by_build,
    Strategy.DIGEST: UpdaterPolicy._by_digest,
}
