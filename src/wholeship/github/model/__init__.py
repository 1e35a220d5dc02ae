"""A workflow file, typed: what GitHub reads out of it, each value with its place.

Values that may hold expressions stay nodes; ``read`` evaluates them in a scenario.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from wholeship.core.errors import Problem
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.core.yamls import Node, Scalar

Texts = Mapping[str, Scalar]
"""Names to values, as ``env`` and ``with`` hold them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``branches`` or ``tags``; ``ignore``: the ``-ignore`` form."""

    patterns: tuple[str, ...]
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Input:
    """An input of ``workflow_dispatch``, ``workflow_call`` or an action."""

    name: str
    place: Place
    type: str = "string"
    required: bool = False
    default: Scalar | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event of ``on``."""

    event: str
    place: Place
    types: tuple[str, ...] = ()
    branches: Filter | None = None
    tags: Filter | None = None
    paths: bool = False
    workflows: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Texts = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concurrency:
    """A concurrency group."""

    place: Place
    group: Scalar | None
    cancels: Scalar | None = None
    queue: str = "single"


@dataclass(frozen=True, slots=True)
class Defaults:
    """``defaults.run``."""

    shell: Scalar | None = None
    directory: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``control`` is ``wait``, ``wait-all`` or ``cancel``; ``targets`` are the ids it names.

    ``parallel``: the steps of such a group, of which this one has nothing else.
    """

    place: Place
    id: str = ""
    name: Scalar | None = None
    condition: Node | None = None
    uses: Scalar | None = None
    run: Scalar | None = None
    inputs: Texts = field(default_factory=dict)
    environment: Texts = field(default_factory=dict)
    shell: Scalar | None = None
    directory: Scalar | None = None
    tolerated: Scalar | None = None
    timeout: Scalar | None = None
    background: bool = False
    control: str = ""
    targets: tuple[str, ...] = ()
    parallel: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Strategy:
    """``strategy``; the matrix stays a node."""

    place: Place
    matrix: Node | None = None
    fail_fast: Scalar | None = None
    max_parallel: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One job. ``uses`` is set for a call of another workflow; ``inherits``: ``secrets: inherit``."""

    id: str
    place: Place
    name: Scalar | None = None
    needs: tuple[Scalar, ...] = ()
    condition: Node | None = None
    runner: Node | None = None
    environment: Texts = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    strategy: Strategy | None = None
    steps: tuple[Step, ...] = ()
    outputs: Texts = field(default_factory=dict)
    uses: Scalar | None = None
    inputs: Texts = field(default_factory=dict)
    secrets: Texts = field(default_factory=dict)
    inherits: bool = False
    permissions: Mapping[str, str] | None = None
    concurrency: Concurrency | None = None
    deployment: Scalar | None = None
    container: Node | None = None
    services: Node | None = None
    timeout: Scalar | None = None
    tolerated: Scalar | None = None


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file. ``problems`` are what GitHub would refuse it for, as far as known here; ``remarks``
    what is perhaps a mistake, and runs.
    """

    path: str
    place: Place
    name: str = ""
    triggers: tuple[Trigger, ...] = ()
    permissions: Mapping[str, str] | None = None
    environment: Texts = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    concurrency: Concurrency | None = None
    jobs: Mapping[str, Job] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()

    def trigger(self, event: str) -> Trigger | None:
        """The trigger for *event*, when ``on`` has it."""
        return next((each for each in self.triggers if each.event == event), None)


@dataclass(frozen=True, slots=True)
class CompositeAction:
    """``action.yml`` with ``runs.using: composite``; ``uses`` is None for any other kind of action."""

    path: str
    using: str
    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Texts = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
