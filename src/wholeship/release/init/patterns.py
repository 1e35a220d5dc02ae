"""The form of a deploy tag that a controller's policy takes: found by asking the policy.

Forms are tried in order of preference, each with tags of releases that follow one another (a second
apart, in the same second, over midnight, with growing versions): the policy has to elect the later one
each time. A first guess at the form comes from the literal parts of the policy's filter.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.release.init.sightings import Policy
from wholeship.release.order import Election, Elector
from wholeship.release.tags import TagFields, check_pattern, fill

DEFAULT = "{timestamp}-{sequence}"
WHOLE = (
    DEFAULT,
    "{date}{time}{sequence}",
    "{unix}{sequence}",
    "{semver}",
    "v{semver}",
    "{branch}-{short_sha}-{unix}{sequence}",
)
"""Whole tags, tried with the filter's literal beginning and end around them."""
_PARTS = (DEFAULT, "{date}{time}{sequence}", "{unix}{sequence}", "{timestamp}", "{date}", "{time}", "{unix}",
          "{sequence}", "{semver}", "{branch}", "{short_sha}", "{sha}")  # fmt: skip
_HEX = ("{short_sha}", "{sha}")
_DAY = datetime(2026, 1, 9, tzinfo=UTC)
CAVEAT = "two releases made within one second compare equal: the second is refused"
HOLES = 3
"""Most open parts of a filter for which every combination is tried."""


@dataclass(frozen=True, slots=True)
class Form:
    """A tag pattern, with an example. ``caveat`` says what the policy does not tell apart under it."""

    pattern: str
    example: str
    caveat: str = ""


def form_for(policy: Policy, used: Sequence[str] = ()) -> Form | None:
    """The first form whose releases *policy* would roll out, one after the other; None: none was found.

    *used* are tried first. A form that the policy orders only second by second is taken when there is no
    better one.
    """
    weak: Form | None = None
    tried = dict.fromkeys([*used, *_tag_candidates(policy.pattern)])
    for pattern in filter(_is_deploy_tag, tried):
        releases = _by_version(pattern, policy) if "{semver}" in pattern else _by_moment()
        if len(releases) < 2:
            continue
        example = _tag_pattern(pattern, releases[0]) or ""
        if _follow(policy.elector, pattern, releases):
            return Form(pattern, example)
        # Without the first, no two are of the same second.
        if weak is None and _follow(policy.elector, pattern, releases[1:]):
            weak = Form(pattern, example, CAVEAT)
    return weak


def _is_deploy_tag(pattern: str) -> bool:
    if "{time}" in pattern and not re.search(r"\{date\}[^{}]*\{time\}", pattern):
        return False  # a time that does not belong to its date would puzzle everybody
    try:
        check_pattern(pattern)
    except BadInput:
        return False
    return True


def _by_moment() -> list[TagFields]:
    """Releases in the order in which they are made. The first two fall into the same second."""
    times = [(9, 23, 59, 57), (9, 23, 59, 57), (9, 23, 59, 58), (10, 0, 0, 1), (31, 0, 0, 0)]
    shas = ["a1" * 20, "1b" * 20, "0c" * 20, "f9" * 20, "7e" * 20]
    return [
        TagFields(datetime(2026, 1, day, hour, minute, second, tzinfo=UTC), number, sha, "main")
        for (day, hour, minute, second), number, sha in zip(times, (9, 10, 11, 12, 100), shas, strict=True)
    ]


def _by_version(pattern: str, policy: Policy) -> list[TagFields]:
    """Releases of growing versions that *policy* takes; what its range names is where to look for them."""
    bases = [(1, 0, 0), (0, 1, 0)]
    for found in re.finditer(r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?", policy.range[:200]):
        major, minor, patch = (int(part or 0) for part in found.groups())
        bases += [(major, minor, patch), (major, minor + 1, 0), (major + 1, 0, 0), (max(major - 1, 0), 9, 0)]
    tries = sorted({(a, b, c + step) for a, b, c in bases for step in (0, 1, 9, 10)})
    made = [TagFields(_DAY, 1, "a1" * 20, "main", f"{a}.{b}.{c}") for a, b, c in tries]
    return [one for one in made if _follow(policy.elector, pattern, [one])][:6]


def _tag_pattern(pattern: str, fields: TagFields) -> str | None:
    try:
        return fill(pattern, fields)
    except BadInput:
        return None


def _follow(elector: Elector, pattern: str, releases: Sequence[TagFields]) -> bool:
    """Whether each release would be rolled out with all the earlier ones visible."""
    visible: list[str] = []
    for fields in releases:
        tag = _tag_pattern(pattern, fields)
        if tag is None or elector.opinion(tag, visible).election is not Election.ELECTED:
            return False
        visible.append(tag)
    return True


def _tag_candidates(text: str) -> Iterator[str]:
    pieces = _pieces(text)
    head = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    tail = pieces[-1] if len(pieces) > 1 and isinstance(pieces[-1], str) else ""
    yield from dict.fromkeys([*WHOLE, *(f"{head}{whole}{tail}" for whole in WHOLE)])
    holes = [piece for piece in pieces if isinstance(piece, _Hole)]
    if not holes or len(holes) > HOLES:
        return
    for choice in itertools.product(*(_HEX + _PARTS if hole.is_hex else _PARTS for hole in holes)):
        if len(set(choice)) < len(choice):
            continue
        filling = iter(choice)
        yield "".join(piece if isinstance(piece, str) else next(filling) for piece in pieces)


# -- a filter, taken apart ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hole:
    """A part of a filter that is not literal. ``is_hex``: it takes the letters of a commit's name."""

    is_hex: bool


_TOKEN = lazy_pattern(
    r"""\\(?P<escape>.)              # \. and \d
    |(?P<open>\((?:\?P?<\w+>|\?:)?)  # a group, opened
    |(?P<close>\))
    |(?P<class>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]])*\])
    |(?P<repeat>[*+?]\??|\{\d*,?\d*\}\??)
    |(?P<any>\.)
    |(?P<anchor>[\^$])
    |(?P<either>\|)
    |(?P<literal>.)""",
    re.X | re.S,
)


def _pieces(text: str) -> list[str | _Hole]:
    """Literal texts and holes of the RE2 filter *text*, in order; a rough reading, checked by the policy."""
    pieces: list[str | _Hole] = []
    for kind, value in _tokens(text):
        if kind == "literal":
            pieces.append(value)
        elif kind == "hole":
            pieces.append(_Hole("a-f" in value or "xdigit" in value))
        elif kind == "repeat" and pieces and isinstance(pieces[-1], str):
            pieces[-1] = _Hole(False)
    return _joined_pieces(pieces)


def _tokens(text: str) -> Iterable[tuple[str, str]]:
    for match in _TOKEN.finditer(text[:500]):
        kind, value = match.lastgroup or "", match[0]
        if kind == "escape":
            yield ("hole", value) if match["escape"].isalpha() else ("literal", match["escape"])
        elif kind in ("class", "any"):
            yield "hole", value
        elif kind in ("literal", "repeat"):
            yield kind, value


def _joined_pieces(pieces: list[str | _Hole]) -> list[str | _Hole]:
    """Neighbours of a kind as one."""
    found: list[str | _Hole] = []
    for piece in pieces:
        last = found[-1] if found else None
        if isinstance(piece, str) and isinstance(last, str):
            found[-1] = last + piece
        elif isinstance(piece, _Hole) and isinstance(last, _Hole):
            found[-1] = _Hole(last.is_hex or piece.is_hex)
        else:
            found.append(piece)
    return found
