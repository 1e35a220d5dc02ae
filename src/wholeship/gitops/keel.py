"""Which tag Keel moves a workload to, from what it runs now.

Policies as in https://keel.sh/docs/#policies, and as in Keel's packages ``policy`` and ``poll``. Keel polls
every image on its own, so no one image drives the others; unlike Flux it checks that a tag resolves before
it uses it.
"""

from __future__ import annotations

from collections.abc import Sequence

from wholeship.core.values import dataclass
from wholeship.gitops.election import Broken, Elected, Election, Nothing, Undecided, Unknown
from wholeship.gitops.glob import star_match
from wholeship.gitops.pattern import BadPattern, Pattern, compile_pattern
from wholeship.gitops.version import Version, parse_version

_NUMBERS = {"all": 0, "major": 0, "minor": 1, "patch": 2}
"""How many leading numbers of the version must stay, by policy."""


@dataclass(frozen=True, slots=True)
class KeelPolicy:
    """One workload's policy. ``current`` is the tag it runs; ``match_tag`` is keel.sh/matchTag.

    ``match_pre`` is keel.sh/match-pre-release, on unless told otherwise.
    """

    controller = "keel"
    name: str
    current: str
    match_tag: bool = False
    match_pre: bool = True

    @property
    def summary(self) -> str:
        return f"{self.name} from {self.current}" if self.current else self.name

    @property
    def follows(self) -> str:
        return self.current if self.name == "force" and self.match_tag else ""

    def elect(self, tags: Sequence[str]) -> Election:
        """Where it goes from ``current``; ``current`` itself when there is nothing better."""
        if self.name in _NUMBERS:
            return self._by_version(tags)
        if self.name == "force":
            return self._by_force(tags)
        kind, _, expression = self.name.partition(":")
        if kind == "glob" and ":" not in expression:
            return self._by_glob(expression, tags)
        if kind == "regexp":
            return self._by_pattern(expression, tags)
        return Nothing(f"Keel does not know the policy {self.name!r}, and does nothing")

    def objection(self, tag: str) -> str:
        if self.name in _NUMBERS:
            return self._version_objection(tag)
        if self.name == "force":
            return self._force_objection(tag)
        kind, _, expression = self.name.partition(":")
        if kind == "glob":
            return self._glob_objection(expression, tag)
        if kind == "regexp":
            try:
                return "" if compile_pattern(expression).matches(tag) else f"it does not match {expression!r}"
            except BadPattern as error:
                return f"the policy cannot be read: {error}"
        return ""

    def _by_version(self, tags: Sequence[str]) -> Election:
        better = [(tag, v) for tag in tags if not self._version_objection(tag) and (v := parse_version(tag))]
        now = parse_version(self.current)
        better = [(tag, version) for tag, version in better if now is None or version > now]
        if not better:
            return Elected(self.current) if self.current in tags else Nothing("no tag is a newer version")
        top = max(version for _, version in better)
        equal = tuple(sorted(tag for tag, version in better if version == top))
        return Undecided(equal, "they are the same version") if len(equal) > 1 else Elected(equal[0])

    def _version_objection(self, tag: str) -> str:
        version = parse_version(tag) if "." in tag else None
        if version is None:
            return f"{tag!r} is no version with two or three parts"
        if self.current == "latest":
            return ""
        now = parse_version(self.current)
        if now is None:
            return f"what runs now, {self.current!r}, is no version"
        return self._step_objection(now, version)

    def _step_objection(self, now: Version, version: Version) -> str:
        numbers = _NUMBERS[self.name]
        if version.core[:numbers] != now.core[:numbers]:
            return f"{version} is more than a {self.name} step from {now}"
        if self.name != "all" and self.match_pre and version.pre != now.pre:
            return f"{version} and {now} differ in the pre-release"
        return ""

    def _by_force(self, tags: Sequence[str]) -> Election:
        """With matchTag the digest of the running tag is followed. Without, the highest version there is;
        and any other tag, in the order of the registry, when none is a version."""
        if self.match_tag:
            there = self.current in tags
            return Elected(self.current) if there else Nothing(f"the tag {self.current!r} is not there")
        better = [tag for tag in tags if tag != self.current and not self._force_objection(tag)]
        versions = [(tag, version) for tag in better if (version := parse_version(tag)) is not None]
        if versions:
            top = max(version for _, version in versions)
            equal = tuple(sorted(tag for tag, version in versions if version == top))
            return Undecided(equal, "they are the same version") if len(equal) > 1 else Elected(equal[0])
        if parse_version(self.current) is not None and self.current in tags:
            return Elected(self.current)
        others = [tag for tag in tags if parse_version(tag) is None]
        if len(others) > 1:
            return Unknown("force takes whichever of these tags the registry lists first")
        return Elected(others[0]) if others else Nothing("there is no tag to go to")

    def _force_objection(self, tag: str) -> str:
        if self.match_tag:
            return "" if tag == self.current else f"only the tag {self.current!r} is followed"
        now, version = parse_version(self.current), parse_version(tag)
        if now is not None and version is not None and tag != self.current and version <= now:
            return f"{version} is not newer than what runs, {now}"
        return ""

    def _by_glob(self, expression: str, tags: Sequence[str]) -> Election:
        better = [tag for tag in tags if not self._glob_objection(expression, tag)]
        if better:
            return self._greatest(better)
        return Elected(self.current) if self.current in tags else Nothing("no tag matches")

    def _glob_objection(self, expression: str, tag: str) -> str:
        if not star_match(expression, tag):
            return f"it does not match {expression!r}"
        if tag.encode() < self.current.encode():
            return f"it comes before what runs, {self.current!r}"
        return ""

    def _by_pattern(self, expression: str, tags: Sequence[str]) -> Election:
        try:
            pattern = compile_pattern(expression)
        except BadPattern as error:
            return Broken(f"the policy cannot be read: {error}")
        matching = [tag for tag in tags if pattern.matches(tag)]
        if "compare" not in pattern.names or not matching:
            return self._greatest(matching)
        top = max(_compared_tag(pattern, tag).encode() for tag in matching)
        equal = tuple(sorted(tag for tag in matching if _compared_tag(pattern, tag).encode() == top))
        if len(equal) > 1:
            return Undecided(equal, "their compare groups are equal, and Keel's sort is not stable")
        return Elected(equal[0], top.decode())

    @staticmethod
    def _greatest(tags: Sequence[str]) -> Election:
        return Elected(max(tags, key=str.encode)) if tags else Nothing("no tag matches")


def _compared_tag(pattern: Pattern, tag: str) -> str:
    match = pattern.search(tag)
    return match.expand("${compare}") if match else ""
