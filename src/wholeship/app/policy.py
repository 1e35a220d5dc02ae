"""`wholeship policy`: which tag the controller elects now, and would after this release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path

from wholeship.app.election import following, none_follows
from wholeship.app.planning import foreseen_plan
from wholeship.app.project import Project, open_project
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import BadInput, ExitCode, RegistryError
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.gitops.manifests import Concern, Drive, Manifests, Watch, read_manifests
from wholeship.gitops.marks import may_follow_images
from wholeship.gitops.outlook import Outlook, outlook
from wholeship.output.policy_json import PolicyJson, policy_json, view_json
from wholeship.release.config import read_config
from wholeship.release.environments import in_environment
from wholeship.release.file import FILE
from wholeship.release.ports import Registry

_BEST_FIRST = [ExitCode.YES, ExitCode.UNFINISHED, ExitCode.NO]
Listing = Callable[[Repository | None], Sequence[str]]
"""The visible tags of a repository; None where the manifests do not name it."""


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """Which policies are asked: that of the release file, or, with ``image`` or without a release file,
    those at ``place``. ``tag`` is the one whose fate is asked about (empty: that of ``target``, else the
    one that a release would get). ``tags`` names a file of visible tags; empty: the registry is asked.
    """

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    place: str = ""
    name: str | None = None
    image: str = ""
    tag: str = ""
    tags: str = ""


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One policy over the tags of *image*; ``seen`` is None where they could not be listed. ``environment``
    is the one of the release file that it is of, empty where releases come out."""

    watch: Watch
    image: str
    seen: Outlook | None
    problem: str
    drives: tuple[Drive, ...]
    environment: str = ""


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """Every policy that was asked; ``source`` is the file the tags came from."""

    views: tuple[PolicyView, ...]
    source: str
    concerns: tuple[Concern, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One policy, the repository whose tags it chooses from, and the tag whose fate is asked about."""

    watch: Watch
    repository: Repository | None
    tag: str | None
    environment: str = ""


def ask_policy(question: PolicyQuestion, world: World) -> PolicyAnswer:
    """Ask the policies what they elect, and would; raises :class:`BadInput` when there is none to ask."""
    has_file = bool(question.target.file) or Path(FILE).exists()
    if has_file and not question.image:
        project = open_project(world, question.target)
        asked, concerns, manifests = _of_release(project, question)
        listing = _listing(question, world, lambda: project.registry)
        answer = _answered([asked], listing, question.tags, concerns, manifests)
        others = _of_environments(project, question, asked.tag or "")
        views = [view for one, found in others for view in _views([one], listing, found)]
        return replace(answer, views=(*answer.views, *views))
    questions, manifests = _of_manifests(question, world)
    listing = _listing(question, world, lambda: world.open_registry(frozenset(), frozenset()))
    return _answered(questions, listing, question.tags, (), manifests)


def _listing(question: PolicyQuestion, world: World, registry: Callable[[], Registry]) -> Listing:
    if question.tags:
        tags = world.read_tag_list(question.tags)
        return lambda _: tags
    client = registry()

    def visible(repository: Repository | None) -> Sequence[str]:
        if repository is None:
            raise BadInput("the manifests do not say which repository it follows: name it with --image")
        return client.tags(repository)

    return visible


def _of_release(project: Project, question: PolicyQuestion) -> tuple[_Asked, tuple[Concern, ...], Manifests]:
    """The policy that drives the release, asked about the tag it would get."""
    # A policy follows the repositories that the file names, wherever this run puts the images.
    declared = read_config(project.config.file)
    place = question.place or declared.raw.gitops.policy or "."
    found = following(project.world, declared, place=place, name=question.name)
    assert found is not None
    watched = project.watched_repository
    if found.watch is None:
        raise none_follows(question.place or ".", watched, found.manifests)
    asked = project.target.tag  # any tag may be asked about, also one that no release could have
    tag = str(Tag(asked) if asked else foreseen_plan(project, again=True).plan.tag)
    return _Asked(found.watch, watched, tag), found.concerns, found.manifests


def _of_environments(project: Project, question: PolicyQuestion, tag: str) -> list[tuple[_Asked, Manifests]]:
    """The policies of the file's environments, each asked about the tag that *tag* would get there."""
    if question.place or question.name:
        return []
    found = []
    for name, environment in read_config(project.config.file).environments.items():
        declared = in_environment(read_config(project.config.file), name)
        follows = following(project.world, declared)
        if follows is None or follows.watch is None:
            continue
        repository = declared.images[declared.watched].repository
        there = environment.tag.replace("{tag}", tag)
        found.append((_Asked(follows.watch, repository, there, name), follows.manifests))
    return found


def _of_manifests(question: PolicyQuestion, world: World) -> tuple[tuple[_Asked, ...], Manifests]:
    """Every policy at the place; with a name or an image, the one that is meant."""
    place, name = question.place or ".", question.name
    files = world.read_manifests(place, Path())
    if not question.image:
        marked = read_manifests({path: text for path, text in files.items() if may_follow_images(text)})
        if not marked.watches:  # what the other files use need not be read then
            raise _no_policy(place, name, marked)
    manifests = read_manifests(files)
    wanted = _repository_and_tag(question.image) if question.image else None
    tag = str(Tag(question.tag)) if question.tag else wanted[1] if wanted else None
    if wanted is not None:
        watch = manifests.watch(wanted[0], name)
        if watch is None:
            raise none_follows(place, wanted[0], manifests)
        return (_Asked(watch, wanted[0], tag),), manifests
    watches: Sequence[Watch] = manifests.watches
    if name is not None:
        watches = [one for one in watches if name in (one.name, one.name.rpartition("/")[2])]
    if not watches:
        raise _no_policy(place, name, manifests)
    return tuple(_Asked(one, one.repository, tag) for one in watches), manifests


def _no_policy(place: str, name: str | None, manifests: Manifests) -> BadInput:
    known = ", ".join(one.name for one in manifests.watches)
    advice = f"policies found: {known}" if known else "name the file or folder that holds one: --policy"
    return BadInput(f"{place}: there is no policy{f' {name}' if name else ''}", advice=advice)


def _answered(
    questions: Sequence[_Asked],
    listing: Listing,
    source: str,
    concerns: Sequence[Concern],
    manifests: Manifests,
) -> PolicyAnswer:
    """Each of *questions* answered from *listing*; a repository that cannot be read is said to be so."""
    views = _views(questions, listing, manifests)
    remarks = tuple(f"{one.place}: {one.text}" for one in manifests.remarks if one.matters)
    return PolicyAnswer(tuple(views), source, tuple(concerns), remarks)


def _views(questions: Sequence[_Asked], listing: Listing, manifests: Manifests) -> list[PolicyView]:
    views = []
    for one in questions:
        seen: Outlook | None = None
        problem = ""
        try:
            seen = outlook(one.watch.elector, listing(one.repository), one.tag)
        except (RegistryError, BadInput) as error:
            problem = error.message
        image = str(one.repository or one.watch.image)
        drives = tuple(manifests.driven_by(one.watch))
        views.append(PolicyView(one.watch, image, seen, problem, drives, one.environment))
    return views


def _repository_and_tag(image: str) -> tuple[Repository, str | None]:
    """``host/name`` or ``host/name:tag``."""
    head, colon, tail = image.rpartition(":")
    if colon and "/" not in tail:
        return Repository.parse(head), str(Tag(tail))
    return Repository.parse(image), None


def policy_document(answer: PolicyAnswer) -> PolicyJson:
    """Everything that was found out, as it is printed; the exit code is that of the worst policy."""
    views = [
        view_json(
            one.watch,
            one.image,
            answer.source,
            one.seen,
            one.problem,
            drives=one.drives,
            environment=one.environment,
        )
        for one in answer.views
    ]
    code = max([ExitCode.YES, *map(_exit_code, answer.views)], key=_BEST_FIRST.index)
    return policy_json(views, answer.concerns, answer.remarks, code)


def _exit_code(view: PolicyView) -> ExitCode:
    answer = view.seen.answer if view.seen else None
    return ExitCode.UNFINISHED if answer is None else ExitCode.YES if answer else ExitCode.NO
