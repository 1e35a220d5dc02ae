"""Expressions that GitHub would refuse: broken ones, and contexts that do not exist where they stand.

GitHub docs, "Contexts reference", table of context availability; actions/runner, ``workflow-v1.0.json``.
"""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.errors import Problem
from wholeship.core.place import Place
from wholeship.core.yamls import Mapping, Node, Scalar, walk_node
from wholeship.github.expressions.parse import STATUS_FUNCTIONS, BadExpression
from wholeship.github.expressions.partial import Expression, expression
from wholeship.github.expressions.texts import Inserted, parts_of
from wholeship.github.expressions.tree import Context, FunctionCall, walk_tree
from wholeship.github.model import Concurrency, Job, Step, Workflow
from wholeship.github.model.nodes import split_names

_START = split_names("github inputs vars")
_WORKFLOW_ENV = _START | {"secrets"}
_JOB_IF = _START | {"needs"}
_JOB = _JOB_IF | {"strategy", "matrix"}
_JOB_ENV = _JOB | {"secrets"}
_STEP_IF = _JOB | split_names("job runner env steps")
_STEP = _STEP_IF | {"secrets"}
_OUTPUTS = _START | {"jobs"}

Found = tuple[Node | None, frozenset[str]]
"""A value, and the contexts it may use."""


def check_expressions(workflow: Workflow) -> tuple[Problem, ...]:
    """Every expression in *workflow* that cannot be."""
    problems: list[Problem] = []
    for node, allowed in _texts(workflow):
        for each in _scalars(node):
            if "${{" in each.text:
                problems += _inserted(each, allowed)
    for node, allowed in _conditions(workflow):
        problems += _condition(node, allowed)
    return tuple(problems)


def _scalars(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif node is not None:
        yield from (each for each in walk_node(node) if isinstance(each, Scalar))


def _texts(workflow: Workflow) -> Iterator[Found]:
    yield from ((node, _WORKFLOW_ENV) for node in workflow.environment.values())
    yield from _group(workflow.concurrency, _START)
    for trigger in workflow.triggers:
        yield from ((each.default, _START) for each in trigger.inputs.values())
        yield from ((node, _OUTPUTS) for node in trigger.outputs.values())
    for job in workflow.jobs.values():
        yield from _job(job)


def _group(concurrency: Concurrency | None, allowed: frozenset[str]) -> Iterator[Found]:
    if concurrency is not None:
        yield concurrency.group, allowed
        yield concurrency.cancels, allowed


def _job(job: Job) -> Iterator[Found]:
    for node in (job.name, job.runner, job.timeout, job.tolerated, job.deployment):
        yield node, _JOB
    if job.strategy is not None:
        for node in (job.strategy.matrix, job.strategy.fail_fast, job.strategy.max_parallel):
            yield node, _JOB_IF
    yield from _group(job.concurrency, _JOB)
    yield from ((node, _JOB_ENV) for node in job.environment.values())
    yield from ((node, _JOB) for node in job.inputs.values())
    yield from ((node, _JOB_ENV) for node in job.secrets.values())
    yield from ((node, _STEP) for node in job.outputs.values())
    for step in _steps(job):
        yield from _step(step)


def _steps(job: Job) -> Iterator[Step]:
    for step in job.steps:
        yield step
        yield from step.parallel


def _step(step: Step) -> Iterator[Found]:
    for node in (step.name, step.run, step.directory, step.tolerated, step.timeout):
        yield node, _STEP
    yield from ((node, _STEP) for node in step.inputs.values())
    yield from ((node, _STEP) for node in step.environment.values())


def _conditions(workflow: Workflow) -> Iterator[Found]:
    for job in workflow.jobs.values():
        yield job.condition, _JOB_IF
        yield from ((step.condition, _STEP_IF) for step in _steps(job))


def _inserted(node: Scalar, allowed: frozenset[str]) -> Iterator[Problem]:
    try:
        parts = parts_of(node.text)
    except BadExpression as error:
        yield _problem(error.message, node, error.offset)
        return
    for part in parts:
        if isinstance(part, Inserted):
            yield from _names(part.expression, node, part.offset, allowed, status=False)


def _condition(node: Node | None, allowed: frozenset[str]) -> Iterator[Problem]:
    if node is None:
        return
    if not isinstance(node, Scalar):
        what = "a mapping" if isinstance(node, Mapping) else "a list"
        yield Problem(f"{node.place.path}: should be a condition, is {what}", node.place)
        return
    text = node.text
    if not text.strip():
        return
    try:
        if "${{" in text:
            found = [(part.expression, part.offset) for part in parts_of(text) if isinstance(part, Inserted)]
        else:
            found = [(expression(text.strip()), 0)]
    except BadExpression as error:
        yield _problem(error.message, node, error.offset)
        return
    for each, offset in found:
        yield from _names(each, node, offset, allowed, status=True)


def _names(
    found: Expression, node: Scalar, offset: int, allowed: frozenset[str], *, status: bool
) -> Iterator[Problem]:
    for tree in walk_tree(found.tree):
        if isinstance(tree, Context) and tree.name not in allowed:
            hint = f"there are {', '.join(sorted(allowed))}"
            yield _problem(f"{tree.name} does not exist here", node, offset, hint)
        elif isinstance(tree, FunctionCall) and tree.name in STATUS_FUNCTIONS and not status:
            yield _problem(f"{tree.name}() exists only in an if", node, offset)
        elif (
            isinstance(tree, FunctionCall) and tree.name == "hashfiles" and status and "runner" not in allowed
        ):
            yield _problem("hashFiles() exists only in steps", node, offset)


def _problem(message: str, node: Scalar, offset: int, hint: str = "") -> Problem:
    where = f"{node.place.path}: " if node.place.path else ""
    return Problem(f"{where}{message}", place_in(node, offset), hint)


def place_in(node: Scalar, offset: int) -> Place:
    """Where character *offset* of the text of *node* stands, as well as can be told from its start."""
    place = node.place
    before = node.text[:offset]
    if node.style in ("|", ">"):
        return Place(place.file, place.line + 1 + before.count("\n"), 0, place.path)
    if "\n" in before or place.end_line != place.line:
        return place
    column = place.column + len(before) + (1 if node.style else 0)
    return Place(place.file, place.line, column, place.path, place.end_line, place.end_column)
