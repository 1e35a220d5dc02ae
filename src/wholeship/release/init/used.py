"""The deploy tag that is in use: taken over, or mended where two releases could get it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.release.config import SCENARIOS
from wholeship.release.init.images import FoundImage
from wholeship.release.init.patterns import Form
from wholeship.release.init.tagging import SeenTag
from wholeship.release.tags import TagFields, check_pattern, fill

_EARLY = lazy_pattern(r"(?:nightly|canary|edge|dev|snapshot|test|ci|pr|preview|alpha|beta|rc)[-_.]")
"""How the tags begin of builds that come before a release."""
_SAMPLE = TagFields(datetime(2026, 5, 28, 18, 28, 33, tzinfo=UTC), 1, "4f2d9c1b" * 5, "main", "1.4.2")


def tag_in_use(images: Sequence[FoundImage]) -> SeenTag | None:
    """The tag of the first scenario in which half of the images get it; None: none names one release.

    One that the release file has a pattern for goes before one that only a run knows.
    """
    seen = [tag for image in images for tag in {t.text: t for s in image.seen for t in s.tags}.values()]
    deploy = [tag for tag in seen if tag.deploy]
    many = Counter(tag.text for tag in deploy)
    order = (*SCENARIOS, "called")

    def rank(tag: SeenTag) -> tuple[bool, bool, bool, int, bool, int]:
        few, unique = many[tag.text] * 2 < len(images), _is_unique(tag.pattern)
        early = _EARLY.match(tag.pattern or tag.text) is not None
        return few, not tag.pattern, early, order.index(tag.scenario), not unique, -many[tag.text]

    return min(deploy, key=rank, default=None)


def _is_unique(pattern: str) -> bool:
    try:
        check_pattern(pattern)
    except BadInput:
        return False
    return bool(pattern)


def mended(pattern: str) -> str:
    """*pattern*, with a number that no other release gets where it has nothing that is unique."""
    return pattern if _is_unique(pattern) else f"{pattern}-{{sequence}}"


def form_in_use(tag: SeenTag | None, *, git: bool = True) -> Form | None:
    """The form of *tag*, or a near one that no two releases can get; None where it cannot be made here."""
    if tag is None or not tag.pattern or not (git or _without_git(tag.pattern)):
        return None
    pattern = mended(tag.pattern)
    if not _is_unique(pattern):
        return None
    return Form(pattern, fill(pattern, _SAMPLE) or "")


_FROM_GIT = lazy_pattern(r"\{(?:sha|short_sha|branch|version|semver|minor|major)\}")


def _without_git(pattern: str) -> bool:
    return _FROM_GIT.search(pattern) is None


def why_form(tag: SeenTag | None, form: Form | None, *, git: bool = True) -> str:
    """Why this form is taken, where no policy asks for one."""
    usual = "UTC time, and a number that no other release gets"
    if tag is None:
        return usual
    if form is None and not git and tag.pattern:
        return (
            f"{usual}; {tag.where} gives {tag.text}, which git tells, and this folder is in no git repository"
        )
    if form is None:
        return f"{usual}; the tag of {tag.where} ({tag.text}) is only known in a run, so give that with --tag"
    if form.pattern != tag.pattern:
        why = tag.collides or "two releases can get one"
        return f"as in {tag.where}, with a number that no other release gets, because {why}"
    return f"as in {tag.where} ({tag.text})"


def why_not_used(tag: SeenTag | None, form: Form) -> str:
    """What is to be said of the tag in use where a policy asks for another; empty: nothing."""
    if tag is None or tag.pattern == form.pattern:
        return ""
    if tag.pattern and mended(tag.pattern) == form.pattern:
        why = tag.collides or "two releases can get one"
        return f"; {tag.where} leaves out the number, and {why}"
    return f"; {tag.where} gives {tag.text}"
