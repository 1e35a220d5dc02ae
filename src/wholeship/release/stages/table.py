"""The stages of a release, in order, in one table; every command that moves a release runs a slice of it.

``release`` runs them all, ``build``, ``gate``, ``promote`` and ``verify`` begin or end in the middle, and
``repair`` and the fault drill run the same. A stage that is not in the table is never run.
"""

from __future__ import annotations

from dataclasses import replace

from wholeship.core.errors import Bug
from wholeship.release.record import Record
from wholeship.release.stages.attest import recall_attest, run_attest
from wholeship.release.stages.build import build_tasks, run_build
from wholeship.release.stages.gate import gate_tasks, recall_gate, run_gate
from wholeship.release.stages.join import recall_join, run_join
from wholeship.release.stages.mirror import mirror_tasks, run_mirror
from wholeship.release.stages.promote import promotion_tasks, run_promote
from wholeship.release.stages.settings import StageSettings
from wholeship.release.stages.underway import Stage, Underway
from wholeship.release.stages.verify import run_verify, verify_tasks

STAGES = (
    Stage("build", needs="", run=run_build, tasks=build_tasks),
    Stage("join", needs="build", run=run_join, recall=recall_join, timed=False),
    Stage("mirror", needs="join", run=run_mirror, tasks=mirror_tasks, timed=False),
    Stage("gate", needs="mirror", run=run_gate, recall=recall_gate, tasks=gate_tasks),
    Stage("attest", needs="gate", run=run_attest, recall=recall_attest, timed=False),  # it tells itself
    Stage("promote", needs="attest", run=run_promote, tasks=promotion_tasks),
    Stage("verify", needs="join", run=run_verify, tasks=verify_tasks),
)


def run_stages(
    state: Underway, settings: StageSettings, *, first: str = "build", last: str = "verify"
) -> Underway:
    """*state* after the stages from *first* to *last*, or after the one that said no.

    Raises what the stages raise; what was done by then is in the journal.
    """
    names = [stage.name for stage in STAGES]
    chosen = STAGES[names.index(first) : names.index(last) + 1]
    if state.ended is None:
        settings.ports.progress.expected([task for stage in chosen for task in stage.tasks(state.plan)])
    for stage in chosen:
        if state.ended is not None:
            break
        state = _run_stage(stage, state, settings)
    return state


def _run_stage(stage: Stage, state: Underway, settings: StageSettings) -> Underway:
    if stage.needs and stage.needs not in state.done:
        raise Bug(f"{stage.name} was to run without {stage.needs}")
    clock = settings.ports.clock
    began = clock.monotonic()
    after = stage.run(state, settings)
    took = {stage.name: round(clock.monotonic() - began, 3)} if stage.timed else {}
    return replace(after, done=state.done | {stage.name}, seconds={**after.seconds, **took})


def stand_before(name: str, record: Record, settings: StageSettings) -> Underway:
    """The release of *record* as stage *name* takes it, from the record alone: nothing is run.

    Raises ``Unfinished`` where the record does not hold what the stages before have to leave.
    """
    state = Underway(record)
    for stage in _stages_before(name):
        if state.ended is not None:
            break
        state = replace(stage.recall(state, settings), done=state.done | {stage.name})
    return state


def _stages_before(name: str) -> list[Stage]:
    """Those whose results stage *name* needs, each before those that need it."""
    by_name = {stage.name: stage for stage in STAGES}
    found: list[Stage] = []
    needs = by_name[name].needs
    while needs:
        found.insert(0, by_name[needs])
        needs = by_name[needs].needs
    return found
