"""The tag of a pipeline as a pattern of the release file, where the file has a field for each part of it."""

from __future__ import annotations

import re

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.pipeline.tags import Nature, collision, nature
from wholeship.pipeline.trigger import RefClass, Trigger
from wholeship.release.tags import check_pattern
from wholeship.texts.template import Hole, Kind, Template


@dataclass(frozen=True, slots=True)
class SeenTag:
    """A tag that is pushed: as written in the pipeline, and as a pattern of the release file (empty: none).

    ``deploy``: it names one release. ``collides`` says when two runs make the same one. ``scenario`` is the
    one it was seen in.
    """

    text: str
    pattern: str = ""
    deploy: bool = False
    collides: str = ""
    scenario: str = ""
    where: str = ""


def seen_tag(tag: Template, trigger: Trigger, scenario: str, place: Place) -> SeenTag:
    """*tag* as it is pushed in *scenario* at *place*."""
    described = any("git describe" in hole.name for hole in tag.holes)  # a commit, whatever the ref is
    deploy = described or nature(tag, trigger) is Nature.DEPLOY
    found = collision(tag, trigger) if deploy else None
    where = f"{place.file}:{place.line}"
    return SeenTag(
        str(tag), _pattern(tag, trigger), deploy, found.why if found is not None else "", scenario, where
    )


def _pattern(tag: Template, trigger: Trigger) -> str:
    made = ""
    for part in tag.parts:
        piece = _literal(part) if isinstance(part, str) else _field(part, trigger)
        if piece is None:
            return ""
        made += piece
    made = _ARCHITECTURE.sub("", made)  # one image for all platforms has no use for it
    try:
        check_pattern(made, alias=True)
    except BadInput:
        return ""
    return made


_ARCHITECTURE = lazy_pattern(r"[-_.](?:linux[-_.])?(?:amd64|arm64|arm|x86_64|aarch64)(?:v\d)?$")


def _literal(text: str) -> str | None:
    return None if "{" in text or "}" in text else text


def _field(hole: Hole, trigger: Trigger) -> str | None:
    if len(hole.kinds) != 1:
        return None
    (kind,) = hole.kinds
    if kind is Kind.COMMIT:
        return "{sha}" if hole.name in _WHOLE_COMMIT else "{short_sha}"
    if kind in (Kind.RUN_NUMBER, Kind.RUN_ID):
        return "{sequence}"
    if kind is Kind.CLOCK:
        return _clock(hole.name)
    if kind is Kind.REF or (kind is Kind.EVENT and "tag_name" in hole.name):
        named_by_tag = trigger.ref is RefClass.TAG or trigger.event == "release"
        return _version_of_name(hole.name) if named_by_tag else _branch(hole.name)
    return None


_WHOLE_COMMIT = frozenset({"github.sha", "git rev-parse HEAD"})


def _branch(name: str) -> str | None:
    return "{branch}" if name in ("github.ref_name", "github.head_ref") else None


def _version_of_name(name: str) -> str | None:
    """``version of {github.ref_name}`` is the version alone, the name itself is the git tag as it is."""
    asked = name.partition(" of ")[0] if " of " in name else ""
    if asked in _VERSIONS:
        return _VERSIONS[asked]
    if asked in ("#v", "##v", "#refs/tags/v"):
        return "{semver}"
    return "{version}" if not asked or asked in ("#refs/tags/", "##*/", "#refs/*/") else None


_VERSIONS = {"version": "{semver}", "major": "{major}"}
_DATES = {"%Y%m%d": "{date}", "%H%M%S": "{time}", "%Y%m%d-%H%M%S": "{timestamp}", "%s": "{unix}"}
_MOMENTS = {"YYYYMMDD": "{date}", "HHmmss": "{time}", "YYYYMMDD-HHmmss": "{timestamp}", "X": "{unix}"}


def _clock(name: str) -> str | None:
    """``date -u +%Y%m%d-%H%M%S``, or metadata-action's ``date 'YYYYMMDD'``."""
    form = re.search(r"""\+["']?(%[^"']+)["']?$""", name)
    if form is not None:
        text = form[1].strip().replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S")
        return _DATES.get(text) or _spelled_time(text)
    moment = re.search(r"'([A-Za-z-]+)'", name)
    return _MOMENTS.get(moment[1]) if moment is not None else None


def _spelled_time(text: str) -> str | None:
    """A format with the date and the time in it, and something else between them."""
    made = text.replace("%Y%m%d", "{date}").replace("%H%M%S", "{time}").replace("%s", "{unix}")
    return made if "%" not in made else None
