"""Policies and the listings they choose from, for `wholeship policy` and `wholeship status`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput, ExitCode, RegistryError
from wholeship.core.place import Place
from wholeship.core.reference import Repository, Tag

if TYPE_CHECKING:
    from wholeship.app.election import Following
    from wholeship.app.world import Stand
    from wholeship.gitops.manifests import Concern, Manifests, Watch
    from wholeship.gitops.outlook import Outlook
    from wholeship.output.policy_json import PolicyJson
    from wholeship.output.release_json import ControllerJson
    from wholeship.release.ports import Registry

TAGS_LIMIT = 32 * 1024 * 1024
"""Longest list of tags that is read from a file. Bytes."""

Listing = Callable[[Repository | None], Sequence[str]]
"""The visible tags of a repository; None where the manifests do not name it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One policy, the repository whose tags it chooses from (None: the manifests name none), and the tag
    whose fate is asked about."""

    watch: Watch
    repository: Repository | None
    tag: str | None


def of_release(
    here: Stand, place: str | None, name: str | None
) -> tuple[Question, tuple[Concern, ...], Manifests]:
    """The policy that drives the release, asked about the tag it would get."""
    from wholeship.app.election import following, none_follows
    from wholeship.app.options import given
    from wholeship.app.world import plan_of
    from wholeship.release.config import load

    # A policy follows the repositories that the file names, wherever this run puts the images.
    declared = load(here.config.file)
    found = following(declared, place=place or declared.raw.gitops.policy or ".", name=name)
    assert found is not None
    watched = here.config.images[here.config.watched].repository
    if found.watch is None:
        raise none_follows(place or ".", watched, found.manifests)
    asked = given(here.args, "tag")[0]  # any tag may be asked about, also one that no release could have
    tag = str(Tag(asked) if asked else plan_of(here, take=False)[0].tag)
    return Question(found.watch, watched, tag), found.concerns, found.manifests


def of_manifests(
    place: str, name: str | None, image: str | None, tag: str | None
) -> tuple[tuple[Question, ...], Manifests]:
    """Every policy at *place*; with *name* or *image*, the one that is meant."""
    from wholeship.adapters.manifests import read_source
    from wholeship.app.election import none_follows
    from wholeship.gitops.manifests import read_manifests

    manifests = read_manifests(read_source(place, Path()))
    wanted = _repository_and_tag(image) if image else None
    tag = str(Tag(tag)) if tag else wanted[1] if wanted else None
    watches: Sequence[Watch] = manifests.watches
    if wanted is not None:
        watch = manifests.watch(wanted[0], name)
        if watch is None:
            raise none_follows(place, wanted[0], manifests)
        return (Question(watch, wanted[0], tag),), manifests
    if name is not None:
        watches = [one for one in watches if name in (one.name, one.name.rpartition("/")[2])]
    if not watches:
        known = ", ".join(one.name for one in manifests.watches)
        raise BadInput(
            f"{place}: there is no policy{f' {name}' if name else ''}",
            advice=f"policies found: {known}"
            if known
            else "name the file or folder that holds one: --policy",
        )
    return tuple(Question(one, one.repository, tag) for one in watches), manifests


def listing_of(registry: Registry) -> Listing:
    """What *registry* lists."""

    def listing(repository: Repository | None) -> Sequence[str]:
        if repository is None:
            raise BadInput("the manifests do not say which repository it follows: name it with --image")
        return registry.tags(repository)

    return listing


def answered(
    questions: Sequence[Question],
    listing: Listing,
    source: str,
    concerns: Sequence[Concern],
    manifests: Manifests,
) -> PolicyJson:
    """Each of *questions* answered from *listing*; a repository that cannot be read is said to be so."""
    from wholeship.gitops.outlook import outlook
    from wholeship.output.policy_json import policy_json, view_json

    views, codes = [], [ExitCode.YES]
    for one in questions:
        seen: Outlook | None = None
        problem = ""
        try:
            seen = outlook(one.watch.elector, listing(one.repository), one.tag)
        except (RegistryError, BadInput) as error:
            problem = error.message
        image = str(one.repository or one.watch.image)
        drives = manifests.driven_by(one.watch)
        views.append(view_json(one.watch, image, source, seen, problem, drives=drives))
        codes.append(_code(seen))
    remarks = [f"{one.place}: {one.text}" for one in manifests.remarks if one.matters]
    return policy_json(views, concerns, remarks, max(codes, key=_WORST.index))


_WORST = [ExitCode.YES, ExitCode.UNFINISHED, ExitCode.NO]


def _code(seen: Outlook | None) -> ExitCode:
    answer = seen.answer if seen else None
    return ExitCode.UNFINISHED if answer is None else ExitCode.YES if answer else ExitCode.NO


def tags_from(name: str) -> tuple[str, ...]:
    """The tags in the file *name* (``-``: standard input): one to a line, or JSON as registries list them.

    Raises :class:`BadInput` with the place of what is no tag.
    """
    from wholeship.core import jsons

    text = _text(name)
    if text.lstrip()[:1] in ("{", "["):
        value = jsons.parse(text, what=name)
        listed = value.get("tags") if isinstance(value, dict) else value
        if not isinstance(listed, list) or not all(isinstance(tag, str) for tag in listed):
            raise BadInput(f"{name}: JSON without a list of tags", advice='as in {"tags": ["1.0.0"]}')
        return tuple(str(Tag(tag)) for tag in listed)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if word := line.strip():
            try:
                found.append(str(Tag(word)))
            except BadInput as error:
                raise BadInput(error.message, advice=error.advice, place=Place(name, number)) from None
    return tuple(found)


def _text(name: str) -> str:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(TAGS_LIMIT + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(TAGS_LIMIT + 1)
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}") from None
    if len(raw) > TAGS_LIMIT:
        raise BadInput(f"{name}: more than {TAGS_LIMIT // 1024 // 1024} MiB of tags")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8") from None


def _repository_and_tag(image: str) -> tuple[Repository, str | None]:
    """``host/name`` or ``host/name:tag``."""
    head, colon, tail = image.rpartition(":")
    if colon and "/" not in tail:
        return Repository.parse(head), str(Tag(tail))
    return Repository.parse(image), None


def followed(here: Stand) -> Following | None:
    """What the manifests say about the release; None when the release file names none."""
    from wholeship.app.election import following
    from wholeship.release.config import load

    if here.config.raw.gitops.policy is None:
        return None
    # A policy follows the repositories that the file names, wherever this run puts the images.
    return following(load(here.config.file))


def strays(watch: Watch, visible: Sequence[str]) -> list[str]:
    """What to remark about tags that are there, take part in the policy, and are no release."""
    from wholeship.gitops.elector import accidents

    found = [one.tag for one in accidents(watch.elector, visible) if one.visible]
    if not found:
        return []
    more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
    names = ", ".join(found[:3]) + more
    return [f"{watch.name} also considers {names}: anchor its filter at both ends (see: wholeship policy)"]


def elected_now(here: Stand, watch: Watch) -> ControllerJson:
    """What the controller of *watch* elects now."""
    from wholeship.output.release_json import controller_json

    visible = here.registry.tags(here.config.images[here.config.watched].repository)
    return controller_json(watch.name, watch.controller, watch.suspended, watch.elector.now(visible))
