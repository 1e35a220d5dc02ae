"""Conditions that are valid and never what they look like.

GitHub docs, "Contexts reference" (results are ``success``, ``failure``, ``cancelled``, ``skipped``) and
"Evaluate expressions": text around ``${{ }}`` in an ``if`` makes a string, and a string is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wholeship.core.errors import Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.yamls import Scalar
from wholeship.github.model import Job, Workflow

_RESULTS = {
    "failed": "failure",
    "fail": "failure",
    "error": "failure",
    "succeeded": "success",
    "successful": "success",
    "passed": "success",
    "ok": "success",
    "canceled": "cancelled",
    "timed_out": "cancelled",
    "skip": "skipped",
}
_RESULT = r"(?<![\w.-])(?:needs\.[\w*-]+\.result|steps\.[\w*-]+\.(?:outcome|conclusion)|job\.status)"
"""What holds a result; an output called ``status`` may hold anything."""
_COMPARED = lazy_pattern(rf"{_RESULT}\s*[!=]=\s*'([^']*)'|'([^']*)'\s*[!=]=\s*{_RESULT}(?![\w.-])")
_REF = lazy_pattern(r"(?<![\w.])github\.ref\s*[!=]=\s*'(?!refs/)([^']+)'")
_NEED = lazy_pattern(r"(?<![\w.])needs\.([\w-]+)")


def lies(workflow: Workflow) -> tuple[Problem, ...]:
    """Every such condition, in the order of the file."""
    found: list[Problem] = []
    for job in workflow.jobs.values():
        if isinstance(job.condition, Scalar):
            found += _condition(job.condition)
            found += _needs(job, job.condition, workflow)
        for step in job.steps:
            if isinstance(step.condition, Scalar):
                found += _condition(step.condition)
    return tuple(found)


def _condition(condition: Scalar) -> Iterator[Problem]:
    text = condition.text
    for match in _COMPARED.finditer(text):
        said = match[1] or match[2] or ""
        if said.lower() in _RESULTS:
            yield Problem(
                f"no result is ever '{said}': this comparison has one answer in every run",
                condition.place,
                f"write '{_RESULTS[said.lower()]}'",
            )
    for match in _REF.finditer(text):
        yield Problem(
            f"github.ref is never '{match[1]}': it starts with refs/",
            condition.place,
            f"write 'refs/heads/{match[1]}', or compare github.ref_name",
        )
    if _around_expression(text):
        yield Problem(
            "text around ${{ }} makes this condition a string, and a string is always true",
            condition.place,
            "put the whole condition inside one ${{ }}, or leave them out",
        )


def _around_expression(text: str) -> bool:
    """Text besides white space outside of the only ``${{ }}``, or several of them."""
    stripped = text.strip()
    if "${{" not in stripped:
        return False
    whole = re.fullmatch(r"\$\{\{(.*)\}\}", stripped, re.DOTALL)
    return whole is None or "${{" in re.sub(r"'[^']*'", "", whole[1])


def _needs(job: Job, condition: Scalar, workflow: Workflow) -> Iterator[Problem]:
    known = {need.text.lower() for need in job.needs}
    others = {id.lower() for id in workflow.jobs}
    for name in dict.fromkeys(_NEED.findall(condition.text)):
        if name.lower() in others and name.lower() not in known:
            yield Problem(
                f"{job.id} asks for needs.{name}, which is not in its needs: the answer is always empty",
                condition.place,
                f"add {name} to the needs of {job.id}",
            )
