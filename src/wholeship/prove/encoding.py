"""The solver's view of an instance, made only as far as the questions reach."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING

from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, disj, iff, implies, neg, rewrite
from wholeship.pipeline.run import Instance, Job, Result, Spot
from wholeship.prove import jobs, terms
from wholeship.prove.answers import Effect
from wholeship.prove.shape import Shape
from wholeship.prove.steps import LegRules

if TYPE_CHECKING:
    from wholeship.logic.solver import Model, Solver


_KINDS = ("failed", "stopped", "lost", "odd")
_WITNESSES = 16


class Encoding:
    """All runs of an instance as formulas. Jobs are added when a question first reaches them.

    A job of which no step is asked about can end in any way, whatever its steps are; so steps are only
    looked at in the legs that an effect stands in.
    """

    def __init__(self, shape: Shape) -> None:
        from wholeship.logic.solver import Solver

        self.shape = shape
        self.instance: Instance = shape.instance
        self.solver: Solver = Solver()
        self.legs: dict[tuple[str, str], LegRules] = {}
        self._jobs = 0
        self._fresh: dict[str, None] = {}
        self._all_calm: Formula = TRUE
        self._read = 0
        self._unsure: dict[str, list[Formula]] = {}
        self._unsure_keys: dict[str, list[tuple[Hashable, ...]]] = {}
        self._odd: dict[str, dict[str, list[Formula]]] = {}
        self._quiet: dict[str, Formula] = {}
        self._versions = 0
        self._witnesses: list[Model] = []
        for axiom in self.instance.axioms:
            self.solver.require(rewrite(axiom, lambda atom: Atom(("data", atom.key))))
            if self.instance.rerunnable:
                self.solver.require(rewrite(axiom, _second))

    def starts(self, effect: Effect) -> Formula:
        """*effect* may have happened: its step has started, with the texts that it needs."""
        return self._leg(effect).may_happen(effect.spot)

    def succeeded(self, effect: Effect) -> Formula:
        """*effect* has certainly happened, for real, once its step is over."""
        happened: Formula = FALSE
        if not (effect.conditional or effect.masked):
            happened = self._leg(effect).has_happened(effect.spot)
        step = effect.spot.step
        for atom in self.shape.telling(effect.spot):
            at = self._leg(effect).at
            wrote = at.runs(step) if atom.tells.early else at.ok(step)
            happened = disj((happened, conj((wrote, Atom(("data", atom))))))
        return happened

    def again(self, job: str) -> Formula:
        """*job* is of a second attempt."""
        self.reach(job)
        return terms.second_attempt(job, self.instance)

    def reach(self, *wanted: str) -> None:
        """Encode *wanted* and everything that decides about them."""
        missing = self.shape.deciding(*wanted) & ~self._jobs
        if not missing:
            return
        new = list(self.shape.members(missing))
        self._jobs |= missing
        for id in new:
            self._require(id, jobs.rules(self.shape, self.shape.jobs[id]))
        for id in new:
            for leg in self.shape.refusing(id):
                self._look(Spot(id, leg))
            for atom in self.shape.data(id):
                maker = self.shape.maker(atom)
                if maker is not None and self._jobs & self.shape.bit(maker.job):
                    self._look(maker)
                ended = self.shape.ended(atom, id)
                if ended is not None:
                    self._require(id, [iff(terms.ended(atom), self._look(ended).ended(atom.ended))])

    def run(self, assume: Iterable[Formula], cone: list[str], focus: Iterable[Effect] = ()) -> Model | None:
        """The run with the fewest things out of the ordinary in which *assume* holds.

        Of equally short ones, the most usual one; and one that reaches the steps in *focus*, if there is.
        """
        wanted, effects = list(assume), list(focus)
        inner = list(dict.fromkeys(effect.spot.job for effect in effects))
        prefer = [neg(self.starts(effect)) for effect in effects]
        calm = [neg(terms.RERUN), neg(terms.CANCELLATION)]
        calm += [self._calm(id) for id in cone if id not in inner]
        model = self.solver.solve([*wanted, *calm, *(self._calm(id) for id in inner)])
        if model is not None:
            return model
        if inner:
            # Most often it is the job of the missing effect itself where one thing goes wrong.
            odd = self._oddities(inner)
            counted = [each for kind in odd.values() for each in kind]
            model = self.solver.fewest(counted, [*wanted, *calm], self._avoid(odd, inner, prefer))
            if model is not None and sum(model.holds(each) for each in counted) == 1:
                return model
        if self.impossible(wanted):
            return None
        odd = self._oddities(cone)
        counted = [each for kind in odd.values() for each in kind]
        within = list(dict.fromkeys(each for job in inner for each in self.shape.cone(job)))
        avoid = self._avoid(odd, within, prefer)
        return self.solver.fewest([*counted, terms.RERUN, terms.CANCELLATION], wanted, avoid)

    def readings(self, jobs: Iterable[str]) -> list[tuple[Hashable, ...]]:
        """The keys of the readings that *jobs* may rest on."""
        return [key for job in jobs for key in self._unsure_keys.get(job, ())]

    def impossible(self, assume: Iterable[Formula]) -> bool:
        """Whether there is no run in which *assume* holds."""
        return not self.solver.possible(assume)

    def happen(self, effects: Iterable[Effect]) -> bool:
        """Whether there is a run in which all of *effects* may happen.

        Runs found before answer most of it: in one where all goes well, whatever the data lets run does.
        """
        wanted = [self.starts(effect) for effect in effects]
        if any(all(model.holds(each) for each in wanted) for model in self._witnesses):
            return True
        calm = [neg(terms.RERUN), neg(terms.CANCELLATION), self._everywhere_calm()]
        model = self.solver.solve([*wanted, *calm]) or self.solver.solve(wanted)
        if model is not None:
            self._witnesses = [model, *self._witnesses[: _WITNESSES - 1]]
        return model is not None

    def _leg(self, effect: Effect) -> LegRules:
        self.reach(effect.spot.job)
        return self._look(effect.spot)

    def _look(self, spot: Spot) -> LegRules:
        found = self.legs.get((spot.job, spot.leg))
        if found is None:
            job = self.shape.jobs[spot.job]
            found = self.legs[spot.job, spot.leg] = LegRules(self.shape, job, job.leg(spot.leg))
            self._require(spot.job, found)
            self._require(spot.job, self._unset(found))
        return found

    def _unset(self, leg: LegRules) -> Iterator[Formula]:
        for step in leg.steps:
            for atom in self.shape.told_of(Spot(leg.job.id, leg.leg.name, step.index).site):
                if atom.tells.unset:
                    yield implies(Atom(("data", atom)), neg(leg.at.ok(step.index)))

    def _require(self, job: str, formulas: Iterable[Formula]) -> None:
        for formula in formulas:
            self.solver.require(formula)
        for key in self.solver.keys(self._read):
            self._read += 1
            if isinstance(key, tuple) and key[0] == "unsure":
                self._unsure.setdefault(job, []).append(Atom(key))
                self._unsure_keys.setdefault(job, []).append(key)
        self._quiet.pop(job, None)
        self._odd.pop(job, None)
        self._fresh[job] = None

    def _avoid(
        self, odd: dict[str, list[Formula]], jobs: Iterable[str], prefer: list[Formula]
    ) -> list[list[Formula]]:
        # From the most far-fetched to what happens every day.
        return [
            [terms.RERUN],
            [each for readings in self._unsure.values() for each in readings],
            odd["odd"],
            odd["lost"],
            [terms.CANCELLATION],
            odd["stopped"],
            prefer,
            [terms.result(id, Result.SKIPPED) for id in jobs],
        ]

    def _calm(self, job: str) -> Formula:
        """Nothing out of the ordinary happens in *job*, and nothing rests on a reading."""
        if job not in self._quiet:
            self._versions += 1
            atom = Atom(("calm", job, self._versions))
            odd = [each for kind in self._oddity(job).values() for each in kind]
            for each in (*odd, *self._unsure.get(job, ())):
                self.solver.require(implies(atom, neg(each)))
            self._quiet[job] = atom
        return self._quiet[job]

    def _everywhere_calm(self) -> Formula:
        """Nothing out of the ordinary happens in any job. One atom, since each question assumes it."""
        if self._fresh:
            self._versions += 1
            atom = Atom(("calm", self._versions))
            for each in (self._all_calm, *map(self._calm, self._fresh)):
                self.solver.require(implies(atom, each))
            self._all_calm = atom
            self._fresh.clear()
        return self._all_calm

    def _oddities(self, jobs: Iterable[str]) -> dict[str, list[Formula]]:
        found: dict[str, list[Formula]] = {kind: [] for kind in _KINDS}
        for job in jobs:
            for kind, formulas in self._oddity(job).items():
                found[kind] += formulas
        return found

    def _oddity(self, id: str) -> dict[str, list[Formula]]:
        if id not in self._odd:
            self._odd[id] = self._find_oddity(self.shape.jobs[id])
        return self._odd[id]

    def _find_oddity(self, job: Job) -> dict[str, list[Formula]]:
        id = job.id
        found: dict[str, list[Formula]] = {kind: [] for kind in _KINDS}
        if job.may_be_empty:
            found["odd"].append(conj((terms.goes(id), terms.empty(id))))
        if terms.can_raise(job.condition_text):
            found["odd"].append(terms.raised(id))
        if job.inner:
            found["odd"].append(terms.dropped(id))
            return found
        looked = [self.legs[id, leg.name] for leg in job.legs if (id, leg.name) in self.legs]
        for leg in looked:
            self._leg_oddities(leg, found)
        whole = looked and len(job.legs) == 1 and not job.legs[0].many
        if not whole:
            fine = conj(leg.at.well for leg in looked)
            found["failed"].append(conj((terms.result(id, Result.FAILURE), fine)))
            found["stopped"].append(conj((terms.result(id, Result.CANCELLED), terms.goes(id), fine)))
        return found

    def _leg_oddities(self, leg: LegRules, found: dict[str, list[Formula]]) -> None:
        at = leg.at
        found["failed"] += leg.alone
        found["stopped"].append(at.cancelled(leg.end))
        found["lost"] += [at.lost(leg.end), at.late]
        empty = terms.empty(leg.job.id) if leg.job.may_be_empty else FALSE
        found["odd"].append(conj((terms.goes(leg.job.id), neg(empty), neg(at.starts))))
        for step in leg.steps:
            if terms.can_raise(step.condition_text):
                found["odd"].append(terms.raised(leg.job.id, leg.leg.name, step.index))
            if step.scope:
                found["odd"].append(at.halted(step.index))


def _second(atom: Atom) -> Formula:
    kind = "data again" if terms.changes(atom.key) else "data"
    return Atom((kind, atom.key))
