"""What reading a workflow needs from outside: files of the repository, and what a step leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.pipeline.run import Scenario, Spot, Step
from wholeship.shell.foreign import OWN_FILES, ForeignFiles
from wholeship.texts.template import Value

Repository = Callable[[str], str | bytes | None]
"""The content of a file by its path from the root of the repository, or None when there is none.

Of a path that ends in ``/`` the names in that folder, one a line, those of folders with ``/`` at their end;
None where the folder cannot be listed.
"""


def no_repository(_path: str) -> None:
    """A repository without files."""
    return


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a step while the jobs are walked; its own texts are in the :class:`Step`.

    ``permissions`` None: the repository's default. ``secrets``: the names that the job's texts mention.
    """

    scenario: Scenario
    spot: Spot
    runner: tuple[str, ...] = ()
    permissions: Mapping[str, str] | None = None
    secrets: tuple[str, ...] = ()
    foreign: ForeignFiles = OWN_FILES
    """Files of the work tree that steps before may have put there."""
    head: str = ""
    """What is checked out, in words; empty: the event's commit. Behind a tab: how much of the history."""

    @property
    def site(self) -> str:
        """The site of the holes that the step makes."""
        return self.spot.site


@dataclass(frozen=True, slots=True)
class Left:
    """What a step leaves: ``steps.<id>.outputs`` and variables for the steps after it.

    ``known``: False when outputs that are not listed may hold anything.
    """

    outputs: Mapping[str, Value] = field(default_factory=dict)
    environment: Mapping[str, Value] = field(default_factory=dict)
    known: bool = False
    tainted: bool = False
    """Variables were set whose names nobody knows: each can be another from here on."""
    more_variables: bool = False
    """Variables of other names may have been set, as by a program that was not read."""
    after: Set[int] = frozenset()
    """Which effects of the step (by ``order``) have succeeded whenever it has written anything of that."""
    shown: Mapping[str, Mapping[str, Set[int]]] = field(default_factory=dict)
    """By output and by text: which effects (by ``order``) have succeeded whenever it is that text.

    Variables for later steps are in it as ``env.NAME``.
    """
    filled: frozenset[str] = frozenset()
    """The outputs, and variables as in ``shown``, that are not empty where the step has ended well."""
    foreign: ForeignFiles | None = None
    """Files of the work tree that are another's from here on; None: those that were so before."""


Perform = Callable[[Step, Scene], Left]
"""Called once for each step of each leg, in the order they stand, jobs after those they need."""


def nothing_known(_step: Step, _scene: Scene) -> Left:
    """Every output may hold anything."""
    return Left()


Idle = Callable[[Step, Scene], "Left | None"]
"""What a step leaves, if it makes no tag visible; None where it may."""


def never_idle(_step: Step, _scene: Scene) -> None:
    """Every step may make a tag visible."""
    return
