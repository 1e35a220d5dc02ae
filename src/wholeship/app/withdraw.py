"""`wholeship withdraw`: a published release taken back, as an explicit act.

An earlier release goes out as a new one: by its record where there is one, else by what its tags point to.
"""

from __future__ import annotations

from dataclasses import field, replace

from wholeship.app.notice import Subject, telling
from wholeship.app.planning import intended_plan, origin_of
from wholeship.app.project import Project, open_project
from wholeship.app.records import ports_of, record_of
from wholeship.app.stages import (
    elector_of,
    electors_of,
    gate_settings_of,
    promote_settings_of,
    stage_settings_of,
)
from wholeship.app.status import release_members, status_of_tag
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.deletion import Deleted
from wholeship.release.memory import adopted
from wholeship.release.order import Elector, PatternElector
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, finish
from wholeship.release.stages.settings import StageSettings
from wholeship.release.status import Whole
from wholeship.release.withdraw import (
    Follower,
    NothingNewer,
    adopt,
    before,
    followers,
    going_along,
    newest_over,
    not_the_newest,
    release_again,
    take_away,
)


@dataclass(frozen=True, slots=True)
class WithdrawQuestion:
    """Which release is taken back, and how: to ``back_to`` (None: the whole one before), or by deleting.

    The tag of ``target`` is the new deploy tag, where one is wanted.
    """

    tag: Tag
    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    back_to: Tag | None = None
    delete: bool = False
    force_older: bool = False
    dry: bool = False


@dataclass(frozen=True, slots=True)
class WithdrawAnswer:
    """What became of it: ``deleted``, or ``shipped`` again as ``back_to`` was; and the aliases it had."""

    tag: Tag
    aliases: tuple[Follower, ...]
    deleted: Deleted | None = None
    back_to: Tag | None = None
    shipped: Shipped | None = None
    would: tuple[str, ...] = ()


def withdraw_release(question: WithdrawQuestion, world: World) -> WithdrawAnswer:
    """Publish the digests of an earlier release under a newer tag, or delete the tags."""
    project = open_project(world, question.target)
    if question.delete:
        return _delete(project, question.tag, dry=question.dry)
    return _go_back(project, question)


def _delete(project: Project, tag: Tag, *, dry: bool) -> WithdrawAnswer:
    found = status_of_tag(project, tag)
    if found.answer is Whole.ABSENT and all(image.digest is None for image in found.images):
        raise _not_out(tag)
    stays = "deleting a tag moves no other"
    aliases = tuple(replace(follower, stays=stays) for follower in _aliases_of(project, tag, keep=not dry))
    if dry:
        order = {name: -place for place, name in enumerate(project.config.followed, 1)}
        ordered = sorted(release_members(project), key=lambda member: order.get(member.name, 1))
        return WithdrawAnswer(tag, aliases, would=tuple(f"delete {m.repository}:{tag}" for m in ordered))
    with project.working_on(tag, f"wholeship withdraw --delete {tag}"):
        record = record_of(project, tag)
        members, followed = release_members(project), project.config.followed
        deleted = take_away(record, ports_of(project, tag), members, followed, tag)
    return WithdrawAnswer(tag, aliases, deleted=deleted)


def _not_out(tag: Tag, more: str = "") -> BadInput:
    what = f"{tag} is not out: there is nothing to take back"
    return BadInput(what, advice=f"to see what is out: wholeship status{more}")


