"""Built → Cleared or Held: the gates, run on exactly the bytes that would ship.

A receipt is bound to the gate's definition, the digests it saw and the platform it ran on; one that does
not fit all three is no receipt. Only :func:`clear` makes a :class:`Cleared`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event

from wholeship.core.digest import Digest
from wholeship.core.platform import Platform
from wholeship.core.progress import Outcome, Task, shown_task
from wholeship.release.gates import PlannedGate
from wholeship.release.memory import save
from wholeship.release.plan import Plan
from wholeship.release.ports import Trial, TrialResult
from wholeship.release.record import Record, gated
from wholeship.release.reuse import carried
from wholeship.release.source import other_source
from wholeship.release.stages.build import assemble
from wholeship.release.stages.results import Built, Cleared, Held, Receipt, seal
from wholeship.release.stages.settings import GateSettings, StageSettings
from wholeship.release.stages.underway import Underway, require_given
from wholeship.release.together import together
from wholeship.release.visible import half_is_louder


def gate_tasks(plan: Plan) -> tuple[Task, ...]:
    """The gates that are to be passed."""
    return tuple(Task("gate", gate.name) for gate in plan.gates)


def run_gate(state: Underway, settings: StageSettings) -> Underway:
    """The stage: every candidate checked anew, then see :func:`clear`; what came of it is kept."""
    ports = settings.ports
    record = _with_carried(state.record, settings)
    with half_is_louder(ports, record):
        answer = clear(assemble(record, ports.registry), record, require_given(settings.gating))
    save(ports)
    for receipt in answer.receipts:
        record = record if receipt in record.receipts else record.with_receipt(receipt)
    return _gated(replace(state, record=record), answer)


def recall_gate(state: Underway, settings: StageSettings) -> Underway:
    """What the stage gave, from the record alone: every digest and receipt checked anew, nothing run."""
    return _gated(state, cleared(assemble(state.record, settings.ports.registry), state.record))


def _gated(state: Underway, answer: Cleared | Held) -> Underway:
    return replace(state, ended=answer) if isinstance(answer, Held) else replace(state, cleared=answer)


def _with_carried(record: Record, settings: StageSettings) -> Record:
    """With what earlier releases found out about the same bytes, where images were reused."""
    if settings.building is None or not any(c.reused_from for c in record.candidates.values()):
        return record
    for receipt in carried(record, settings.building.earlier()):
        settings.ports.journal.append(gated(receipt))
        record = record.with_receipt(receipt)
    return record


def clear(built: Built, record: Record, gating: GateSettings) -> Cleared | Held:
    """Run every gate that has no valid receipt; :class:`Cleared` when all have one that passed."""
    plan = built.plan
    have = {gate.name: receipt for gate in plan.gates if (receipt := valid(record, built, gate))}
    waiting = [gate for gate in plan.gates if gate.name not in have]
    for gate in plan.gates:
        if gate.name in have:
            gating.progress.finished(
                Task("gate", gate.name), Outcome.REUSED, "passed on these digests before"
            )
    astray = _scripts_of_another_source(plan, waiting, gating)
    if astray:
        return Held(built, tuple(have.values()), astray)
    for runner in {id(r): r for r in map(gating.runner_for, waiting)}.values():
        runner.check()
    stop = Event()
    tails: dict[str, tuple[str, ...]] = {}
    results = together(
        [partial(_run_gate, built, gate, gating, stop, tails) for gate in waiting], gating.parallel, stop
    )
    receipts = (*have.values(), *results)
    failed = [receipt for receipt in receipts if not receipt.passed]
    if failed:
        reasons = tuple(_reason(receipt) for receipt in failed)
        logs = {receipt.gate: str(_log(gating, receipt.gate)) for receipt in failed}
        return Held(built, receipts, reasons, logs, tails)
    return seal(built, receipts)


def _scripts_of_another_source(
    plan: Plan, waiting: list[PlannedGate], gating: GateSettings
) -> tuple[str, ...]:
    """Why scripts cannot be run from here: they may read anything of the work tree, which is another."""
    scripts = [gate.name for gate in waiting if gate.run or gate.demand]
    if not scripts or gating.source is None:
        return ()
    refused = other_source(plan, gating.source())
    return tuple(f"{name}: {refused.reason}" for name in scripts) if refused is not None else ()


def unready(plan: Plan, root: Path) -> tuple[str, ...]:
    """Scripts of gates that cannot be run, in words: better known before the builds than after."""
    told = []
    for gate in plan.gates:
        path = root / gate.run if gate.run else None
        if path is not None and not path.is_file():
            told.append(f"the gate {gate.name}: there is no script {gate.run}")
        elif path is not None and not os.access(path, os.X_OK):
            told.append(f"the gate {gate.name}: {gate.run} is not executable (chmod +x {gate.run})")
    return tuple(told)


def cleared(built: Built, record: Record) -> Cleared | Held:
    """What *record* says about *built*, without running anything: for a promote job of its own."""
    have = [(gate, valid(record, built, gate)) for gate in built.plan.gates]
    lacking = [gate.name for gate, receipt in have if receipt is None]
    receipts = tuple(receipt for _, receipt in have if receipt is not None)
    if lacking:
        return Held(built, receipts, tuple(f"{name}: no receipt for these digests" for name in lacking))
    return seal(built, receipts)


def valid(record: Record, built: Built, gate: PlannedGate) -> Receipt | None:
    """The receipt that shows *gate* passed, as defined now, on exactly the candidates; None: none does.

    An image must have been tried on a platform that it has now.
    """
    wanted = {name: built.candidates[name].digest for name in gate.needs}
    offered = {str(p) for p in built.candidates[gate.image].platforms} if gate.image else None
    for receipt in record.receipts:
        same = receipt.gate == gate.name and receipt.fingerprint == gate.fingerprint
        fits = dict(receipt.digests) == wanted and (offered is None or receipt.platform in offered)
        if same and fits and receipt.passed:
            return receipt
    return None


def _run_gate(
    built: Built, gate: PlannedGate, gating: GateSettings, stop: Event, tails: dict[str, tuple[str, ...]]
) -> Receipt:
    task = Task("gate", gate.name)
    with shown_task(gating.progress, task, gate.image or gate.run or gate.asks) as end:
        runner, platform = gating.runner_for(gate), _gate_platform(built, gate)
        result = runner.run(_trial(built, gate, gating, platform), progress=gating.progress, stop=stop)
        receipt = _receipt(built, gate, gating, result, runner=runner.name, platform=platform)
        tails[gate.name] = result.tail
        gating.journal.append(gated(receipt))
        end.note = "passed" if receipt.passed else _reason(receipt)
        end.outcome = Outcome.DONE if receipt.passed else Outcome.FAILED
    return receipt


def _trial(built: Built, gate: PlannedGate, gating: GateSettings, platform: Platform | None) -> Trial:
    return Trial(
        name=gate.name,
        timeout=gate.timeout,
        log=_log(gating, gate.name),
        images={name: built.pinned(name) for name in gate.needs},
        image=built.pinned(gate.image) if gate.image else None,
        platform=platform,
        command=gate.command,
        script=str(gating.root / gate.run) if gate.run else "",
        network=gate.network,
        environment=gate.environment,
        insecure=any(built.plan.image(name).repository.host in gating.insecure for name in gate.needs),
        root=gating.root,
    )


def _receipt(
    built: Built,
    gate: PlannedGate,
    gating: GateSettings,
    result: TrialResult,
    *,
    runner: str,
    platform: Platform | None,
) -> Receipt:
    digests: Mapping[str, Digest] = {name: built.candidates[name].digest for name in gate.needs}
    return Receipt(
        gate=gate.name,
        fingerprint=gate.fingerprint,
        digests=digests,
        platform=str(platform or Platform.here()),
        passed=result.exit_code == 0,
        seconds=round(result.seconds, 3),
        at=gating.clock.now().isoformat(timespec="seconds"),
        runner=runner,
        exit_code=result.exit_code,
    )


def _gate_platform(built: Built, gate: PlannedGate) -> Platform | None:
    """The platform an image gate runs on: this machine's, where the image has it."""
    if gate.image is None:
        return None
    offered = built.candidates[gate.image].platforms
    here = Platform.here()
    return here if here in offered else next(iter(offered), None)


def _reason(receipt: Receipt) -> str:
    if receipt.exit_code is None:
        return f"{receipt.gate}: stopped at its time limit after {receipt.seconds:.0f} s"
    return f"{receipt.gate}: exit code {receipt.exit_code}"


def _log(gating: GateSettings, gate: str) -> Path:
    return gating.logs / f"gate-{gate}.log"


def ungated(plan: Plan) -> tuple[str, ...]:
    """Images that no gate looks at: said in the plan, so that nobody thinks otherwise."""
    seen = {name for gate in plan.gates for name in gate.needs}
    return tuple(image.name for image in plan.built_images if image.name not in seen)
