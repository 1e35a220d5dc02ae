"""The questions that can be asked of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wholeship.workflows.instance import Instance
from wholeship.workflows.prove.answers import Answer, Cut, Effect, Occurrence


class Prover:
    """Answers questions about every run of one instance. Keep it: what it learns is reused.

    A run here is any combination of success, failure, cancellation at any point, skip, time-out, lost
    runner, partial matrix, rejection and eviction, and a second attempt with any set of jobs closed
    under dependants.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def requires(self, later: Effect, earlier: Effect | Sequence[Effect]) -> Answer:
        """Whether *earlier* has really succeeded, in every run, whenever *later* may have taken effect.

        Of several *earlier* ones it is enough that one has (an image pushed in either of two jobs).
        """
        raise NotImplementedError

    def whole(self, watched: Iterable[Effect], siblings: Mapping[str, Sequence[Effect]]) -> Answer:
        """Whether no run makes the watched tag visible while a sibling is not out.

        *watched* are the effects that make it visible; *siblings* maps each other image of the release
        to the effects that push it under that tag. The refutation is the shortest over all of them.
        """
        raise NotImplementedError

    def possible(self, effect: Effect) -> Occurrence:
        """Whether it can happen at all."""
        raise NotImplementedError

    def together(self, one: Effect, other: Effect) -> Occurrence:
        """Whether both can happen in one attempt of one run."""
        raise NotImplementedError

    def ordered(self, earlier: Effect, later: Effect) -> bool:
        """Whether, wherever both happen, *earlier* is over before *later* starts (well or not)."""
        raise NotImplementedError

    def gates_of(self, effect: Effect, checks: Iterable[Effect]) -> tuple[Effect, ...]:
        """Those of *checks* that have certainly passed before *effect*."""
        raise NotImplementedError

    def mixed(self, earlier: Effect, later: Effect) -> Occurrence:
        """Whether a re-run can do *later* upon an *earlier* left over from the first attempt."""
        raise NotImplementedError

    def cuts(self, first: Effect, second: Effect) -> tuple[Cut, ...]:
        """What can cut a run after *first* and before *second*, as written in the workflow.

        The two may be one effect with several tags, or the legs of one matrix.
        """
        raise NotImplementedError

    def ancestors(self, job: str) -> frozenset[str]:
        """Every job that is over before *job* starts: needed, needed by those, or by the call around it."""
        raise NotImplementedError

    def without_edge(self, job: str, need: str) -> Prover:
        """The prover of the same run in which *job* does not need *need*."""
        raise NotImplementedError
