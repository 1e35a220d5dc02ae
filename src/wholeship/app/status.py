"""`wholeship status`: whole, half, absent or unknown, from the registry; and what runs of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from wholeship.app.project import Project, open_project
from wholeship.app.target import ClusterChoice, ReleaseTarget
from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.output.release_json import StatusJson, controller_json, overview_json, status_json
from wholeship.release.observe import Looks, lag_budget
from wholeship.release.status import (
    Member,
    Overview,
    RegistryLook,
    Status,
    Whole,
    overview,
    release_status,
)

if TYPE_CHECKING:
    from wholeship.app.election import elector_for, following
    from wholeship.app.rollout import rollout_now
    from wholeship.app.world import World
    from wholeship.core.reference import Tag
    from wholeship.gitops.election import Election
    from wholeship.gitops.manifests import Watch
    from wholeship.release.rollout import Rollout
else:
    elector_for = late("wholeship.app.election:elector_for")
    following = late("wholeship.app.election:following")
    rollout_now = late("wholeship.app.rollout:rollout_now")


@dataclass(frozen=True, slots=True)
class StatusQuestion:
    """Which tag is looked at, and whether a cluster is asked as well. ``tag`` None: the newest ones are; with
    ``depth`` that many, and each of them is looked into.

    ``once``: a look that finds half is believed, for others follow.
    """

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    tag: Tag | None = None
    depth: int | None = None
    cluster: ClusterChoice | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class ElectedNow:
    """A controller's policy, and what it elects now."""

    watch: Watch
    election: Election


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """What is out; what is elected and what runs, where that was looked at."""

    found: Status | Overview
    elected: ElectedNow | None = None
    rollout: Rollout | None = None

    @property
    def settled(self) -> bool:
        """Whether what runs, if that was asked, is all there."""
        return self.rollout is None or self.rollout.done


def status_looks(question: StatusQuestion, world: World) -> Callable[[], StatusAnswer]:
    """What looks at the registry, once for each call; the release file and the manifests are read here."""
    project = open_project(world, question.target)
    watch = _watch_of(project)
    return lambda: _look(project, question, watch)


def _look(project: Project, question: StatusQuestion, watch: Watch | None) -> StatusAnswer:
    elected = None
    look = RegistryLook(project.registry)
    if watch is not None:
        visible = look.tags(project.watched_repository)
        elected = ElectedNow(watch, watch.elector.now(visible))
    found: Status | Overview
    newest: Status | None
    if question.tag is not None:
        found = newest = _steady_status(project, question.tag, once=question.once)
    else:
        found = _overview(project, question.depth, watch, look)
        newest = found.newest_whole
    rollout = rollout_now(project, newest, question.cluster) if question.cluster is not None else None
    return StatusAnswer(found, elected, rollout)


def _watch_of(project: Project) -> Watch | None:
    """The policy that follows the release; None when the release file names no manifests."""
    if project.config.raw.gitops.policy is None:
        return None
    found = following(project.world, project.declared())
    return found.watch if found else None


def _overview(project: Project, depth: int | None, watch: Watch | None, look: RegistryLook) -> Overview:
    return overview(
        project.registry,
        release_members(project),
        project.config.followed,
        pattern=project.config.tag,
        elector=elector_for(watch),
        record_home=project.home,
        depth=depth,
        look=look,
    )


STEADY = 10.0
"""Seconds for which a tag has to look half before it is called so: readers may disagree."""


def _steady_status(project: Project, tag: Tag, *, once: bool) -> Status:
    """What *tag* is; where it looks half, by looks one after the other, unless *once* is enough."""
    world = project.world
    looks = Looks(world.clock, world.progress, str(tag), min(STEADY, lag_budget()))
    found = status_of_tag(project, tag)
    while not once and found.answer is Whole.HALF and looks.again("it looks half"):
        found = status_of_tag(project, tag)
    return found


def status_of_tag(project: Project, tag: Tag) -> Status:
    """What *tag* is."""
    members, followed = release_members(project), project.config.followed
    return release_status(project.registry, members, followed, tag, record_home=project.home)


def release_members(project: Project) -> list[Member]:
    """Every image of the release file, in every repository that it goes to."""
    return [Member(name, repository) for name, repository in project.config.repositories.items()]


def status_document(answer: StatusAnswer) -> StatusJson:
    """What is out, what is elected, and what runs, as it is printed."""
    controller = None
    if answer.elected is not None:
        follows = answer.elected.watch
        controller = controller_json(
            follows.name, follows.controller, follows.suspended, answer.elected.election
        )
    if isinstance(answer.found, Status):
        return status_json(answer.found, controller, answer.rollout)
    return overview_json(answer.found, controller, answer.rollout)
