"""Actions that take images out of a registry: which ones, and which they keep.

Looked up in the ``action.yml`` and the manuals of actions/delete-package-versions,
dataaxiom/ghcr-cleanup-action, snok/container-retention-policy, vlaurin/action-ghcr-prune,
bots-house/ghcr-delete-image-action and SmartsquareGmbH/delete-old-packages. Others of their kind are known by
their names, and name their inputs alike.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from wholeship.core.patterns import lazy_pattern
from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Effect
from wholeship.pipeline.publish import ANY_VERSION, UNTAGGED, Reference
from wholeship.texts.template import Hole, Kind, Template, Value
from wholeship.tools.removals import ANY_NAME, SOMEWHERE, removal

_KIND = lazy_pattern(
    r"(?=.*(?:delet|clean|prun|purg|retention|remov|untag|expir))"
    r"(?=.*(?:package|image|container|registry|ghcr|gcr|(?<![a-z])[ea]cr(?![a-z])|docker-?hub|version))"
)
"""What an action is called that deletes images."""
_NAMES = (
    *("package-name", "package_name", "package-names", "packages", "package", "image-names", "image_names"),
    *("container", "containers", "names", "images", "image-name", "image_name", "image", "repository-name"),
    *("repository", "repositories", "name"),
)
_OWNERS = ("owner", "account", "org-name", "organization", "organisation", "org", "user", "namespace")
_TAGS = ("tag", "tags", "delete-tags", "delete_tags", "image-tags", "filter-tags", "image-tag")
_KEPT = lazy_pattern(r"keep|retain|most-recent")
_AGES = lazy_pattern(r"older|cut-?off|(?:^|[-_])(?:age|days|ttl)(?:$|[-_])")
_AGE = lazy_pattern(r"\D{0,3}0*[1-9]|(?:an?|one|two|three)\b.*\bago", re.IGNORECASE)
_UNTAGGED_UNLESS_TOLD = frozenset(("dataaxiom/ghcr-cleanup-action",))
_OLDEST_UNLESS_TOLD = frozenset(("actions/delete-package-versions",))


def deletes_images(action: str) -> bool:
    """Whether the action (``owner/name``, lower case) is called after deleting images."""
    return _KIND.search(action.partition("/")[2]) is not None


def deletes(call: Call) -> Done:
    """The tags that it names, or any that a repository may have; nothing where it keeps the newest.

    What has no tag may be a platform of one, unless the action looks after those.
    """
    if _is_other_kind(call) or _keeps(call):
        return Done((), known=False)
    if not _only_untagged(call) or _names_tags(call):
        return Done(tuple(_removals(call)), known=False)
    whole = _LOOKS_AFTER_PLATFORMS.search(call.action) is not None
    gone = () if whole else (removal(Reference(home, UNTAGGED)) for home in _repositories(call))
    return Done(tuple(itertools.chain.from_iterable(gone)), known=False)


def _is_other_kind(call: Call) -> bool:
    """Whether it deletes packages of another kind, versions that are written out, or nothing at all."""
    kind = call.text("package-type", "package_type", "type")
    written = re.fullmatch(r"[\d,\s]+", call.text("package-version-ids")) is not None
    other = bool(kind) and "{" not in kind and kind.lower() not in ("container", "docker")
    return other or written or call.flag("dry-run") is True


def _keeps(call: Call) -> bool:
    """Whether what the run has just pushed stays: it is among the newest, or not old enough."""
    for name, value in call.inputs.items():
        text = value.literal or ""
        many = text.isdigit() and int(text) > 1
        if (many and _KEPT.search(name)) or (name.startswith("min-versions") and many):
            return True
        if _AGES.search(name) and _AGE.match(text):
            return True
    return not _names_tags(call) and not _only_untagged(call) and _only_oldest(call)


def _names_tags(call: Call) -> bool:
    """Whether it is told which tags go."""
    return any(call.given(name) for name in (*_TAGS, "keep-n-tagged", "tag-regex", "prune-tags-regexes"))


_LOOKS_AFTER_PLATFORMS = lazy_pattern(r"^(?:dataaxiom/ghcr-cleanup-action|stumpylog/image-cleaner-action)")
"""They read the lists of tags first, and keep what stands in one."""


def _only_untagged(call: Call) -> bool:
    if "untagged" in call.action or call.action in _UNTAGGED_UNLESS_TOLD:
        return True
    return any(
        ("untagged" in name and (value.literal or "").lower() == "true") or value.literal == "untagged"
        for name, value in call.inputs.items()
    )


def _only_oldest(call: Call) -> bool:
    told = ("min-versions-to-keep", "package-version-ids", "delete-only-pre-release-versions")
    return call.action in _OLDEST_UNLESS_TOLD and not any(call.given(name) for name in told)


def _removals(call: Call) -> Iterator[Effect]:
    repositories = list(_repositories(call))
    tags = [each for each in _listed(call.given(*_TAGS)) if not each.head.startswith("!")]
    use = [_pattern(each) for each in tags] or [ANY_VERSION]
    if call.flag("use-regex"):
        use = [ANY_VERSION]
    for repository, tag in itertools.product(repositories, use):
        yield from removal(Reference(repository, tag))


def _repositories(call: Call) -> Iterator[Template]:
    names = list(_listed(call.given(*_NAMES)))
    owner = call.given(*_OWNERS)
    home = (SOMEWHERE, "/", owner.only) if owner is not None and owner.only is not None else (SOMEWHERE,)
    for name in names:
        if not name.head.startswith("!"):
            yield Template.of(*home, "/", _pattern(name))
    if not names:
        yield ANY_NAME


def _listed(value: Value | None) -> Iterator[Template]:
    for option in value.options if value is not None else ():
        yield from (each for piece in option.split(",\r\n ") if (each := piece.strip()).parts)


def _pattern(text: Template) -> Template:
    """A text in which ``*`` and ``?`` stand for any."""
    parts: list[str | Hole] = []
    for part in text.parts:
        pieces = re.split(r"([*?])", part) if isinstance(part, str) else [part]
        parts += [_ANYTHING if piece in ("*", "?") else piece for piece in pieces]
    return Template.of(*parts)


_ANYTHING = Hole("anything", frozenset({Kind.OUTPUT}))

_LISTED = """
    actions/delete-package-versions dataaxiom/ghcr-cleanup-action snok/container-retention-policy
    vlaurin/action-ghcr-prune bots-house/ghcr-delete-image-action smartsquaregmbh/delete-old-packages
    chizkiyahu/delete-untagged-ghcr-action camargo/delete-untagged-action
    stumpylog/image-cleaner-action/ephemeral stumpylog/image-cleaner-action/untagged
"""
ACTIONS = dict.fromkeys(_LISTED.split(), deletes)
