"""Random workflows written as GitHub Actions YAML, to be read back."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

from wholeship.logic.formula import FALSE, TRUE, And, Atom, Const, Formula, Not, Or, atoms, conj, disj
from wholeship.pipeline.run import (
    Data,
    Group,
    Instance,
    Job,
    JobStatus,
    Leg,
    NeedsResult,
    Result,
    Spot,
    Status,
    Step,
    StepResult,
)

ON = {
    "w.yml": "on:\n  workflow_dispatch:\n    inputs:\n      a: {type: boolean}\n",
    "": "on:\n  workflow_call:\n    inputs:\n      a: {type: boolean}\n",
}
MANY = "…"  # how the reader names the leg that stands for many


def writable(instance: Instance) -> bool:
    """Whether all of *instance* can be said in files.

    Left out are conditions that raise or could not be read, what is known never to run (the reader takes
    nothing of it apart), calls that can be empty, outputs of matrices and of a job's own composite actions,
    results of steps that only wait or cancel, are cancelled, or stand inside a composite action, and inputs
    there, which are the action's own.
    """
    return not instance.axioms and not instance.unread and all(_is_plain(job) for job in instance.jobs)


def _is_plain(job: Job) -> bool:
    if not (job.legs or job.inner) or job.condition == FALSE or job.condition_text:
        return False
    if job.may_be_empty and not any(leg.many for leg in job.legs):
        return False
    return not any(_site(key) not in ("", "j0/0") for key in _keys(job.condition)) and all(
        _is_plain_step(step, leg) for leg in job.legs for step in leg.steps
    )


def _is_plain_step(step: Step, leg: Leg) -> bool:
    if step.condition == FALSE or step.condition_text or step.refuses != FALSE:
        return False
    for key in (*_keys(step.condition), *_keys(step.tolerated)):
        odd = isinstance(key, StepResult) and _is_hidden(leg.steps, key.step)
        odd = odd or (isinstance(key, JobStatus) and key.result is Result.SKIPPED)
        odd = odd or (isinstance(key, Data) and (bool(step.scope) or _site(key) not in ("", "j0/0")))
        odd = odd or (_site(key) == "j0/0" and bool(leg.steps[0].waits or _is_call(leg.steps, 0)))
        if odd:
            return False
    return True


def _keys(formula: Formula) -> list[Hashable]:
    return [atom.key for atom in atoms(formula)]


def _site(key: Hashable) -> str:
    return key.site if isinstance(key, Data) else ""


def _is_hidden(steps: tuple[Step, ...], index: int) -> bool:
    step = steps[index]
    cancelled = any(index in each.cancels for each in steps)
    return bool(step.waits or step.cancels or step.scope) or cancelled


def _is_call(steps: tuple[Step, ...], index: int) -> bool:
    return any(index in step.scope for step in steps)


def as_read(instance: Instance) -> Instance:
    """*instance* as far as its text can say it: a matrix that is data may turn out empty."""
    jobs = (
        replace(job, may_be_empty=job.may_be_empty or any(leg.many for leg in job.legs))
        for job in instance.jobs
    )
    return replace(instance, jobs=tuple(jobs))


def text_of(instance: Instance) -> tuple[str, dict[str, str]]:
    """The workflow, and the files of its composite actions and called workflows."""
    writer = _Writer(instance)
    return writer.workflow("", "w.yml"), writer.files


def spot_as_read(instance: Instance, spot: Spot) -> Spot:
    """Where the step at *spot* is when the text has been read: calls are in the names of their jobs, and
    the steps of all legs stand one after the other in each."""
    job = instance.job(spot.job)
    names = [leg.name for leg in job.legs]
    before = sum(len(leg.steps) for leg in job.legs[: names.index(spot.leg)])
    leg = MANY if job.legs[names.index(spot.leg)].many else spot.leg
    return Spot(_path(instance, job), leg, before + spot.step)


def _path(instance: Instance, job: Job) -> str:
    return f"{_path(instance, instance.job(job.caller))}/{job.id}" if job.caller else job.id


class _Writer:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.files: dict[str, str] = {}

    def workflow(self, caller: str, name: str) -> str:
        lines = [*_group(self.instance.group, "")] if not caller else []
        for job in self.instance.jobs:
            if job.caller == caller:
                lines += self.call(job) if job.inner else self.job(job)
        return ON.get(name, ON[""]) + "\n".join([*lines[:0], *_ordered(lines)]) + "\n"

    def head(self, job: Job) -> list[str]:
        return [
            f"  {job.id}:",
            f"    needs: [{', '.join(job.needs)}]",
            f"    if: {_quoted(job.condition)}",
            *_group(job.group, "    "),
        ]

    def call(self, job: Job) -> list[str]:
        path = f".github/workflows/{job.id}.yml"
        self.files[path] = self.workflow(job.id, path)
        return [*self.head(job), f"    uses: ./{path}", "    with: {a: '${{ inputs.a }}'}"]

    def job(self, job: Job) -> list[str]:
        lines = [*self.head(job), "    runs-on: ubuntu-latest", *_matrix(job)]
        tolerated = [conj((_is_leg(leg), leg.tolerated)) for leg in job.legs]
        lines += _tolerated(disj(tolerated), "    ")
        if len(job.legs) == 1:
            lines.append("    outputs: {d: '${{ steps.s0.outputs.d }}'}")
        lines.append("    steps:")
        first = 0
        for leg in job.legs:
            for step in leg.steps:
                if not step.scope:
                    lines += self.step(job, leg, step, first)
            first += len(leg.steps)
        return lines

    def step(self, job: Job, leg: Leg, step: Step, first: int) -> list[str]:
        inner = [each for each in leg.steps if each.scope == (step.index,)]
        name = f"s{first + step.index}"
        head = [f"      - name: {name}", f"        id: {name}"]
        if step.waits or step.cancels:
            others = ", ".join(f"s{first + other}" for other in sorted(step.waits or step.cancels))
            head.append(f"        wait: [{others}]" if step.waits else f"        cancel: {others}")
            return head + list(_tolerated(step.tolerated, "        "))
        condition = _quoted(conj((_is_leg(leg), step.condition)), first, job.id)
        lines = [*head, f"        if: {condition}", *_tolerated(step.tolerated, "        ", first)]
        if step.background:
            lines.append("        background: true")
        if not inner:
            return [*lines, f"        run: work {job.id} {name}"]
        return [*lines, f"        uses: ./{self.action(job, leg, step, inner)}"]

    def action(self, job: Job, leg: Leg, step: Step, inner: list[Step]) -> str:
        folder = f"actions/{job.id}-{step.index}"
        lines = ["name: inner", "description: inner", "runs:", "  using: composite", "  steps:"]
        for each in inner:
            deeper = [other for other in leg.steps if other.scope == (*each.scope, each.index)]
            lines += [f"    - name: s{each.index}", f"      id: s{each.index}"]
            lines.append(f"      if: {_quoted(each.condition)}")
            lines += _tolerated(each.tolerated, "      ")
            if deeper:
                lines.append(f"      uses: ./{self.action(job, leg, each, deeper)}")
            else:
                lines += ["      shell: bash", f"      run: inner {each.index}"]
        self.files[f"{folder}/action.yml"] = "\n".join(lines) + "\n"
        return folder


def _ordered(lines: list[str]) -> Iterator[str]:
    # What is said of the whole run stands before the jobs.
    whole = [line for line in lines if not line.startswith(" ")]
    yield from whole
    yield "jobs:"
    yield from lines[len(whole) :]


def _group(group: Group | None, indent: str) -> list[str]:
    if group is None:
        return []
    cancels = f'"${{{{ {expression(group.cancels)} }}}}"'
    return [f"{indent}concurrency: {{group: g, cancel-in-progress: {cancels}}}"]


def _matrix(job: Job) -> list[str]:
    fast = f"fail-fast: {'true' if job.fail_fast == TRUE else 'false'}"
    if any(leg.many for leg in job.legs):
        return [f'    strategy: {{{fast}, matrix: {{leg: "${{{{ fromJSON(vars.legs) }}}}"}}}}']
    if len(job.legs) > 1:
        return [f"    strategy: {{{fast}, matrix: {{leg: [{', '.join(leg.name for leg in job.legs)}]}}}}"]
    return []


def _is_leg(leg: Leg) -> Formula:
    return TRUE if leg.many or not leg.name else Atom(Data(f"matrix.leg == '{leg.name}'"))


def _tolerated(formula: Formula, indent: str, first: int = 0) -> tuple[str, ...]:
    if formula == FALSE:
        return ()
    return (f"{indent}continue-on-error: ${{{{ {expression(formula, first)} }}}}",)


def _quoted(formula: Formula, first: int = 0, job: str = "") -> str:
    # always() keeps GitHub from adding success().
    return '"' + f"always() && ({expression(formula, first, job)})" + '"'


def expression(formula: Formula, first: int = 0, job: str = "") -> str:
    """*formula* in GitHub's expression language; steps are counted from *first*, outputs seen in *job*."""
    if isinstance(formula, Const):
        return "true" if formula == TRUE else "false"
    if isinstance(formula, Not):
        return f"!({expression(formula.operand, first, job)})"
    if isinstance(formula, (And, Or)):
        sign = " && " if isinstance(formula, And) else " || "
        return "(" + sign.join(expression(each, first, job) for each in formula.operands) + ")"
    assert isinstance(formula, Atom)
    return _atom(formula.key, first, job)


def _atom(key: Hashable, first: int, job: str) -> str:
    if isinstance(key, Status):
        return f"{key.function.value}()"
    if isinstance(key, NeedsResult):
        return f"needs.{key.job}.result == '{key.result.value}'"
    if isinstance(key, StepResult):
        kind = "conclusion" if key.conclusion else "outcome"
        return f"steps.s{first + key.step}.{kind} == '{key.result.value}'"
    if isinstance(key, JobStatus):
        return f"job.status == '{key.result.value}'"
    assert isinstance(key, Data)
    if key.site and not key.site.startswith(f"{job}/"):
        return "needs.j0.outputs.d == 'true'"
    return key.text
