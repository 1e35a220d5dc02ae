"""An instance as text, for golden files: everything that matters, nothing that changes with a comment."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.github.read import Reading
from wholeship.logic.formula import FALSE, TRUE, And, Atom, Formula, Not, Or
from wholeship.pipeline.run import (
    Action,
    Data,
    Instance,
    Job,
    JobStatus,
    Leg,
    NeedsResult,
    Script,
    Status,
    Step,
    StepResult,
)


def shown(reading: Reading) -> str:
    """All of *reading*."""
    lines = [f"problem {p.place.line}:{p.place.column} {p.message}" for p in reading.problems]
    for instance in reading.instances:
        lines += _instance(instance)
    return "\n".join(lines) + "\n"


def formula(found: Formula) -> str:
    """A formula in short words."""
    match found:
        case Atom(key):
            return _atom(key)
        case Not(operand):
            return f"not {formula(operand)}"
        case And(operands):
            return "(" + " and ".join(map(formula, operands)) + ")"
        case Or(operands):
            return "(" + " or ".join(map(formula, operands)) + ")"
        case _:
            return "true" if found == TRUE else "false"


def _atom(key: object) -> str:
    match key:
        case Status(function):
            return f"{function.value}()"
        case NeedsResult(job, result):
            return f"[{job} ended {result.value}]"
        case StepResult(step, result, conclusion):
            return f"[step {step} {'concluded' if conclusion else 'ended'} {result.value}]"
        case JobStatus(result):
            return f"[job {result.value}]"
        case Data(text, site):
            return f"[{text}{f' @ {site}' if site else ''}]"
        case _:
            return repr(key)


def _instance(instance: Instance) -> Iterator[str]:
    scenario, trigger = instance.scenario, instance.scenario.trigger
    yield f"== {scenario.name}: {trigger.ref.value} {trigger.name}"
    yield from (f"   input {name} = {value}" for name, value in scenario.inputs.items())
    yield from (f"   axiom {formula(each)}" for each in instance.axioms)
    yield from (f"   unread {each.what}: {each.reason}" for each in instance.unread)
    if instance.group is not None:
        group = instance.group
        yield f"   group {group.name} cancels {formula(group.cancels)} queue {group.queue}"
    for job in instance.jobs:
        yield from _job(job)


def _job(job: Job) -> Iterator[str]:
    facts = [f"job {job.id}"]
    facts += [f"needs {', '.join(job.needs)}"] if job.needs else []
    facts += [f"if {formula(job.condition)}"]
    facts += [f"called by {job.caller}"] if job.caller else []
    facts += [f"calls {', '.join(job.inner)}"] if job.inner else []
    facts += ["may be empty"] if job.may_be_empty else []
    facts += [f"fail-fast {formula(job.fail_fast)}"] if job.fail_fast != TRUE else []
    facts += [f"environment {job.environment}"] if job.environment else []
    facts += [f"secrets {', '.join(job.secrets)}"] if job.secrets else []
    facts += [f"minutes {job.minutes:g}"] if job.minutes else []
    facts += [f"group {job.group.name}"] if job.group else []
    yield "; ".join(facts)
    if job.permissions is not None:
        yield f"   may {', '.join(f'{k} {v}' for k, v in job.permissions.items()) or 'nothing'}"
    yield from (f"   output {name} = {value}" for name, value in job.outputs.items())
    for leg in job.legs:
        yield from _leg(leg)


def _leg(leg: Leg) -> Iterator[str]:
    if leg.name or leg.tolerated != FALSE:
        matrix = " ".join(f"{name}={value}" for name, value in leg.matrix.items())
        tolerated = f" tolerated {formula(leg.tolerated)}" if leg.tolerated != FALSE else ""
        many = " (many)" if leg.many else ""
        yield f"  leg {leg.name}{many} on {' '.join(leg.runner)}: {matrix}{tolerated}"
    for step in leg.steps:
        yield from _step(step)


def _step(step: Step) -> Iterator[str]:
    facts = [f"    {step.index} {step.name}"]
    facts += [f"in {'/'.join(map(str, step.scope))}"] if step.scope else []
    facts += [f"if {formula(step.condition)}"]
    facts += ["background"] if step.background else []
    facts += [f"waits {sorted(step.waits)}"] if step.waits else []
    facts += [f"cancels {sorted(step.cancels)}"] if step.cancels else []
    facts += [f"tolerated {formula(step.tolerated)}"] if step.tolerated != FALSE else []
    facts += ["timed"] if step.timed else []
    yield "; ".join(facts)
    match step.does:
        case Action(name, version, inputs):
            yield f"        uses {name}@{version}"
            yield from (f"        with {key} = {str(value)!r}" for key, value in inputs.items())
        case Script(text, known, line, shell):
            yield f"        run {text!r} ({shell or 'default'}, line {line})"
            yield from (f"        where {mark} = {value}" for mark, value in known.items())
    own = {name: value for name, value in step.environment.items() if not name.startswith(_GIVEN)}
    yield from (f"        env {name} = {value}" for name, value in own.items())


_GIVEN = ("GITHUB_", "CI", "RUNNER_", "HOME")
