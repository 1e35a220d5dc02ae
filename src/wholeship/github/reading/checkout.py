"""Whether the commit that is checked out is the one that the run is of."""

from __future__ import annotations

from collections.abc import Iterable

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.run import Action, Job, Script, Step
from wholeship.texts.template import EMPTY

_MOVES = lazy_pattern(
    r"\bgit\b[^\n;|&]*\b(?:checkout|switch|commit|pull|merge|reset|rebase|cherry-pick|am)\b"
)


def checks_out_other(jobs: Iterable[Job]) -> bool:
    """Whether some step may leave another commit in the work tree than the event's.

    By ``ref`` or ``repository`` of actions/checkout, or a git command.
    """
    return any(_moves(step) for job in jobs for leg in job.legs for step in leg.steps)


def checks_out(steps: Iterable[Step]) -> bool:
    """Whether one of *steps* takes the commit of the event from the repository."""
    return any(isinstance(step.does, Action) and step.does.name == "actions/checkout" for step in steps)


def _moves(step: Step) -> bool:
    match step.does:
        case Action(name="actions/checkout", inputs=inputs):
            given = (inputs.get("ref"), inputs.get("repository"))
            return any(value is not None and value.options != (EMPTY,) for value in given)
        case Script(text=text):
            return _MOVES.search(text) is not None
        case _:
            return False
