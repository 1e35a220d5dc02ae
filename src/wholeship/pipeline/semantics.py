"""What the status functions of a condition say, as a value that whoever speaks a workflow language hands in.

The prover knows jobs, steps, successes and cancellations; which of them ``success()`` asks about is no affair
of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from wholeship.core.values import dataclass
from wholeship.logic.formula import Formula
from wholeship.pipeline.run import Function

Reading = Callable[[str], Formula]
"""A fact by its name that is true under one of two readings of the language, where both are open."""


@dataclass(frozen=True, slots=True)
class JobView:
    """What a job's condition can ask about, as formulas of one run.

    ``cancelled``: the run was, when the job was looked at. Of the jobs before it in its own file: ``ok`` (all
    succeeded), ``failed``, ``stopped`` (one was cancelled, calls around included). Of those before the calls
    around it: ``around_ok``, ``around_failed``. ``full``: all jobs of the calls before it succeeded, too.
    """

    cancelled: Formula
    ok: Formula
    failed: Formula
    stopped: Formula
    around_ok: Formula
    around_failed: Formula
    full: Formula
    reading: Reading


@dataclass(frozen=True, slots=True)
class StepView:
    """What a step's condition can ask about: ``bad`` a step before it failed, ``cut`` one was stopped.

    ``inside``: it stands in a call, and these are the steps of that call.
    """

    cancelled: Formula
    bad: Formula
    cut: Formula
    inside: bool
    reading: Reading


@dataclass(frozen=True, slots=True)
class StatusSemantics:
    """What each status function comes to. ``plain`` is the one that a plain condition asks for: all is well.

    ``well`` says what each is where nothing has gone wrong.
    """

    job: Callable[[JobView, Function], Formula]
    step: Callable[[StepView, Function], Formula]
    plain: Function
    well: Callable[[Function], bool]
