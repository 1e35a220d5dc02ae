"""Where what the manifests do does not fit a release of which one image is watched.

"Watched last" is worth something only when the watched tag is the one way to production. A policy of
its own for a sibling, or a sibling used under ``latest``, is a second way, and half a release can
take it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wholeship.core.place import Place
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.gitops.manifests.model import Manifests, Reference, Watch


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing to look at; ``rule`` is a stable word for machines."""

    rule: str
    message: str
    place: Place
    advice: str = ""


def concerns(
    manifests: Manifests, images: Mapping[str, Repository], watched: str, chosen: Watch | None = None
) -> tuple[Concern, ...]:
    """What to look at for a release of *images* with *watched* among them, followed by *chosen*."""
    return (
        *_unwatched(manifests, images, watched, chosen),
        *_several(manifests, images, chosen),
        *_suspended(chosen),
        *_reflecting(chosen),
        *_other_tags(manifests, images, chosen),
        *_undriven(manifests, chosen),
    )


def _unwatched(
    manifests: Manifests, images: Mapping[str, Repository], watched: str, chosen: Watch | None
) -> Iterator[Concern]:
    if chosen is None or chosen.repository in (None, images[watched]):
        return
    followed = next((name for name, repository in images.items() if repository == chosen.repository), None)
    yield Concern(
        "wrong-watched",
        f"{chosen.name} follows {chosen.image}, not {images[watched]}",
        chosen.place,
        f"set watched: {followed}" if followed else "check gitops.policy and watched in the release file",
    )


def _several(
    manifests: Manifests, images: Mapping[str, Repository], chosen: Watch | None
) -> Iterator[Concern]:
    names = {repository: name for name, repository in images.items()}
    for watch in manifests.watches:
        if watch is chosen or watch.suspended or watch.repository not in names or watch.repository is None:
            continue
        if chosen is None and len([w for w in manifests.watches if w.repository in names]) < 2:
            continue
        yield Concern(
            "several-policies",
            f"{watch.name} ({watch.controller}) follows {names[watch.repository]} on its own, "
            "so its roll-out does not wait for the watched image",
            watch.place,
            "let one policy drive every image of the release, through setter markers with :tag",
        )


def _suspended(chosen: Watch | None) -> Iterator[Concern]:
    if chosen is not None and chosen.suspended and chosen.controller == "kargo":
        yield Concern(
            "suspended",
            f"{chosen.name} makes no Freight by itself, so nothing rolls out until somebody does",
            chosen.place,
            "kargo create freight, or freightCreationPolicy: Automatic",
        )
    elif chosen is not None and chosen.suspended:
        yield Concern(
            "suspended",
            f"{chosen.name}: the {chosen.suspended} is suspended, so nothing rolls out until it is resumed",
            chosen.place,
            "flux resume image policy NAME (or image repository NAME)",
        )


def _reflecting(chosen: Watch | None) -> Iterator[Concern]:
    if chosen is not None and chosen.reflects_digest == "Always":
        yield Concern(
            "reflects-digest",
            f"{chosen.name} reflects digests always, so moving a tag it elects is a release as well",
            chosen.place,
        )


def _other_tags(
    manifests: Manifests, images: Mapping[str, Repository], chosen: Watch | None
) -> Iterator[Concern]:
    names = {repository: name for name, repository in images.items()}
    for one in manifests.references:
        name = names.get(one.repository) if one.repository else None
        if name is None or _driven(one, chosen) or one.digest:
            continue
        by = f"moved by {one.policy}" if one.policy else "moved by no policy"
        yield Concern(
            "other-tag",
            f"{name} is used as {one.image}:{one.tag}, {by}: it is reachable outside the release",
            one.place,
            "let the policy of the watched image drive this tag, or pin a digest",
        )


def _driven(one: Reference, chosen: Watch | None) -> bool:
    if chosen is None:
        return bool(one.policy)
    return one.policy != "" and one.policy.rpartition("/")[2] == chosen.name.rpartition("/")[2]


def _undriven(manifests: Manifests, chosen: Watch | None) -> Iterator[Concern]:
    if chosen is None or chosen.controller != "flux" or not manifests.automations:
        return
    name = chosen.name.rpartition("/")[2]
    if not any(drive.policy.rpartition("/")[2] == name for drive in manifests.drives):
        yield Concern(
            "drives-nothing",
            f"no setter marker names {chosen.name}, so what it elects is written nowhere",
            chosen.place,
            'mark the tag in Git: # {"$imagepolicy": "NAMESPACE:NAME:tag"}',
        )