def _go_back(project: Project, question: WithdrawQuestion) -> WithdrawAnswer:
    tag, target = question.tag, question.back_to
    elector = elector_of(project) or PatternElector(project.config.tag)
    newer = newest_over(elector, tag, project.registry.tags(project.watched_repository))
    if newer and not question.force_older:
        return _not_newest(project, question, newer)
    if target is None and status_of_tag(project, tag).answer is Whole.ABSENT:
        raise _not_out(tag, "; with --to TAG that release is put out again")
    target = target or _whole_release_before(project, tag)
    record, aliases = _record_again(project, target, tag, dry=question.dry)
    if question.dry:
        told = [f"write {i.repository}:{record.plan.tag}, as {target} is" for i in record.plan.images]
        moves = [f"move the alias {alias}" for alias in record.plan.aliases]
        return WithdrawAnswer(tag, aliases, back_to=target, would=(*told, *moves))
    subject = Subject.of(record.plan, f"it was to take back {tag}")
    with project.working_on(record.plan.tag), telling(project, subject) as notice:
        adopted(ports_of(project, record.plan.tag), record)
        shipped = finish(record, _going_back(question, project, record, elector))
        notice.released(shipped)
    return WithdrawAnswer(tag, aliases, back_to=target, shipped=shipped)


def _going_back(
    question: WithdrawQuestion, project: Project, record: Record, elector: Elector
) -> StageSettings:
    """As any release of *record*, but where something newer than what is withdrawn is out."""
    gating = gate_settings_of(project, record.plan.tag, held=False)
    promoting = replace(
        promote_settings_of(project, force_older=question.force_older),
        elector=NothingNewer(elector, question.tag),
        electors={name: NothingNewer(own, question.tag) for name, own in electors_of(project).items()},
    )
    return replace(stage_settings_of(project, record.plan.tag, gating=gating), promoting=lambda: promoting)


def _not_newest(project: Project, question: WithdrawQuestion, newer: str) -> WithdrawAnswer:
    """Refused before anything is written, and before a number is taken."""
    plan = intended_plan(project, origin_of(project), project.state.peek())
    refused = not_the_newest(plan, question.tag, newer)
    return WithdrawAnswer(question.tag, (), shipped=Shipped(Record(plan, {}), refused))


def _whole_release_before(project: Project, tag: Tag) -> Tag:
    visible = project.registry.tags(project.watched_repository)
    for name in before(tag, project.config.tag, visible):
        found = status_of_tag(project, Tag(name))
        if found.answer is Whole.UNKNOWN:
            raise Unfinished(f"could not find out what {name} is", advice="run the same command again")
        if found.answer is Whole.WHOLE:
            return Tag(name)
    raise BadInput(f"no whole release before {tag} was found", advice="name one with --to TAG")


def _aliases_of(
    project: Project, withdrawn: Tag, target: Record | None = None, *, keep: bool
) -> tuple[Follower, ...]:
    """The aliases that name release *withdrawn*: those of its record, and the plain ones of the file.

    *target* is the record of the release to go back to, where there is one.
    """
    record = record_of(project, withdrawn, keep=keep)
    aliases = (
        [] if record is None else list(zip(record.plan.alias_patterns, record.plan.aliases, strict=True))
    )
    plain = {name for names in project.config.aliases.values() for name in names if "{" not in name}
    aliases += [(name, Tag(name)) for name in sorted(plain)]
    recorded = {} if record is None else {c.image: c.digest for c in record.candidates.values()}
    seen = status_of_tag(project, withdrawn).images
    found = {image.image: image.digest for image in seen if image.digest}
    fields = target.plan.fields if target is not None else None
    return followers(project.registry, release_members(project), {**recorded, **found}, aliases, fields)


def _record_again(
    project: Project, target: Tag, withdrawn: Tag, *, dry: bool
) -> tuple[Record, tuple[Follower, ...]]:
    """A record of a new release, under a new tag, of what *target* is; and the aliases of *withdrawn*."""
    origin = origin_of(project)
    state = project.state
    number = origin.run if origin.run is not None else state.peek() if dry else state.count()
    plan = intended_plan(project, origin, number)
    earlier = record_of(project, target, keep=not dry)
    aliases = _aliases_of(project, withdrawn, earlier, keep=not dry)
    if earlier is not None and len(earlier.candidates) == len(earlier.plan.images):
        record = release_again(earlier, plan.tag, project.world.clock.now(), run_url=plan.run_url)
    else:
        # The images say themselves which commit they are of; this checkout may be another.
        record = adopt(project.registry, replace(plan, commit="", dirty=False), target)
    return replace(record, plan=going_along(record.plan, aliases)), aliases
