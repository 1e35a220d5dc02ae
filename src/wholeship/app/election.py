"""The release file, the manifests and the controller's policy, brought together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.gitops.elector import Elector as ControllerElector
from wholeship.gitops.elector import Elects, Reason
from wholeship.gitops.manifests import Concern, Manifests, Watch, concerns, read_manifests
from wholeship.release.config import ReleaseConfig
from wholeship.release.order import Election, Opinion

ELECTIONS: Mapping[Reason, Election] = {
    Reason.FROZEN: Election.FROZEN,
    Reason.NOT_NEWER: Election.OLDER,
    Reason.TIE: Election.TIE,
    Reason.BREAKS: Election.BROKEN,
    Reason.BROKEN: Election.BROKEN,
    Reason.UNKNOWN: Election.UNKNOWN,
}
"""Why a controller does not take a tag, in the release's words."""


class PolicyElector:
    """A controller's policy as :class:`wholeship.release.order.Elector`, for preflight and plan."""

    def __init__(self, elector: ControllerElector) -> None:
        self.elector = elector

    def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
        """What the policy would do once *tag* is visible among *visible*."""
        answer = self.elector.judge(tuple(visible), tag)
        if isinstance(answer, Elects):
            return Opinion(Election.ELECTED, f"elected by {self.elector.name}", tag)
        advice = f" ({answer.advice})" if answer.advice else ""
        return Opinion(
            ELECTIONS[answer.reason],
            f"{self.elector.name}: {answer.message}{advice}",
            " or ".join(answer.others),
        )


@dataclass(frozen=True, slots=True)
class Following:
    """What follows the release: the manifests, the policy among them, and what does not fit."""

    manifests: Manifests
    watch: Watch | None
    images: Mapping[str, Repository]
    watched: str

    @property
    def elector(self) -> PolicyElector | None:
        """For the release domain; None when no policy follows the watched image."""
        return elector_for(self.watch)

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Ways to production around the watched image, and other misfits."""
        return concerns(self.manifests, self.images, self.watched, self.watch)


def elector_for(watch: Watch | None) -> PolicyElector | None:
    """The policy of *watch* for the release domain; None without one."""
    return PolicyElector(watch.elector) if watch else None


def following(
    world: World,
    config: ReleaseConfig,
    *,
    place: str | None = None,
    name: str | None = None,
    image: str = "",
) -> Following | None:
    """What the release file's ``gitops`` section names (or *place* and *name*) for the followed *image* (the
    watched one, where none is named); None without a place.

    Raises :class:`BadInput` when it names manifests that hold no policy for the watched image: a
    policy that is declared and not found must not pass for "no policy".
    """
    place = place or config.raw.gitops.policy
    if place is None:
        return None
    name = name or config.raw.gitops.name
    followed = image or config.watched
    repository = config.images[followed].repository
    manifests = read_manifests(world.read_manifests(place, config.root))
    watch = manifests.watch(repository, name)
    if watch is None and not manifests.watching(repository):
        raise none_follows(place, repository, manifests)
    images = dict(config.repositories)
    return Following(manifests, watch, images, followed)


def none_follows(place: str, repository: Repository, manifests: Manifests) -> BadInput:
    """What to say when no policy at *place* follows *repository*."""
    known = [f"{one.name} follows {one.image or 'nothing that is here'}" for one in manifests.watches]
    return BadInput(
        f"{place}: no policy follows {repository}",
        advice=", ".join(known)
        or "it holds no ImagePolicy; name the file or folder that does, as gitops.policy or --policy",
    )
