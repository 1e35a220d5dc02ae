"""`wholeship review`: evidence, verdict, gate; the verdict repeated on a merge group; a status looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.review_prover import ReviewProver
from wholeship.app.review_settings import SettingsChoice, possible_files, review_settings
from wholeship.app.target import HostChoice
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.output.review_json import reported_of
from wholeship.review.evidence.measuring import Instruments
from wholeship.review.evidence.reported import Reported
from wholeship.review.ports import CodeHost, Repository, Status
from wholeship.review.run import ACCESS, Ended, Order, ReviewWorld, review
from wholeship.review.settings import CONTEXT, Settings

if TYPE_CHECKING:
    from wholeship.review.mirror import Group, Mirrored, mirror_status, standing_status
    from wholeship.review.publish import Poster
else:  # for other questions than a review
    Group = late("wholeship.review.mirror:Group")
    mirror_status = late("wholeship.review.mirror:mirror_status")
    standing_status = late("wholeship.review.mirror:standing_status")
    Poster = late("wholeship.review.publish:Poster")

REPORT = 64 * 1024 * 1024
"""Bytes of the report of another job."""


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """What is reviewed, and what is posted of it: ``post`` is empty, ``status``, ``comment`` or ``all``.

    ``from_report``: the report of an earlier job, which ran suites and reviewers.
    """

    base: str = ""
    pull: int | None = None
    post: str = ""
    fetch: bool = True
    settings: SettingsChoice = field(default_factory=SettingsChoice)
    host: HostChoice = field(default_factory=HostChoice)
    from_report: str = ""


@dataclass(frozen=True, slots=True)
class MirrorQuestion:
    """The commit of a merge group (``sha``, on ``base``), and the pull requests it merges."""

    sha: str
    base: str
    pulls: tuple[int, ...]
    context: str = ""
    host: HostChoice = field(default_factory=HostChoice)


@dataclass(frozen=True, slots=True)
class StandingQuestion:
    """Whose status is looked at: that of the head."""

    context: str = ""
    host: HostChoice = field(default_factory=HostChoice)


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """The newest status of *head* (None: no review was posted), and whether nobody works on it any more."""

    head: str
    status: Status | None
    stale: bool


@dataclass(frozen=True, slots=True)
class _Here:
    """The repository that the current folder is in, and its code host, when there is a token for it."""

    root: Path
    repository: Repository
    host: CodeHost | None
    identity: str


def review_change(question: ReviewQuestion, world: World) -> Ended:
    """Review the head of the work tree; raises when there is nothing to review."""
    here = _here(question.host, world)
    surroundings = _surroundings(question, here, world)
    pull = question.pull or _pull_of_ci(world.environment)
    if pull is None and question.post and here.host is not None:
        pull = _pull_of_head(here.host, here.repository.head())
    costs = world.reviewer_costs()
    order = Order(
        settings=lambda capture: review_settings(
            question.settings, here.repository, capture, here.root, costs
        ),
        base=question.base,
        pull=pull if here.host is not None else question.pull,
        fetch=question.fetch,
        post_status=question.post in ("all", "status"),
        post_comment=question.post in ("all", "comment"),
        context=question.settings.context or Settings().context,
    )
    ended = review(order, surroundings)
    for warning in surroundings.memory.warnings:
        world.progress.warned(warning)
    return ended


def mirror_verdict(question: MirrorQuestion, world: World) -> Mirrored:
    """Repeat the verdict of the pull requests on the commit of their merge group."""
    here = _here(question.host, world)
    if here.host is None:
        raise BadInput("posting needs a token and a repository on a code host", advice=ACCESS)
    if not question.base:
        raise BadInput("--mirror needs --base SHA", advice="the group's base_sha, from the merge_group event")
    poster = Poster(here.host, world.clock, here.host.login())
    group = Group(question.sha, question.base, question.pulls)
    return mirror_status(poster, here.repository, group, question.context or CONTEXT)


def look_at_standing(question: StandingQuestion, world: World) -> StandingAnswer:
    """The status of the head as it stands, and whether it went stale."""
    here = _here(question.host, world)
    if here.host is None:
        raise BadInput("the status cannot be looked at without a token and a repository", advice=ACCESS)
    head, now = here.repository.head(), world.clock.now().timestamp()
    context = question.context or CONTEXT
    return StandingAnswer(head, *standing_status(here.host, head, context, now=now))


def _here(choice: HostChoice, world: World) -> _Here:
    root = world.top_of_repository(Path.cwd())
    host, identity = world.open_code_host(root, choice)
    repository = world.open_repository(root, host.name if host else choice.repository)
    return _Here(root, repository, host, identity)


def _surroundings(question: ReviewQuestion, here: _Here, world: World) -> ReviewWorld:
    memory = world.open_review_memory(here.identity)
    logs = memory.root / "logs" / here.repository.head()[:12]
    files = possible_files(question.settings.file, here.root)
    instruments = Instruments(
        suites=world.review_suites(logs),
        workflows=ReviewProver(world, files, here.root),
        linters=world.linters(),
        scanners=world.secret_scanners(),
        host=here.host,
        progress=world.progress,
        elsewhere=Path.cwd(),
        reported=_reported(question.from_report),
    )
    reviewers = world.review_programs(logs)
    return ReviewWorld(
        here.repository, instruments, reviewers, memory, world.clock, world.progress, here.host
    )


def _pull_of_head(host: CodeHost, head: str) -> int | None:
    """The one open pull request with this head; None: there is none."""
    found = [pull.number for pull in host.pulls_of(head) if pull.open]
    if len(found) > 1:
        named = ", ".join(str(number) for number in found)
        raise BadInput(f"this head is in several pull requests: {named}", advice="name one with --pull")
    return found[0] if found else None


def _pull_of_ci(environment: Mapping[str, str]) -> int | None:
    """The pull request of a GitHub Actions run, from ``GITHUB_REF`` (refs/pull/N/merge)."""
    parts = environment.get("GITHUB_REF", "").split("/")
    is_pull = len(parts) == 4 and parts[:2] == ["refs", "pull"] and parts[2].isdecimal()
    return int(parts[2]) if is_pull else None


def _reported(file: str) -> Reported | None:
    """The report of an earlier job, when one is given."""
    if not file:
        return None
    path = Path(file)
    try:
        if path.stat().st_size > REPORT:
            raise BadInput(f"the report {path} is larger than {REPORT} bytes")
        return reported_of(path.read_bytes())
    except OSError as error:
        raise BadInput(
            f"the report {path} cannot be read: {error.strerror}", advice="write one with --report FILE"
        ) from None
