"""Nodes → :class:`Workflow`, with what GitHub would refuse as problems."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace

from wholeship.core.place import Place
from wholeship.core.yamls import Mapping, Node
from wholeship.github.model import CompositeAction, Job, Workflow
from wholeship.github.model.check import check_expressions
from wholeship.github.model.jobs import concurrency, defaults, permissions, read_job
from wholeship.github.model.nodes import Entries, Nodes, is_null, value_of
from wholeship.github.model.steps import read_steps
from wholeship.github.model.triggers import inputs, triggers
from wholeship.github.source import Source

_KEYS = frozenset(
    ("name", "run-name", "description", "on", "permissions", "env", "defaults", "concurrency", "jobs")
)


def read_model(source: Source) -> Workflow:
    """The workflow in *source*, as far as it can be read."""
    nodes = Nodes()
    nodes.problems.extend(source.problems)
    if source.root is None:
        return Workflow(source.path, Place(source.path), problems=tuple(nodes.problems))
    entries = nodes.entries(source.root, _KEYS, "a workflow")
    for missing in ("on", "jobs"):
        if missing not in entries:
            nodes.problem(f"the workflow has no {missing}", source.root.place)
    found = _workflow(nodes, source, entries)
    _check_needs(nodes, found.jobs)
    nodes.problems.extend(check_expressions(found))
    return replace(found, problems=tuple(nodes.problems), remarks=tuple(nodes.remarks))


def _workflow(nodes: Nodes, source: Source, entries: Entries) -> Workflow:
    assert source.root is not None
    return Workflow(
        source.path,
        source.root.place,
        name=nodes.text(value_of(entries, "name")),
        triggers=triggers(nodes, value_of(entries, "on")),
        permissions=permissions(nodes, value_of(entries, "permissions")),
        environment=nodes.texts(value_of(entries, "env")),
        defaults=defaults(nodes, value_of(entries, "defaults")),
        concurrency=concurrency(nodes, value_of(entries, "concurrency")),
        jobs=_jobs(nodes, value_of(entries, "jobs")),
    )


def _jobs(nodes: Nodes, node: Node | None) -> dict[str, Job]:
    if node is not None and (is_null(node) or (isinstance(node, Mapping) and not node.entries)):
        nodes.problem("there is no job", node.place)
    found = (read_job(nodes, key, value) for key, value in nodes.entries(node).values())
    return {each.id: each for each in found if each is not None}


def _check_needs(nodes: Nodes, jobs: Map[str, Job]) -> None:
    """Every need names a job, and no job waits for itself."""
    known = {name.upper() for name in jobs}
    for each in jobs.values():
        for need in each.needs:
            if need.text.upper() not in known:
                nodes.problem(f"the job {each.id} needs {need.text}, which is no job", need.place)
    for cycle in cycles(jobs):
        first = jobs[cycle[0]]
        nodes.problem(f"jobs wait for each other: {' → '.join((*cycle, cycle[0]))}", first.place)


def needs_of(jobs: Map[str, Job]) -> dict[str, tuple[str, ...]]:
    """What each job needs, as it is spelled where the jobs stand; unknown ids are left out."""
    spelled = {name.upper(): name for name in jobs}
    return {
        each.id: tuple(
            dict.fromkeys(name for need in each.needs if (name := spelled.get(need.text.upper())) is not None)
        )
        for each in jobs.values()
    }


def ordered(jobs: Map[str, Job]) -> tuple[str, ...]:
    """The ids, each after those it needs; jobs of a cycle and what waits for them are left out."""
    waiting = {name: set(needs) for name, needs in needs_of(jobs).items()}
    dependants: dict[str, list[str]] = {}
    for name, needs in waiting.items():
        for need in needs:
            dependants.setdefault(need, []).append(name)
    ready = [name for name, needs in waiting.items() if not needs]
    for name in ready:
        for later in dependants.get(name, ()):
            waiting[later].discard(name)
            if not waiting[later]:
                ready.append(later)
    return tuple(ready)


def cycles(jobs: Map[str, Job]) -> list[tuple[str, ...]]:
    """One path around for each knot of jobs that wait for each other."""
    done = set(ordered(jobs))
    needs = needs_of(jobs)
    found: list[tuple[str, ...]] = []
    for start in jobs:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in done and at not in path:
            path.append(at)
            at = next((need for need in needs[at] if need not in done), None)
        if at is not None and at in path:
            found.append(tuple(path[path.index(at) :]))
        done.update(path)
    return found


def action(source: Source) -> CompositeAction:
    """The action in *source* (GitHub docs, "Metadata syntax"); its steps when it is a composite one."""
    nodes = Nodes()
    nodes.problems.extend(source.problems)
    entries = nodes.entries(source.root)
    runs = nodes.entries(value_of(entries, "runs"))
    using = nodes.text(value_of(runs, "using"))
    outputs = nodes.entries(value_of(entries, "outputs"))
    composite = using == "composite"
    return CompositeAction(
        source.path,
        using,
        inputs=inputs(nodes, value_of(entries, "inputs"), action=True),
        outputs={
            name: value
            for name, (_, each) in outputs.items()
            if (value := nodes.scalar(value_of(nodes.entries(each), "value"))) is not None
        },
        steps=read_steps(nodes, value_of(runs, "steps"), composite=True) if composite else (),
        problems=tuple(nodes.problems),
    )
