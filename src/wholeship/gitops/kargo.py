"""Which tag of an image becomes the newest Freight of a Kargo Warehouse.

By the reference of Warehouses (https://docs.kargo.io/user-guide/how-to-guides/working-with-warehouses) and,
where that is silent, its package ``pkg/image``. ``discoveryLimit`` counts behind the order, so that it never
decides which tag is first.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.gitops.constraint import BadConstraint, Constraint, parse_constraint
from wholeship.gitops.election import Broken, Elected, Election, Nothing, Unknown
from wholeship.gitops.image_updater import highest_version
from wholeship.gitops.pattern import BadPattern, compile_pattern
from wholeship.gitops.version import Version, parse_version

CONTROLLER = "kargo"
_PLAIN = r"(?:0|[1-9][0-9]*)"
_STRICT = lazy_pattern(rf"v?{_PLAIN}\.{_PLAIN}\.{_PLAIN}(?:[-+].*)?")


class Selection(StrEnum):
    """``imageSelectionStrategy``."""

    SEMVER = "SemVer"
    LEXICAL = "Lexical"
    NEWEST_BUILD = "NewestBuild"
    DIGEST = "Digest"


@dataclass(frozen=True, slots=True)
class KargoPolicy:
    """How one image subscription chooses.

    ``constraint`` is a version range for SemVer, the tag for Digest. ``allow`` and ``ignore`` are regular
    expressions, ``ignored`` whole tags. ``strict``: a version has all of its three numbers.
    """

    controller = CONTROLLER
    selection: Selection = Selection.SEMVER
    constraint: str = ""
    allow: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    strict: bool = True

    @property
    def summary(self) -> str:
        words: list[str] = [self.selection]
        if self.constraint:
            words.append(self.constraint)
        if self.allow:
            words.append(f"among {' or '.join(self.allow)}")
        if self.ignore or self.ignored:
            words.append(f"without {', '.join((*self.ignore, *self.ignored))}")
        return " ".join(words)

    @property
    def follows(self) -> str:
        return self.constraint if self.selection is Selection.DIGEST else ""

    def elect(self, tags: Sequence[str]) -> Election:
        """The choice among *tags*; their order does not matter to it."""
        try:
            considered = [tag for tag in dict.fromkeys(tags) if not self._objection(tag)]
            constraint = self._range()
        except (BadConstraint, BadPattern) as error:
            return Broken(f"the Warehouse discovers nothing: {error}")
        if self.selection is Selection.DIGEST and not self.constraint:
            return Broken("Digest needs a tag to follow, as its constraint")
        if not considered:
            return Nothing("no tag qualifies, so that there is no new Freight")
        if self.selection is Selection.NEWEST_BUILD:
            return Unknown("NewestBuild compares build times, which tag names do not have")
        if self.selection is Selection.SEMVER:
            return highest_version(_versions(considered, constraint))
        return Elected(max(considered, key=str.encode))

    def objection(self, tag: str) -> str:
        try:
            return self._objection(tag)
        except (BadConstraint, BadPattern) as error:
            return f"the Warehouse discovers nothing: {error}"

    def _objection(self, tag: str) -> str:
        if self.selection is Selection.DIGEST:
            others = f"only the tag {self.constraint!r} is followed, by digest"
            return "" if tag == self.constraint else others
        if reason := self._passed_over(tag):
            return reason
        if self.selection is not Selection.SEMVER:
            return ""
        version, constraint = parse_version(tag), self._range()
        if version is None or (self.strict and not _STRICT.fullmatch(tag)):
            return f"{tag!r} is no version" + (" with three numbers" if version is not None else "")
        if constraint is not None and not constraint.admits(version):
            return f"{version} is not in the range {self.constraint!r}"
        return ""

    def _passed_over(self, tag: str) -> str:
        if tag in self.ignored:
            return f"ignoreTags leaves out {tag!r}"
        left_out = next((text for text in self.ignore if compile_pattern(text).matches(tag)), "")
        if left_out:
            return f"ignoreTagsRegexes leaves out {left_out!r}"
        if self.allow and not any(compile_pattern(text).matches(tag) for text in self.allow):
            return f"it matches none of the allowed {', '.join(map(repr, self.allow))}"
        return ""

    def _range(self) -> Constraint | None:
        wanted = self.constraint if self.selection is Selection.SEMVER else ""
        return parse_constraint(wanted) if wanted else None


def _versions(tags: Sequence[str], constraint: Constraint | None) -> list[tuple[str, Version]]:
    versions = [(tag, version) for tag in tags if (version := parse_version(tag)) is not None]
    return [one for one in versions if constraint is None or constraint.admits(one[1])]
