"""From workflow text to its abstract runs: the entry point is :func:`read_workflow`.

::

    reading = read(text, ".github/workflows/release.yml", repository, perform=perform)
    for instance in reading.instances: ...

How the walk works, for those who say what steps do (``facts``):

* One instance for each scenario (:mod:`reading.scenarios`). In each, jobs are walked after those they need,
  legs and steps in order, so that outputs and variables made earlier are known later:
  ``perform(step, scene)`` is called once for every step that can run, with its texts (``with``, ``env``,
  ``run``) already evaluated, and returns what the step leaves (:class:`ports.Left`): outputs and variables
  as ``Value``. ``scene.site`` is the site for holes that the step makes; ``scene.spot`` tells the step from
  all others of the instance.
* A step or job that cannot run in the scenario is in the instance, with condition ``FALSE`` and nothing in
  it; ``perform`` is not called for it. The step that calls a composite action has ``does`` None; its inner
  steps are performed, and name it in their ``scope``.
* ``begin(scenario)`` is called before each scenario, so that findings can be kept apart by scenario.
* Texts are evaluated under what the conditions around them say: under ``if: inputs.push``,
  ``push: ${{ inputs.push }}`` is ``true``.
"""

from __future__ import annotations

from collections.abc import Callable

from wholeship.core.errors import Problem
from wholeship.core.values import dataclass
from wholeship.core.yamls import Node
from wholeship.github import source
from wholeship.github.model import Workflow
from wholeship.github.model.workflow import read_model
from wholeship.github.reading.files import Files, Library
from wholeship.github.reading.run import Run
from wholeship.github.reading.scenarios import settings
from wholeship.pipeline.ports import Idle, Perform, Repository, never_idle, no_repository, nothing_known
from wholeship.pipeline.run import Instance, Scenario, Unread

MOST_JOBS = 600
MOST_STEPS = 3_000
"""What one file can have, to be read; the largest in public repositories have 61 and 700."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One workflow file. ``problems``: what GitHub would refuse it for, or what made it unreadable.

    ``root`` are its nodes, None when nothing could be read.
    ``instances`` is empty when nothing could be read, or nothing starts it; then it proves nothing.
    """

    workflow: Workflow
    instances: tuple[Instance, ...]
    problems: tuple[Problem, ...] = ()
    root: Node | None = None


def read_workflow(
    content: str | bytes,
    path: str,
    repository: Repository = no_repository,
    *,
    perform: Perform = nothing_known,
    idle: Idle = never_idle,
    begin: Callable[[Scenario], None] | None = None,
    default_branch: str = "",
    revive: bool = False,
    wanted: Callable[[Scenario], bool] | None = None,
    known: Reading | None = None,
) -> Reading:
    """The workflow in *content* (the text of *path*) and its abstract runs. Nothing is raised.

    *wanted*: only these scenarios are read. *revive*: jobs and steps that no run reaches are read, too, as if
    they could run. *known*: what was read of the same text before, whose nodes are not read again.

    A *repository* that is a :class:`reading.files.Library` keeps what was read for the next workflow.
    """
    root, found = (known.root, known.workflow) if known is not None else _read(content, path)
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    library = repository if isinstance(repository, Library) else Library(repository)
    files = Files(library, perform, default_branch, revive, idle)
    instances: list[Instance] = []
    problems = list(found.problems)
    unread = _too_large(found)
    for setting in settings(found, files.texts(text), default_branch):
        if wanted is not None and not wanted(setting.scenario({})):
            continue
        if unread is not None:
            instances.append(Instance(path, setting.scenario({}), (), unread=(unread,)))
            continue
        run = Run(setting, files)
        if begin is not None:
            begin(setting.scenario({}))
        instances.append(run.instance(found))
        problems += run.problems
    return Reading(found, tuple(instances), _sorted(problems), root)


def _read(content: str | bytes, path: str) -> tuple[Node | None, Workflow]:
    nodes = source.read_source(content, path)
    return nodes.root, read_model(nodes)


def _too_large(found: Workflow) -> Unread | None:
    """What is said of a workflow that is more than anybody writes: none of it is read then."""
    jobs, steps = len(found.jobs), sum(len(job.steps) for job in found.jobs.values())
    for count, most, what in ((jobs, MOST_JOBS, "jobs"), (steps, MOST_STEPS, "steps")):
        if count > most:
            job = next(iter(found.jobs.values()))
            return Unread("the workflow", f"it has {count} {what}; more than {most} are not read", job.place)
    return None


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    """Each mistake once, in the order of the file."""
    unique = {(problem.place, problem.message): problem for problem in problems}
    return tuple(unique[key] for key in sorted(unique))
