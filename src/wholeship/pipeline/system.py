"""A CI system, as those who ask about its workflows see it: which files are its own, which runs they start.

Each system has a folder of its own, which makes one :class:`CiSystem`; ``verdict/systems.py`` names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from wholeship.core.errors import Problem
from wholeship.core.values import dataclass
from wholeship.core.yamls import Node
from wholeship.pipeline.declared import Declared
from wholeship.pipeline.ports import Repository
from wholeship.pipeline.publish import Facts
from wholeship.pipeline.run import Instance, Scenario, Step
from wholeship.pipeline.semantics import StatusSemantics


@dataclass(frozen=True, slots=True)
class WorkflowRuns:
    """One workflow file, read: each run that it can start, with what its steps do.

    ``problems``: what the system would refuse it for, or what made it unreadable. ``lies``: what reads other
    than it runs. ``root`` are its nodes, None when nothing could be read. ``may_publish``: something in it
    speaks of images; where nothing does, no step was looked at.
    """

    name: str
    runs: tuple[tuple[Instance, Facts], ...]
    problems: tuple[Problem, ...] = ()
    lies: tuple[Problem, ...] = ()
    root: Node | None = None
    may_publish: bool = True


class CiMemory(Protocol):
    """What was read of one repository, for all its workflows: a script that many of them run is run once."""

    def runs(
        self,
        content: str | bytes,
        path: str,
        default_branch: str = "",
        wanted: Callable[[Scenario], bool] | None = None,
        *,
        revive: bool = False,
        every: bool = False,
    ) -> WorkflowRuns:
        """The runs of the workflow in *content* (the text of *path*). Nothing is raised.

        *wanted*: only these scenarios. *every*: what its steps do is looked at though nothing in it speaks of
        images. *revive*: jobs, steps and parts of scripts that no run reaches are
        read, too, as if one did.
        """

    def may_publish(self, text: str) -> bool:
        """Whether a workflow of this *text*, or a file of the repository that it calls, speaks of images."""

    def called(self, text: str) -> str:
        """The *text* of a workflow, and those of the files of the repository that it calls."""


class OpenMemory(Protocol):
    """Makes the :class:`CiMemory` of a repository; *as_written*: for a guess, as ``tools.scripts`` says."""

    def __call__(
        self, repository: Repository, declared: Mapping[str, Declared], *, as_written: bool = False
    ) -> CiMemory:
        """With the actions and programs that the release file has *declared*."""


@dataclass(frozen=True, slots=True)
class CiSystem:
    """One system. ``checks_out``: whether the steps of a job work on the commit of the event."""

    name: str
    is_workflow: Callable[[str], bool]
    memory: OpenMemory
    status: StatusSemantics
    checks_out: Callable[[Iterable[Step]], bool]
