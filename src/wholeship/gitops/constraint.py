"""Version ranges as Flux reads them: the constraints of the Masterminds library, version 3.

``||`` separates groups of which one must hold; in a group every part must. A part is an operator
and a version in which ``x``, ``X``, ``*`` or nothing stands for any number. A pre-release only ever
satisfies a group that names a pre-release itself. Some answers surprise (``>=1.1, <2`` takes no
``1.5.0-rc.1``, ``<1.x`` means ``<1.0.0``, ``~0.0.0`` takes everything): they are upstream's, see
https://github.com/Masterminds/semver, "Checking Version Constraints" and ``constraints.go``.
"""

from __future__ import annotations

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.gitops.version import Version, parse_version

LENGTH_LIMIT = 512
GROUP_LIMIT = 32

_OPERATOR = r"!=|>=|=>|<=|=<|~>|=|>|<|~|\^|"
_NUMBER = r"[0-9|xX*]+"  # the stray | is upstream's: it decides where ``1 - 2||3`` is cut
_WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = rf"v?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?:-{_WORDS})?(?:\+{_WORDS})?"
_BLANK = r"[\t\n\f\r ]"  # Go's \s

_HYPHENS = lazy_pattern(rf"{_BLANK}*({_VERSION}){_BLANK}+-{_BLANK}+({_VERSION}){_BLANK}*")
_PART = rf"(?:{_OPERATOR}){_BLANK}*{_VERSION}"
_GROUP = lazy_pattern(rf"{_BLANK}*{_PART}{_BLANK}*(?:(?:{_BLANK}+|,{_BLANK}*){_PART}{_BLANK}*)*")
_PARTS = lazy_pattern(_PART)
_PIECES = lazy_pattern(
    rf"(?P<operator>{_OPERATOR}){_BLANK}*"
    rf"v?(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER}))?(?:\.(?P<patch>{_NUMBER}))?"
    rf"(?P<pre>-{_WORDS})?(?:\+{_WORDS})?"
)
_WILD = frozenset({"x", "X", "*", None})
_SPELLINGS = {"": "=", "=>": ">=", "=<": "<=", "~>": "~"}


class BadConstraint(ValueError):
    """A range that Masterminds refuses."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One part: an operator and a version of which ``fixed`` numbers (0 to 3) were spelled out."""

    operator: str
    version: Version
    fixed: int

    def admits(self, version: Version) -> bool:
        """Whether *version* satisfies this part (pre-releases are let in or out by the group)."""
        return _CHECKS[self.operator](version, self)

    def same_core(self, version: Version, numbers: int) -> bool:
        """Whether the first *numbers* numbers agree."""
        return version.core[:numbers] == self.version.core[:numbers]


@dataclass(frozen=True, slots=True)
class Constraint:
    """A range: groups of which one must hold."""

    text: str
    groups: tuple[tuple[Bound, ...], ...]

    def admits(self, version: Version) -> bool:
        """Whether *version* lies in the range."""
        return any(_group_admits(group, version) for group in self.groups)


def parse_constraint(text: str) -> Constraint:
    """The range that *text* spells; raises :class:`BadConstraint`."""
    if len(text.encode()) > LENGTH_LIMIT:
        raise BadConstraint(f"the range is longer than {LENGTH_LIMIT} bytes")
    groups = _without_hyphens(text).split("||")
    if len(groups) > GROUP_LIMIT:
        raise BadConstraint(f"the range has more than {GROUP_LIMIT} alternatives")
    return Constraint(text, tuple(_parse_group(group) for group in groups))


def _without_hyphens(text: str) -> str:
    for found in _HYPHENS.finditer(text):
        text = text.replace(found[0], f">= {found[1]}, <= {found[2]} ", 1)
    return text


def _parse_group(text: str) -> tuple[Bound, ...]:
    if not _GROUP.fullmatch(text):
        raise BadConstraint(f"improper constraint: {text.strip()!r}")
    return tuple(_parse_bound(found[0]) for found in _PARTS.finditer(text))


def _parse_bound(text: str) -> Bound:
    pieces = _PIECES.fullmatch(text)
    if pieces is None:
        raise BadConstraint(f"improper constraint: {text!r}")
    numbers = [pieces["major"], pieces["minor"], pieces["patch"]]
    fixed = next((at for at, number in enumerate(numbers) if number in _WILD), 3)
    spelled = ".".join([*numbers[:fixed], *("0",) * (3 - fixed)]) + (pieces["pre"] or "")
    version = parse_version(spelled)
    if version is None:
        raise BadConstraint(f"improper constraint: {text!r} holds no version")
    return Bound(_SPELLINGS.get(pieces["operator"], pieces["operator"]), version, fixed)


def _group_admits(group: tuple[Bound, ...], version: Version) -> bool:
    if version.pre and not any(bound.version.pre for bound in group):
        return False
    return all(bound.admits(version) for bound in group)


def _equal(version: Version, bound: Bound) -> bool:
    return version == bound.version if bound.fixed == 3 else _about_equal(version, bound)


def _unequal(version: Version, bound: Bound) -> bool:
    if bound.fixed == 2 and bound.same_core(version, 2):
        return version.pre != bound.version.pre
    if bound.fixed == 1:
        return not bound.same_core(version, 1)
    # A bare wildcard is compared as 0.0.0 here, upstream as well.
    return version != bound.version


def _greater(version: Version, bound: Bound) -> bool:
    if bound.fixed in (1, 2):  # >1.1 starts at 1.2.0, >1 at 2.0.0
        return version.core[: bound.fixed] > bound.version.core[: bound.fixed]
    return version > bound.version


def _less(version: Version, bound: Bound) -> bool:
    return version < bound.version


def _at_least(version: Version, bound: Bound) -> bool:
    return version >= bound.version


def _at_most(version: Version, bound: Bound) -> bool:
    if bound.fixed == 3:
        return version <= bound.version
    numbers = 1 if bound.fixed == 1 else 2  # <=1.x ends with 1, <=1.1 and <=* with the second number
    return version.core[:numbers] <= bound.version.core[:numbers]


def _about_equal(version: Version, bound: Bound) -> bool:
    if version < bound.version:
        return False
    if bound.version.core == (0, 0, 0) and bound.fixed in (0, 3):
        return True
    return bound.same_core(version, 1 if bound.fixed == 1 else 2)


def _compatible(version: Version, bound: Bound) -> bool:
    """Nothing left of the first number that is not zero may change."""
    if version < bound.version:
        return False
    if bound.version.major or bound.fixed == 1:
        return bound.same_core(version, 1)
    if bound.version.minor or bound.fixed == 2:
        return bound.same_core(version, 2)
    return bound.same_core(version, 3)


_CHECKS = {
    "=": _equal,
    "!=": _unequal,
    ">": _greater,
    "<": _less,
    ">=": _at_least,
    "<=": _at_most,
    "~": _about_equal,
    "^": _compatible,
}
