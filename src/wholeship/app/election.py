"""The release file, the manifests and the controller's policy, brought together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput
from wholeship.release.order import Election, Opinion

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.core.reference import Repository
    from wholeship.gitops.elector import Elector as GitopsElector
    from wholeship.gitops.manifests import Concern, Manifests, Watch
    from wholeship.release.config import ReleaseConfig
    from wholeship.release.plan import Plan
    from wholeship.release.stages.results import Refused


class PolicyElector:
    """A controller's policy as :class:`wholeship.release.order.Elector`, for preflight and plan."""

    def __init__(self, elector: GitopsElector) -> None:
        self.elector = elector

    def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
        """What the policy would do once *tag* is visible among *visible*."""
        from wholeship.gitops.elector import Elects

        answer = self.elector.judge(tuple(visible), tag)
        if isinstance(answer, Elects):
            return Opinion(Election.ELECTED, f"elected by {self.elector.name}", tag)
        advice = f" ({answer.advice})" if answer.advice else ""
        return Opinion(
            _elections()[answer.reason],
            f"{self.elector.name}: {answer.message}{advice}",
            " or ".join(answer.others),
        )


def _elections() -> Mapping[str, Election]:
    from wholeship.gitops.elector import Reason

    return {
        Reason.FROZEN: Election.FROZEN,
        Reason.NOT_NEWER: Election.OLDER,
        Reason.TIE: Election.TIE,
        Reason.BREAKS: Election.BROKEN,
        Reason.BROKEN: Election.BROKEN,
        Reason.UNKNOWN: Election.UNKNOWN,
    }


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
        return PolicyElector(self.watch.elector) if self.watch else None

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """Ways to production around the watched image, and other misfits."""
        from wholeship.gitops.manifests import concerns

        return concerns(self.manifests, self.images, self.watched, self.watch)


def following(
    config: ReleaseConfig, *, place: str | None = None, name: str | None = None
) -> Following | None:
    """What the release file's ``gitops`` section names (or *place* and *name*); None without one.

    Raises :class:`BadInput` when it names manifests that hold no policy for the watched image: a
    policy that is declared and not found must not pass for "no policy".
    """
    from wholeship.adapters.manifests import read_source
    from wholeship.gitops.manifests import read_manifests

    place = place or config.raw.gitops.policy
    if place is None:
        return None
    name = name or config.raw.gitops.name
    repository = config.images[config.watched].repository
    manifests = read_manifests(read_source(place, config.root))
    watch = manifests.watch(repository, name)
    if watch is None and not manifests.watching(repository):
        raise none_follows(place, repository, manifests)
    images = {image: configured.repository for image, configured in config.images.items()}
    return Following(manifests, watch, images, config.watched)


def none_follows(place: str, repository: Repository, manifests: Manifests) -> BadInput:
    """What to say when no policy at *place* follows *repository*."""
    known = [f"{one.name} follows {one.image or 'nothing that is here'}" for one in manifests.watches]
    return BadInput(
        f"{place}: no policy follows {repository}",
        advice=", ".join(known)
        or "it holds no ImagePolicy; name the file or folder that does, as gitops.policy or --policy",
    )


def policy_elector(config: ReleaseConfig) -> PolicyElector | None:
    """The elector for ``Terms.elector`` of a promotion; None when the release file names no policy."""
    found = following(config)
    return found.elector if found else None


def candidates_refused(here: Stand, plan: Plan) -> Refused | None:
    """Why the builder of this run must not build *plan*: the controller would roll out its candidates."""
    from wholeship.release.electable import BY_TAG, revealing

    if here.config.raw.gitops.policy is None or here.builder.name not in BY_TAG:
        return None
    elector = here.elector()
    assert elector is not None
    visible = here.registry.tags(plan.commit_image.repository)
    return revealing(plan, elector, visible, here.builder.name)
