"""The facts that a run is described by. Every atom of the encoding is made here."""

from __future__ import annotations

import re
from collections.abc import Hashable

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.logic.formula import FALSE, Atom, Formula, conj, disj, neg
from wholeship.pipeline.run import Data, Instance, Result

NAMES = tuple(Result)

_CHANGES = lazy_pattern(r"\b(vars|secrets)\b|\brun_attempt\b", re.IGNORECASE)
_CAN_RAISE = lazy_pattern(r"\b(fromjson|case|format|hashfiles)\s*\(", re.IGNORECASE)


def goes(job: str) -> Formula:
    """The condition of *job* let it start. Its legs may still be cancelled before they do."""
    return Atom(("goes", job))


def result(job: str, value: Result) -> Formula:
    """What ``needs.<job>.result`` says once *job* is over."""
    return Atom(("result", job, value))


def cancelled(job: str) -> Formula:
    """The run had been cancelled when the condition of *job* was evaluated."""
    return Atom(("cancelled", job))


def second_attempt(job: str, instance: Instance) -> Formula:
    """*job* is of the second attempt; the others keep what the first left."""
    return Atom(("again", job)) if instance.rerunnable else FALSE


RERUN = Atom("rerun")  # there is a second attempt
CANCELLATION = Atom("cancellation")  # some condition was evaluated in a cancelled run


def empty(job: str) -> Formula:
    """A matrix that is only known in the run turned out to have no leg."""
    return Atom(("empty", job))


def dropped(job: str) -> Formula:
    """A call was cancelled while it waited to start."""
    return Atom(("dropped", job))


def raised(*where: Hashable) -> Formula:
    """The condition there could not be evaluated: an error, not a false."""
    return Atom(("raised", *where))


def chain_ok(job: str) -> Formula:
    """Every ancestor of *job* counts as a success."""
    return Atom(("chain ok", job))


def chain_failed(job: str) -> Formula:
    """Some ancestor of *job* counts as failed."""
    return Atom(("chain failed", job))


def chain_cancelled(job: str) -> Formula:
    """Some ancestor of *job* ended cancelled."""
    return Atom(("chain cancelled", job))


def chain_full(job: str) -> Formula:
    """In every call among the ancestors of *job*, each inner job succeeded (none was skipped)."""
    return Atom(("chain full", job))


def unsure(why: str, *where: Hashable) -> Formula:
    """One of two readings of GitHub's behaviour, where documents and measurements leave both open."""
    return Atom(("unsure", why, *where))


def ended(atom: Data) -> Formula:
    """A leg that is over, or a step of it, ended as *atom* says."""
    return Atom(("ended", atom))


@dataclass(frozen=True, slots=True)
class LegTerms:
    """The facts about one leg of one job."""

    job: str
    leg: str

    def _atom(self, kind: str, *rest: Hashable) -> Formula:
        return Atom((kind, self.job, self.leg, *rest))

    @property
    def starts(self) -> Formula:
        """A runner took it."""
        return self._atom("starts")

    @property
    def well(self) -> Formula:
        """It ended in success, before ``continue-on-error`` is looked at."""
        return self._atom("well")

    @property
    def late(self) -> Formula:
        """It failed after its last step: a post step, an output, the clean-up."""
        return self._atom("late")

    def runs(self, step: int) -> Formula:
        """The step started, so whatever it does may have happened."""
        return self._atom("runs", step)

    def ok(self, step: int) -> Formula:
        """The step ran to its end and succeeded (``outcome``)."""
        return self._atom("ok", step)

    def stopped(self, step: int) -> Formula:
        """The step was interrupted by a cancellation."""
        return self._atom("stopped", step)

    def failed(self, step: int) -> Formula:
        """The step ran and failed (``outcome``)."""
        return conj((self.runs(step), neg(self.ok(step)), neg(self.stopped(step))))

    def cancelled(self, step: int) -> Formula:
        """The job had been cancelled when the condition of the step was evaluated."""
        return self._atom("leg cancelled", step)

    def lost(self, step: int) -> Formula:
        """The runner was gone, or killed, before the step could start."""
        return self._atom("lost", step)

    def halted(self, step: int) -> Formula:
        """The composite action around the step ended before it, by itself."""
        return self._atom("halted", step)

    def bad(self, scope: tuple[int, ...], step: int) -> Formula:
        """After *step*, some step of *scope* had failed for good."""
        return self._atom("bad", scope, step)

    def cut(self, scope: tuple[int, ...], step: int) -> Formula:
        """After *step*, some step of *scope* had been interrupted."""
        return self._atom("cut", scope, step)


def data(atom: Data | Hashable, job: str, instance: Instance) -> Formula:
    """What is only known in the run, as *job* sees it.

    The same everywhere in the run, but ``vars``, ``secrets`` and the attempt's number are those of the
    attempt that the job runs in.
    """
    first = Atom(("data", atom))
    second = second_attempt(job, instance)
    if second == FALSE or not changes(atom):
        return first
    return disj((conj((second, Atom(("data again", atom)))), conj((neg(second), first))))


def changes(atom: Data | Hashable) -> bool:
    """Whether a second attempt may find another value."""
    return isinstance(atom, Data) and not atom.site and bool(_CHANGES.search(atom.text))


def can_raise(condition: str) -> bool:
    """Whether evaluating *condition* can end in an error (GitHub docs, "Expressions": functions)."""
    return bool(_CAN_RAISE.search(condition))
