"""Several releases in one repository: which workflows belong together, and which release is meant.

Workflows are of one release where they push the same image, or give images one tag on the same event.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.core.wording import listed, listed_few
from wholeship.release.init.environments import is_a_try, is_early
from wholeship.release.init.images import brought_together, has_deploy_tag, released_groups
from wholeship.release.init.names import repository_of
from wholeship.release.init.sightings import SeenImage, Sightings


@dataclass(frozen=True, slots=True)
class SeenRelease:
    """One release that workflows make: its images, and everything that was seen of them."""

    workflows: tuple[str, ...]
    titles: tuple[str, ...]
    images: tuple[str, ...]
    seen: tuple[SeenImage, ...]
    deploys: bool
    followed: bool

    @property
    def shown(self) -> str:
        """For a list: its images, and the workflows that push them."""
        return f"{listed_few(self.images)} ({listed(map(posixpath.basename, self.workflows), shown=3)})"


def releases_in(sightings: Sightings) -> list[SeenRelease]:
    """The releases that the workflows make, the one that is most likely meant first."""
    groups = brought_together(sightings.published)
    kept, _ = released_groups(groups, sightings)
    found = [_seen_release(part, sightings) for part in _connected(kept)]
    return sorted(found, key=_likelihood)


def _likelihood(release: SeenRelease) -> tuple[bool, bool, bool, bool, bool, int]:
    """Several images that an event releases go before one, and before those that a person has to start."""
    by_hand = not any(each.event for each in release.seen)
    few = len(release.images) < 2
    return not release.followed, _is_early(release), not release.deploys, few, by_hand, -len(release.images)


def _is_early(release: SeenRelease) -> bool:
    """Whether all of its workflows are called after builds that come before a release, or after tests."""
    return all(is_early(posixpath.basename(path)) or is_a_try(path) for path in release.workflows)


def _connected(groups: Sequence[list[SeenImage]]) -> list[list[list[SeenImage]]]:
    """Groups that a workflow, or a tag on an event, ties to each other."""
    parts: list[tuple[set[str], list[list[SeenImage]]]] = []
    for group in groups:
        ties = {tie for seen in group for tie in _ties(seen)}
        tied = [part for part in parts if part[0] & ties]
        parts = [part for part in parts if not part[0] & ties]
        parts.append((ties.union(*(t for t, _ in tied)), [*(g for _, gs in tied for g in gs), group]))
    order = {id(group): number for number, group in enumerate(groups)}
    return [sorted(members, key=lambda g: order[id(g)]) for _, members in parts]


def _ties(seen: SeenImage) -> Iterator[str]:
    yield seen.workflow
    if seen.event:
        yield from (f"{seen.event}: {tag.text}" for tag in seen.tags if tag.deploy)


def _seen_release(groups: Sequence[list[SeenImage]], sightings: Sightings) -> SeenRelease:
    seen = tuple(each for group in groups for each in group)
    repositories = {policy.repository for policy in sightings.policies}
    return SeenRelease(
        workflows=tuple(dict.fromkeys(each.workflow for each in seen)),
        titles=tuple(dict.fromkeys(each.title for each in seen if each.title)),
        images=tuple(group[0].name or str(group[0].address) for group in groups),
        seen=seen,
        deploys=any(has_deploy_tag(group) or not any(s.tags for s in group) for group in groups),
        followed=any(repository_of(each.repository) in repositories for each in seen),
    )


def meant(releases: Sequence[SeenRelease], workflow: str) -> SeenRelease:
    """The release of the workflow with this path, file name or title; :class:`BadInput` if there is none."""
    for each in releases:
        if any(_is_called(workflow, path) for path in each.workflows) or workflow in each.titles:
            return each
    known = listed_few(posixpath.basename(path) for each in releases for path in each.workflows)
    raise BadInput(f"no workflow {workflow} releases images", advice=f"workflows that do: {known or 'none'}")


def _is_called(name: str, path: str) -> bool:
    base = posixpath.basename(path)
    return name in (path, base, base.rpartition(".")[0])


def only(sightings: Sightings, chosen: SeenRelease, others: Iterable[SeenRelease]) -> Sightings:
    """*sightings* without what *others* push; they are named, with how to write a file for them."""
    away = {path for each in others for path in each.workflows}  # a workflow is of one release
    told = [
        f"another release is made here: {each.shown}; for its file: wholeship init --workflow "
        f"{posixpath.basename(each.workflows[0])} --file NAME.yaml"
        for each in others
        if each is not chosen
    ]
    kept = tuple(seen for seen in sightings.published if seen.workflow not in away)
    files = frozenset(seen.dockerfile for each in others for seen in each.seen)
    return replace(sightings, published=kept, elsewhere=files, remarks=(*sightings.remarks, *told))
