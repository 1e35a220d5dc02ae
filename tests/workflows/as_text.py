"""Random workflows written as GitHub Actions YAML, to be read back."""

from __future__ import annotations

from collections.abc import Hashable

from wholeship.logic.formula import FALSE, TRUE, And, Atom, Const, Formula, Not, Or, atoms
from wholeship.workflows.instance import (
    Data,
    Instance,
    Job,
    JobStatus,
    NeedsResult,
    Result,
    Status,
    Step,
    StepResult,
)

HEAD = """\
on:
  workflow_dispatch:
    inputs:
      a: {type: boolean}
jobs:
"""


def writable(instance: Instance) -> bool:
    """Whether all of *instance* can be said in one file.

    Left out are called workflows, conditions that raise, outputs, what is known never to run (the reader
    takes nothing of it apart), results of steps that only wait or cancel or stand inside a composite action,
    and inputs there, which are the action's own.
    """
    return not instance.axioms and all(_is_plain(job) for job in instance.jobs)


def _is_plain(job: Job) -> bool:
    if len(job.legs) != 1 or job.legs[0].name or job.may_be_empty or job.condition_text or job.caller:
        return False
    steps = job.legs[0].steps
    conditions = [job.condition, *(step.condition for step in steps)]
    found = [atom.key for condition in conditions for atom in atoms(condition)]
    odd = any(
        (isinstance(key, Data) and key.site)
        or (isinstance(key, StepResult) and _is_hidden(steps[key.step]))
        or (isinstance(key, JobStatus) and key.result is Result.SKIPPED)
        for key in found
    )
    inner = [each for step in steps if step.scope for each in (step.condition, step.tolerated)]
    odd = odd or any(isinstance(atom.key, Data) for each in inner for atom in atoms(each))
    return not odd and FALSE not in conditions and not any(step.condition_text for step in steps)


def _is_hidden(step: Step) -> bool:
    return bool(step.waits or step.cancels or step.scope)


def text_of(instance: Instance) -> tuple[str, dict[str, str]]:
    """The workflow, and the files of its composite actions."""
    files: dict[str, str] = {}
    jobs = "".join(_job(job, files) for job in instance.jobs)
    return HEAD + jobs, files


def _job(job: Job, files: dict[str, str]) -> str:
    (leg,) = job.legs
    lines = [
        f"  {job.id}:",
        "    runs-on: ubuntu-latest",
        f"    needs: [{', '.join(job.needs)}]",
        f"    if: {_quoted(job.condition)}",
        *_tolerated(leg.tolerated, "    "),
        "    steps:",
    ]
    for step in leg.steps:
        if not step.scope:
            lines += _step(job, step, leg.steps, files)
    return "\n".join(lines) + "\n"


def _step(job: Job, step: Step, steps: tuple[Step, ...], files: dict[str, str]) -> list[str]:
    inner = [each for each in steps if each.scope == (step.index,)]
    head = [f"      - name: s{step.index}", f"        id: s{step.index}"]
    if step.waits or step.cancels:
        (other,) = step.waits or step.cancels
        head.append(f"        {'wait' if step.waits else 'cancel'}: s{other}")
        return head + list(_tolerated(step.tolerated, "        "))
    lines = [*head, f"        if: {_quoted(step.condition)}", *_tolerated(step.tolerated, "        ")]
    if step.background:
        lines.append("        background: true")
    if not inner:
        return [*lines, f"        run: work {job.id} {step.index}"]
    folder = f"actions/{job.id}-{step.index}"
    files[f"{folder}/action.yml"] = _action(inner)
    return [*lines, f"        uses: ./{folder}"]


def _action(inner: list[Step]) -> str:
    lines = ["name: inner", "description: inner", "runs:", "  using: composite", "  steps:"]
    for step in inner:
        lines += [
            f"    - name: s{step.index}",
            f"      id: s{step.index}",
            "      shell: bash",
            f"      run: inner {step.index}",
            f"      if: {_quoted(step.condition)}",
            *_tolerated(step.tolerated, "      "),
        ]
    return "\n".join(lines) + "\n"


def _tolerated(formula: Formula, indent: str) -> tuple[str, ...]:
    if formula == FALSE:
        return ()
    return (f"{indent}continue-on-error: ${{{{ {expression(formula)} }}}}",)


def _quoted(formula: Formula) -> str:
    # always() keeps GitHub from adding success().
    return '"' + f"always() && ({expression(formula)})" + '"'


def expression(formula: Formula) -> str:
    """*formula* in GitHub's expression language."""
    if isinstance(formula, Const):
        return "true" if formula == TRUE else "false"
    if isinstance(formula, Not):
        return f"!({expression(formula.operand)})"
    if isinstance(formula, (And, Or)):
        sign = " && " if isinstance(formula, And) else " || "
        return "(" + sign.join(expression(each) for each in formula.operands) + ")"
    assert isinstance(formula, Atom)
    return _atom(formula.key)


def _atom(key: Hashable) -> str:
    if isinstance(key, Status):
        return f"{key.function.value}()"
    if isinstance(key, NeedsResult):
        return f"needs.{key.job}.result == '{key.result.value}'"
    if isinstance(key, StepResult):
        kind = "conclusion" if key.conclusion else "outcome"
        return f"steps.s{key.step}.{kind} == '{key.result.value}'"
    if isinstance(key, JobStatus):
        return f"job.status == '{key.result.value}'"
    assert isinstance(key, Data)
    return key.text
