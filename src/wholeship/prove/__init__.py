"""What must have happened before what, in every run that a workflow can have.

Make a :class:`Prover` of an :class:`~wholeship.pipeline.run.Instance` and ask it. Answers are values:
``Proved``, ``Refuted`` with the shortest run, ``Undecided`` with the reason. ``docs/prover.md`` says how
GitHub's semantics are modelled and under which assumptions "proved" holds.
"""

from wholeship.prove.answers import (
    Answer,
    Cause,
    Cut,
    Effect,
    Happens,
    Never,
    Occurrence,
    Proved,
    Refuted,
    Run,
    Undecided,
)
from wholeship.prove.prover import Prover

__all__ = [
    "Answer",
    "Cause",
    "Cut",
    "Effect",
    "Happens",
    "Never",
    "Occurrence",
    "Proved",
    "Prover",
    "Refuted",
    "Run",
    "Undecided",
]
