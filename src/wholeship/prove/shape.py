"""The order of jobs in a run: what is over before what starts, whatever the outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.patterns import lazy_pattern
from wholeship.logic.formula import FALSE, atoms
from wholeship.pipeline.run import Data, Instance, Spot, Status, Step, StepWrote
from wholeship.pipeline.semantics import StatusSemantics


class Shape:
    """The graph of an instance. Sets of jobs are bit masks, so that five hundred jobs stay cheap."""

    def __init__(self, instance: Instance, semantics: StatusSemantics) -> None:
        self.instance = instance
        self.semantics = semantics
        self.jobs = {job.id: job for job in instance.jobs}
        self._bit = {id: 1 << number for number, id in enumerate(self.jobs)}
        self._ids = list(self.jobs)
        self.needs = {id: tuple(n for n in job.needs if n in self.jobs) for id, job in self.jobs.items()}
        self._inside = {job.id: job.inner for job in instance.jobs if job.inner}
        self.calls = any(job.inner for job in instance.jobs)
        self.called = any(job.caller in self.jobs for job in instance.jobs)
        self.asked = {
            atom.key.function
            for condition in dict.fromkeys(job.condition for job in instance.jobs)
            for atom in atoms(condition)
            if isinstance(atom.key, Status)
        }
        self._cones: dict[str, int] = {}
        self._sites: dict[str, Spot] | None = None
        self._told: dict[str, list[Data]] | None = None
        self._data: dict[str, tuple[Data, ...]] = {}
        self._over: dict[str, int] = {}
        self._chain: dict[str, int] = {}
        for id in self._sorted():
            self._measure(id)

    def over(self, job: str) -> Iterator[str]:
        """Every job that is over before *job* starts."""
        return self.members(self._over[job])

    def is_over(self, earlier: str, later: str) -> bool:
        """Whether *earlier* is over before *later* starts."""
        return bool(self._over[later] & self._bit.get(earlier, 0))

    def in_chain(self, ancestor: str, job: str) -> bool:
        """Whether *job* needs *ancestor*, directly or through others of the same workflow file."""
        return bool(self._chain[job] & self._bit.get(ancestor, 0))

    def chain(self, job: str) -> int:
        """The set of jobs that :meth:`in_chain` says yes of."""
        return self._chain[job]

    def inside(self, job: str) -> Iterator[str]:
        """The jobs of the workflow that *job* calls, and of those that they call."""
        stack = list(self._inside.get(job, ()))
        while stack:
            inner = stack.pop()
            if inner in self.jobs:
                yield inner
                stack.extend(self._inside.get(inner, ()))

    def callers(self, job: str) -> Iterator[str]:
        """The calls that *job* is in, innermost first."""
        caller = self.jobs[job].caller
        while caller in self.jobs:
            yield caller
            caller = self.jobs[caller].caller

    def cone(self, *jobs: str) -> list[str]:
        """*jobs* and everything that decides whether they start, in the order of the instance."""
        return list(self.members(self.deciding(*jobs)))

    def deciding(self, *jobs: str) -> int:
        """The :meth:`cone` of *jobs*, as a set."""
        mask = 0
        for job in jobs:
            if job not in self._cones:
                self._cones[job] = self._cone(job)
            mask |= self._cones[job]
        return mask

    def _cone(self, job: str) -> int:
        mask = self._bit[job] | self._over[job]
        if self.called:
            for member in self.members(mask):
                for caller in self.callers(member):
                    mask |= self._bit[caller]
        return mask

    def bit(self, job: str) -> int:
        """The set that *job* alone is; empty where there is no such job."""
        return self._bit.get(job, 0)

    def data(self, id: str) -> tuple[Data, ...]:
        """What is only known in the run and decides something in the job *id*."""
        if id not in self._data:
            job = self.jobs[id]
            formulas = [job.condition, *(leg.tolerated for leg in job.legs)]
            for leg in job.legs:
                formulas += [
                    each
                    for step in leg.steps
                    for each in (step.condition, step.tolerated, step.refuses, step.wanted)
                ]
            keys = dict.fromkeys(atom.key for formula in dict.fromkeys(formulas) for atom in atoms(formula))
            self._data[id] = tuple(key for key in keys if isinstance(key, Data))
        return self._data[id]

    def refusing(self, id: str) -> tuple[str, ...]:
        """The legs of the job *id* in which a step may be bound to fail."""
        return tuple(leg.name for leg in self.jobs[id].legs if any(s.refuses != FALSE for s in leg.steps))

    def maker(self, atom: Data) -> Spot | None:
        """The step without which *atom* is false: one whose output it is, compared with some text.

        An output that was never written is null, which is false and equals no text but ``''`` and ``'0'``
        (GitHub docs, "Evaluate expressions": operators).
        """
        if not atom.site or atom.ended is not None:
            return None
        if not atom.tells.early and not _asks_for_text(atom.text):
            return None
        return self._spot(atom.site)

    def ended(self, atom: Data, reader: str = "") -> Spot | None:
        """The leg of which *atom* says how it or a step of it ended, where it is over before job *reader*.

        None where it is one of several legs: which one's output a job sees is not known, only that a step of
        one of them has written it.
        """
        spot = self._spot(atom.site) if atom.ended is not None else None
        if spot is None or (reader and not self.is_over(spot.job, reader)):
            return None
        legs = self.jobs[spot.job].legs
        alone = len(legs) == 1 or isinstance(atom.ended, StepWrote)
        return spot if alone and not legs[0].many else None

    def telling(self, spot: Spot) -> tuple[Data, ...]:
        """What is only known in the run, and tells that the effect at *spot* has succeeded."""
        return tuple(each for each in self.told_of(spot.site) if spot.order in each.tells.effects)

    def told_of(self, site: str) -> tuple[Data, ...]:
        """What is only known in the run, and tells something of the step at *site*.

        Of a job with several legs, nobody knows which one's output is seen.
        """
        if self._told is None:
            self._told = {}
            asked = (atom for id in self.jobs for atom in self.data(id))
            kept = (atom.key for axiom in self.instance.axioms for atom in atoms(axiom))
            every = dict.fromkeys(
                each for each in (*asked, *kept) if isinstance(each, Data) and any(each.tells)
            )
            for atom in every:
                found = self._spot(atom.site)
                legs = self.jobs[found.job].legs if found is not None else ()
                if len(legs) == 1 and not legs[0].many:
                    self._told.setdefault(atom.site, []).append(atom)
        return tuple(self._told.get(site, ()))

    def _spot(self, site: str) -> Spot | None:
        if self._sites is None:
            every = (Spot(job.id, leg.name, step.index) for job, leg, step in self.instance.spots())
            self._sites = {spot.site: spot for spot in every}
        return self._sites.get(site)

    def before(self, earlier: Spot, later: Spot) -> bool:
        """Whether the step of *earlier* is over, well or not, before the step of *later* can start."""
        if (earlier.job, earlier.leg) != (later.job, later.leg):
            return self.is_over(earlier.job, later.job)
        steps = self.jobs[earlier.job].leg(earlier.leg).steps
        return earlier.step < later.step and is_seen(steps, earlier.step, later.step)

    def _sorted(self) -> list[str]:
        # Kahn's order over needs, and calls around what they call; what is in a cycle comes last.
        waits = {id: set(self.needs[id]) for id in self.jobs}
        for id in self.jobs:
            caller = self.jobs[id].caller
            if caller in self.jobs:
                waits[id].add(caller)
            for need in self.needs[id]:
                waits[id].update(self.inside(need))
        after: dict[str, list[str]] = {id: [] for id in self.jobs}
        for id, before in waits.items():
            for other in before:
                after[other].append(id)
        ready = [id for id in self.jobs if not waits[id]]
        done = []
        while ready:
            id = ready.pop()
            done.append(id)
            for other in after[id]:
                waits[other].discard(id)
                if not waits[other]:
                    ready.append(other)
        return done if len(done) == len(self.jobs) else [*done, *(self.jobs.keys() - set(done))]

    def _measure(self, id: str) -> None:
        over = chain = 0
        for need in self.needs[id]:
            over |= self._bit[need] | self._over.get(need, 0)
            chain |= self._bit[need] | self._chain.get(need, 0)
            for inner in self.inside(need):
                over |= self._bit[inner]
        caller = self.jobs[id].caller
        self._over[id] = over | self._over.get(caller, 0)
        self._chain[id] = chain

    def members(self, mask: int) -> Iterator[str]:
        """The jobs of a set, in the order of the instance."""
        while mask:
            low = mask & -mask
            yield self._ids[low.bit_length() - 1]
            mask ^= low


_OUTPUT = lazy_pattern(r"[\w.-]+(?: == '([^']+)')?")


def _asks_for_text(text: str) -> bool:
    match = _OUTPUT.fullmatch(text)
    if match is None or match[1] is None:
        return match is not None
    try:
        return float(match[1]) != 0
    except ValueError:
        return bool(match[1].strip())


def is_seen(steps: tuple[Step, ...], earlier: int, later: int) -> bool:
    """Whether step *earlier* is over when step *later* is evaluated: at once, or waited for if background.

    What a background call of a composite action holds is beside the steps after it too.
    """
    if later in (earlier, *steps[earlier].scope):
        return False
    if earlier in steps[later].scope:
        return False  # a call is over when its last inner step is
    shared = (*steps[later].scope, later)
    beside = [each for each in (*steps[earlier].scope, earlier) if steps[each].background]
    return all(
        each in shared or any(each in steps[wait].waits for wait in range(each + 1, later)) for each in beside
    )
