"""Steps of jobs and of composite actions (GitHub docs, "Workflow syntax", ``jobs.<id>.steps``)."""

from __future__ import annotations

from wholeship.core.yamls import Mapping, Node, Scalar
from wholeship.github.model import Step
from wholeship.github.model.nodes import Entries, Nodes, split_names, value_of

_COMMON = frozenset(("name", "id", "if", "env", "continue-on-error"))
JOB_STEP = _COMMON | split_names(
    """
    uses with run shell working-directory timeout-minutes background wait wait-all cancel parallel
    """
)
COMPOSITE_STEP = _COMMON | split_names("uses with run shell working-directory")
_CONTROLS = ("wait", "wait-all", "cancel")
_FOREIGN = {"run": ("with",), "uses": ("shell", "working-directory")}
_WORK = ("uses", "run", "parallel", *_CONTROLS)


def read_steps(nodes: Nodes, node: Node | None, *, composite: bool = False) -> tuple[Step, ...]:
    """Every step in the list *node*."""
    found = [step for item in nodes.items(node) if (step := _step(nodes, item, composite)) is not None]
    seen: dict[str, Step] = {}
    for step in _flat(found):
        if step.id and seen.setdefault(step.id.upper(), step) is not step:
            nodes.problem(f"two steps have the id {step.id}", step.place)
    return tuple(found)


def _flat(found: list[Step]) -> list[Step]:
    return [each for step in found for each in (step, *step.parallel)]


def _step(nodes: Nodes, node: Node, composite: bool) -> Step | None:
    if not isinstance(node, Mapping):
        nodes.problem("a step should be a mapping", node.place)
        return None
    entries = nodes.entries(node, COMPOSITE_STEP if composite else JOB_STEP, "a step")
    work = [key for key in _WORK if key in entries]
    if len(work) != 1:
        what = " and ".join(work) if work else "neither run nor uses"
        nodes.problem(f"a step has {what}", node.place, "it takes one of run and uses")
    for key in _FOREIGN.get(work[0], ()) if len(work) == 1 else ():
        if key in entries:
            nodes.problem(f"a step with {work[0]} takes no {key}", entries[key][0].place)
    nodes.name(nodes.text(value_of(entries, "id")), node.place, "a step")
    for key in ("name", "continue-on-error") if "parallel" in entries else ():
        if key in entries:
            nodes.problem(f"a step with parallel takes no {key}", entries[key][0].place)
    control = next((key for key in _CONTROLS if key in entries), "")
    if control:
        return _control(nodes, node, entries, control)
    return Step(
        node.place,
        id=nodes.text(value_of(entries, "id")),
        name=nodes.scalar(value_of(entries, "name")),
        condition=value_of(entries, "if"),
        uses=_filled(nodes, entries, "uses"),
        run=nodes.scalar(value_of(entries, "run")),
        inputs=nodes.texts(value_of(entries, "with")),
        environment=nodes.texts(value_of(entries, "env")),
        shell=nodes.scalar(value_of(entries, "shell")),
        directory=nodes.scalar(value_of(entries, "working-directory")),
        tolerated=nodes.setting(value_of(entries, "continue-on-error"), bool),
        timeout=nodes.setting(value_of(entries, "timeout-minutes"), float),
        background=nodes.boolean(value_of(entries, "background")),
        parallel=_group(nodes, entries),
    )


def _filled(nodes: Nodes, entries: Entries, key: str) -> Scalar | None:
    found = nodes.scalar(value_of(entries, key))
    if found is not None and not found.text.strip():
        nodes.problem("is empty", found.place)
        return None
    return found


def _group(nodes: Nodes, entries: Entries) -> tuple[Step, ...]:
    node = value_of(entries, "parallel")
    found = tuple(step for item in nodes.items(node) if (step := _step(nodes, item, False)) is not None)
    for step in found:
        if step.parallel:
            nodes.problem("a parallel group stands in another one", step.place)
    return found


def _control(nodes: Nodes, node: Node, entries: Entries, control: str) -> Step:
    if "if" in entries:
        nodes.problem(f"a {control} step takes no if", entries["if"][0].place)
    targets = () if control == "wait-all" else nodes.strings(value_of(entries, control))
    return Step(
        node.place,
        id=nodes.text(value_of(entries, "id")),
        name=nodes.scalar(value_of(entries, "name")),
        tolerated=nodes.setting(value_of(entries, "continue-on-error"), bool),
        control=control,
        targets=targets,
    )
