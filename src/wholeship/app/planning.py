"""The plan that a release command carries out: a new one, or that of an earlier try."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from wholeship.app.project import Project
from wholeship.app.records import Remembered, record_of, records_here, records_of_run, records_to_reuse
from wholeship.app.stages import elector_of
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.bases import with_bases
from wholeship.release.earlier import going_on, out_before, stands
from wholeship.release.gates import PlannedGate
from wholeship.release.order import PatternElector
from wholeship.release.plan import Plan, make_plan, placeholder_images, unconfirmed
from wholeship.release.record import Record
from wholeship.release.scenario import Origin, ci_origin, scenario_of
from wholeship.release.stages.build import absent_paths
from wholeship.release.stages.gate import unready


def origin_of(project: Project) -> Origin:
    """Which commit, branch and scenario this is: from the CI, then git."""
    environment = project.world.environment
    scenario = scenario_of(project.target.scenario or None, environment)
    tree = project.world.look_at_git(project.config.root, scenario == "release")
    found = ci_origin(scenario, environment)
    if tree is None:
        return found or Origin(scenario)
    changes = project.source().changes if tree.dirty else ""
    if found is not None:
        # What is checked out is what is built, whatever commit the CI was started for.
        commit = tree.commit or found.commit
        return replace(found, commit=commit, dirty=tree.dirty, changes=changes)
    return Origin(scenario, tree.commit, tree.branch, tree.version, tree.dirty, tree.source, changes=changes)


def intended_plan(project: Project, origin: Origin, sequence: int) -> Plan:
    """The plan of a new release, were it made now."""
    tag = project.target.tag or None
    config = with_bases(project.config)
    return make_plan(config, origin, now=project.world.clock.now(), sequence=sequence, tag=tag)


@dataclass(frozen=True, slots=True)
class ChosenPlan:
    """What is carried out: a new plan, or that of the earlier try with this ``record``. ``already_out``: the
    very same commit is out under it, whole, and nothing newer is."""

    plan: Plan
    record: Record | None = None
    already_out: bool = False
    earlier: Remembered | None = None
    """The records that were looked up for it, where any were: to reuse from, without asking twice."""


def foreseen_plan(project: Project, *, again: bool = False) -> ChosenPlan:
    """The plan that would be carried out, and the record of the earlier try it would go on with.

    Nothing is touched: no number is taken, and only what this machine remembers is continued. *again*: a
    commit that is out gets a new tag.
    """
    return _chosen_plan(project, take=False, again=again)


def taken_plan(project: Project, *, again: bool = True) -> ChosenPlan:
    """As :func:`foreseen_plan`, to be carried out: a new release takes its number for good."""
    return _chosen_plan(project, take=True, again=again)


def _chosen_plan(project: Project, *, take: bool, again: bool) -> ChosenPlan:
    origin = origin_of(project)
    if project.target.tag:
        record = _record_of_tag(project, project.target.tag, take=take)
        if record is not None:
            return ChosenPlan(record.plan, record)
    number = origin.run if origin.run is not None else project.state.peek()
    plan = intended_plan(project, origin, number)
    made_up = placeholder_images(plan)
    if take and made_up:
        raise BadInput("; ".join(made_up), advice=f"see registry: in {project.config.file.name}")
    if not project.target.tag:
        earlier = records_here(project.state, project.world.progress)
        if take and origin.run is not None and origin.attempt > 1:
            earlier += records_of_run(project, origin.run)
        record = going_on(plan, earlier)
        if record is not None:
            return ChosenPlan(record.plan, record)
        remembered = Remembered(records_to_reuse(project)) if take and not earlier else None
        record = (
            None if again else _already_out(project, plan, remembered or (lambda: iter(earlier)), take=take)
        )
        if record is not None:
            return ChosenPlan(record.plan, record, already_out=True)
        if take and origin.run is None:
            plan = intended_plan(project, origin, project.state.count())
        return ChosenPlan(plan, earlier=remembered)
    if take and origin.run is None:
        plan = intended_plan(project, origin, project.state.count())
    return ChosenPlan(plan)


def _already_out(
    project: Project, plan: Plan, records: Callable[[], Iterator[Record]], *, take: bool
) -> Record | None:
    """The release that is out of just this commit. A machine that remembers no release asks the registry."""
    record = out_before(plan, records())
    if record is None:
        return None
    elector = elector_of(project) or PatternElector(plan.tag_pattern)
    registry = project.registry if take else project.glance
    try:
        return record if stands(record, registry, elector) else None
    except WholeshipError:
        if take:
            raise
        return None  # a plan is made without a registry too


def _record_of_tag(project: Project, tag: str, *, take: bool) -> Record | None:
    if take:
        return record_of(project, Tag(tag))
    return next(
        (record for record in records_here(project.state, project.world.progress) if record.plan.tag == tag),
        None,
    )


def check_gates(project: Project, record: Record) -> None:
    """:class:`BadInput` when the release file asks for other gates than the release was planned with."""
    wanted = {gate.name: gate.fingerprint for gate in _planned_gates(project)}
    have = {gate.name: gate.fingerprint for gate in record.plan.gates}
    differing = sorted(name for name in {*wanted, *have} if wanted.get(name) != have.get(name))
    if differing:
        raise BadInput(
            f"{record.plan.tag} was planned with other gates than the release file has now: "
            f"{', '.join(differing)}",
            advice="release anew, so that what the file asks for is what was checked",
        )


def check_scripts(project: Project, plan: Plan) -> None:
    """:class:`BadInput` when a gate's script could not be run: that is known before anything is built."""
    problems = unready(plan, project.config.root)
    if problems:
        raise BadInput("; ".join(problems), advice="scripts are found from the folder of the release file")


def impossible(project: Project, plan: Plan) -> str:
    """Why no release could be made as the release file stands, in words; empty: nothing is in the way."""
    root = project.config.root
    return "; ".join([*placeholder_images(plan), *absent_paths(plan.images, root), *unready(plan, root)])


def check_possible(project: Project, images: Sequence[str] = ()) -> None:
    """:class:`BadInput` for what no registry has to be asked about: see :func:`impossible`. *images*: only
    these are built, and nothing is gated."""
    plan = _any_plan(project)
    if images:
        plan = replace(plan, images=tuple(i for i in plan.images if i.name in images), gates=())
    problems = impossible(project, plan)
    if problems:
        raise BadInput(problems, advice=f"see {project.config.file.name}: paths are found from its folder")
    check_confirmed(project)


def check_confirmed(project: Project) -> None:
    """:class:`BadInput` while the release file has guesses of `init` in it that nobody has confirmed."""
    if told := unconfirmed(project.config):
        advice = f"in {project.config.file.name}; until then there is: wholeship release --rehearse"
        raise BadInput(told, advice=advice)


def _any_plan(project: Project) -> Plan:
    now = project.world.clock.now()
    return make_plan(project.config, Origin("manual"), now=now, sequence=1, tag="any")


def _planned_gates(project: Project) -> tuple[PlannedGate, ...]:
    return _any_plan(project).gates
