"""The questions that can be asked of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from wholeship.core.finding import Moment
from wholeship.core.place import Place
from wholeship.logic.formula import FALSE, TRUE, Formula, disj, neg
from wholeship.pipeline.publish import Atomicity
from wholeship.pipeline.run import Instance, Job, Leg, Result, Step, Unread
from wholeship.pipeline.semantics import StatusSemantics
from wholeship.prove import jobs as job_rules
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
    Telling,
    Undecided,
)
from wholeship.prove.calm import CalmRuns
from wholeship.prove.encoding import Encoding
from wholeship.prove.shape import Shape
from wholeship.prove.shortcut import Shortcut
from wholeship.prove.story import Told, deciders, happening, leg_name_of, step_name, surroundings

_TOLD = 10


class _Knife(NamedTuple):
    """What can cut a run, and the condition under which it does."""

    cause: Cause
    job: Job
    condition: Formula
    place: Place


class Prover:
    """Answers questions about every run of one instance. Keep it: what it learns is reused.

    A run here is any combination of success, failure, cancellation at any point, skip, time-out, lost
    runner, partial matrix, rejection and eviction, and a second attempt with any set of jobs closed
    under dependants. Effects in the one leg that stands for many are those of the same leg.
    """

    def __init__(self, instance: Instance, semantics: StatusSemantics) -> None:
        self.instance = instance
        self.semantics = semantics
        self.shape = Shape(instance, semantics)
        self._shortcut = Shortcut(self.shape)
        self._calm = CalmRuns(self.shape)
        self._encoding: Encoding | None = None
        self._ancestors: dict[str, frozenset[str]] = {}
        self._occurrences: dict[Effect, Occurrence] = {}
        self._answers: dict[tuple[Effect, tuple[Effect, ...]], Answer] = {}

    def requires(self, later: Effect, earlier: Effect | Sequence[Effect]) -> Answer:
        """Whether *earlier* has really succeeded, in every run, whenever *later* may have taken effect.

        Of several *earlier* ones it is enough that one has (an image pushed in either of two jobs).
        """
        options = (earlier,) if isinstance(earlier, Effect) else tuple(earlier)
        question = (later, options)
        if question not in self._answers:
            self._answers[question] = self._requires(later, options)
        return self._answers[question]

    def whole(self, watched: Iterable[Effect], siblings: Mapping[str, Sequence[Effect]]) -> Answer:
        """Whether no run makes the watched tag visible while a sibling is not out.

        *watched* are the effects that make it visible; *siblings* maps each other image of the release
        to the effects that push it under that tag. The refutation is the shortest over the siblings (over
        the first ten that can be missing).
        """
        every = list(watched)
        answers = [self.requires(one, pushes) for pushes in siblings.values() for one in every]
        refuted = [answer for answer in answers if isinstance(answer, Refuted)]
        if refuted:
            # Enough of them to find a short one: telling them all would cost more than it says.
            return min(refuted[:_TOLD], key=lambda answer: (len(answer.doubts), len(answer.story)))
        undecided = (answer for answer in answers if isinstance(answer, Undecided))
        return next(undecided, Proved("every sibling is out before"))

    def possible(self, effect: Effect) -> Occurrence:
        """Whether it can happen at all."""
        if effect not in self._occurrences:
            self._occurrences[effect] = self._happen(effect)
        return self._occurrences[effect]

    def possible_where(self, effect: Effect, condition: Formula) -> Occurrence:
        """Whether it can happen in a run in which *condition*, of what is only known in the run, holds."""
        job = self.shape.jobs[effect.spot.job]
        wanted = job_rules.tolerance(self.shape, job, condition)
        return self._occurs([self._runs.starts(effect), wanted], (effect,))

    def together(self, one: Effect, other: Effect) -> Occurrence:
        """Whether both can happen in one attempt of one run."""
        return self._happen(one, other)

    def ordered(self, earlier: Effect, later: Effect) -> bool:
        """Whether, wherever both happen, *earlier* is over before *later* starts (well or not)."""
        if self._inside_step(later, earlier) or self.shape.before(earlier.spot, later.spot):
            return True
        return isinstance(self.together(earlier, later), Never)

    def gates_of(self, effect: Effect, checks: Iterable[Effect]) -> tuple[Effect, ...]:
        """Those of *checks* that have certainly passed before *effect*."""
        return tuple(check for check in checks if isinstance(self.requires(effect, check), Proved))

    def mixed(self, earlier: Effect, later: Effect) -> Occurrence:
        """Whether a re-run can do *later* upon an *earlier* left over from the first attempt."""
        one, other = earlier.spot.job, later.spot.job
        if not self.instance.rerunnable or one == other or self.shape.is_over(other, one):
            return Never()
        kept, again = self._runs.again(one), self._runs.again(other)
        real = replace(earlier, conditional=False, masked=False)
        wanted = [self._runs.succeeded(real), neg(kept), self._runs.starts(later), again]
        return self._occurs(wanted, (later,))

    def cuts(self, first: Effect, second: Effect) -> tuple[Cut, ...]:
        """What can cut a run after *first* and before *second*, as written in the workflow.

        The two may be one effect with several tags, or the legs of one matrix.
        """
        if isinstance(self.requires(first, second), Proved):
            return ()
        if isinstance(self.together(first, second), Never):
            return ()
        found = [self._cut(first, second, each) for each in self._knives(second)]
        return tuple(cut for cut in found if cut is not None)

    def ancestors(self, job: str) -> frozenset[str]:
        """Every job that is over before *job* starts: needed, needed by those, or by the call around it."""
        if job not in self._ancestors:
            self._ancestors[job] = frozenset(self.shape.over(job))
        return self._ancestors[job]

    def without_edge(self, job: str, need: str) -> Prover:
        """The prover of the same run in which *job* does not need *need*."""
        changed = tuple(_without(each, need) if each.id == job else each for each in self.instance.jobs)
        return Prover(replace(self.instance, jobs=changed), self.semantics)

    def _depends_on_a_program(self, later: Effect, options: tuple[Effect, ...]) -> bool:
        """Whether it would be proved if programs that are asked refused every result but success."""
        return self._strict is not None and isinstance(self._strict.requires(later, options), Proved)

    @cached_property
    def _asking(self) -> list[tuple[str, Step]]:
        """The steps that hand the results of other jobs to a program, with their jobs."""
        steps = ((job.id, step) for job in self.instance.jobs for leg in job.legs for step in leg.steps)
        return [(job, step) for job, step in steps if step.may_refuse != FALSE]

    def _asked_before(self, later: Effect) -> Step:
        around = {later.spot.job, *self.ancestors(later.spot.job)}
        asked = [step for job, step in self._asking if job in around] or [self._asking[0][1]]
        return next((step for step in asked if step.tolerated == FALSE), asked[0])

    @cached_property
    def _strict(self) -> Prover | None:
        """The prover of the same run where such programs refuse all but success; None: no such step."""
        if not self._asking:
            return None
        jobs = tuple(
            replace(job, legs=tuple(_refusing(leg) for leg in job.legs)) for job in self.instance.jobs
        )
        return Prover(replace(self.instance, jobs=jobs), self.semantics)

    @property
    def _runs(self) -> Encoding:
        if self._encoding is None:
            self._encoding = Encoding(self.shape)
        return self._encoding

    # requires

    def _requires(self, later: Effect, options: tuple[Effect, ...]) -> Answer:
        if any(self._inside_step(later, each) for each in options):
            return Proved("the same step does it first")
        ordered = [each for each in options if self._comes_before(each, later)]
        if any(self._shortcut.certain(each, later) for each in ordered):
            return Proved("by needs and success")
        answer = self._search(later, ordered, options)
        sure = tuple(replace(each, conditional=False) for each in options)
        if isinstance(answer, Refuted) and sure != options:
            # Best a run in which no step decides against its own push: nobody has to believe that it can.
            other = self.requires(later, sure)
            answer = other if isinstance(other, Refuted) else answer
        if isinstance(answer, Refuted) and self._depends_on_a_program(later, options):
            step = self._asked_before(later)
            what = f"whether `{step.name}` ends well where another job went wrong"
            return Undecided(f"{what} is only known in the run", step.place)
        unread = self._unread(later) if ordered and isinstance(answer, Refuted) else None
        if unread is not None:
            return Undecided(f"{unread.what} could not be read: {unread.reason}", unread.place)
        return answer

    def _inside_step(self, later: Effect, earlier: Effect) -> bool:
        one, other = later.spot, earlier.spot
        if (one.job, one.leg, one.step) != (other.job, other.leg, other.step):
            return False
        if one.order != other.order:
            return other.order in later.requires
        return later.atomicity is Atomicity.PREFIX and earlier.part < later.part and not earlier.perhaps

    def _comes_before(self, earlier: Effect, later: Effect) -> bool:
        return self.shape.before(earlier.spot, later.spot)

    def _search(self, later: Effect, ordered: Sequence[Effect], options: Sequence[Effect]) -> Answer:
        if not ordered:
            if isinstance(self.possible(later), Never):
                return Proved("it cannot happen")
            return Refuted.later(lambda: self._find([], later, ordered, options))
        if not self._calm.lacks(later, ordered) and self._runs.impossible(self._missing(later, ordered)):
            return Proved("in every run")
        return Refuted.later(lambda: self._find(self._missing(later, ordered), later, ordered, options))

    def _missing(self, later: Effect, ordered: Iterable[Effect]) -> list[Formula]:
        return [self._runs.starts(later), *(neg(self._runs.succeeded(each)) for each in ordered)]

    def _find(
        self,
        assume: list[Formula],
        later: Effect,
        ordered: Sequence[Effect],
        options: Sequence[Effect],
    ) -> Telling:
        loose = [each for each in options if each not in ordered]
        if not assume and all(self._shortcut.smooth(each) for each in (later, *loose)):
            return self._tell(Told.smoothly(self.shape), later, ordered, dict.fromkeys(loose, True))
        assume = assume or [self._runs.starts(later)]
        reached: dict[Effect, bool] = {}
        for each in loose:
            # Best a run in which it was to happen too, and goes wrong; otherwise it is not even tried.
            start = self._runs.starts(each)
            reached[each] = not self._runs.impossible([*assume, start])
            assume = [*assume, start] if reached[each] else assume
        return self._tell(self._shortest(assume, (later, *ordered), ordered), later, ordered, reached)

    def _shortest(self, assume: list[Formula], effects: Sequence[Effect], focus: Sequence[Effect]) -> Told:
        cone = self.shape.cone(*(effect.spot.job for effect in effects))
        self._runs.reach(*cone)
        model = self._runs.run(assume, cone, focus)
        assert model is not None  # it was asked before
        return Told(self.shape, cone, self._runs, model)

    def _tell(
        self, told: Told, later: Effect, ordered: Sequence[Effect], loose: Mapping[Effect, bool]
    ) -> Telling:
        tried = (each for each, reached in loose.items() if reached)
        story = list(told.opening(deciders(self.shape, (later, *ordered, *tried))))
        upset = False
        concern = {each for one in ordered for each in self.shape.cone(one.spot.job)}
        for job in told.unusual(concern):
            if job != later.spot.job:
                moments = list(told.job(job))
                moments += [m for each in ordered if each.spot.job == job for m in told.why_not(each)]
                upset = upset or bool(moments)
                story += moments
        story += surroundings(self.shape, later, upset)
        story += told.job(later.spot.job)
        story += [m for each in ordered if each.spot.job == later.spot.job for m in told.why_not(each)]
        story.append(happening(self.shape, later))
        story += [self._not_yet(later, each, reached) for each, reached in loose.items()]
        options = (*ordered, *loose)
        doubts = (
            *told.doubts(),
            *self._doubts(later, options),
            *self._handed_on(told, later, options),
            *_unseen(told, options),
        )
        return tuple(story), told.run(tuple(each.spot for each in loose)), doubts

    def _not_yet(self, later: Effect, earlier: Effect, tried: bool) -> Moment:
        job = self.shape.jobs[earlier.spot.job]
        steps = job.leg(earlier.spot.leg).steps
        step = steps[earlier.spot.step]
        name, where = leg_name_of(self.shape, earlier.spot), step_name(steps, step)
        if replace(earlier.spot, order=0) == replace(later.spot, order=0):
            text = f"{where} of {name} is stopped half-way{_undone(earlier)}"
            return Moment(text, job.id, "cancelled", step.place)
        if not tried:
            return Moment(f"{name} does not get to {where} in such a run", job.id, "skipped", step.place)
        waits = "" if job.id == later.spot.job else f", for which {later.spot.job} does not wait,"
        text = f"{name}{waits} then fails at {where}{_undone(earlier)}"
        return Moment(text, job.id, "failure", earlier.place or step.place)

    def _doubts(self, later: Effect, options: Sequence[Effect]) -> list[str]:
        doubts = []
        unread = self._unread(later)
        if unread is not None:
            doubts.append(f"{unread.what} could not be read: {unread.reason}")
        if later.conditional:
            doubts.append(f"{_named(later)} only if a condition inside its step holds")
        if later.supposed:
            doubts.append(f"{_named(later)} only if {' and '.join(sorted(later.supposed))}")
        if later.perhaps:
            doubts.append(f"{_named(later)} under this tag only if a value says so that only the run knows")
        if any(each.conditional for each in options):
            sure = tuple(replace(each, conditional=False) for each in options)
            if isinstance(self.requires(later, sure), Proved):
                doubts.append(f"{_named(options[0])} unless its step decides otherwise")
        return doubts

    def _handed_on(self, told: Told, later: Effect, options: Iterable[Effect]) -> Iterator[str]:
        """Whether one of *options* fails unseen in a step whose text, known in the run only, is asked for."""
        asked = self._asked(later)
        unseen = (each for each in options if each.masked and each.spot.site in asked)
        legs = ((each.spot.step, told.legs.get((each.spot.job, each.spot.leg))) for each in unseen)
        if any(leg and told.outcome(leg, leg.steps[step]) is not None for step, leg in legs):
            yield "unless what its step hands on says how the push ended"

    def _asked(self, later: Effect) -> set[str]:
        """The sites of the steps whose texts, only known in the run, decide whether *later* happens."""
        jobs = self.shape.cone(later.spot.job)
        return {atom.site for job in jobs for atom in self.shape.data(job) if atom.ended is None}

    def _unread(self, effect: Effect) -> Unread | None:
        # A condition that could not be read may ask for just what is in question.
        job = self.shape.jobs[effect.spot.job]
        steps = job.leg(effect.spot.leg).steps
        places = {job.condition_place} | {
            self.shape.jobs[call].condition_place for call in self.shape.callers(job.id)
        }
        places |= {steps[each].condition_place for each in (*steps[effect.spot.step].scope, effect.spot.step)}
        known = {_line(place) for place in places if place is not None}
        return next((each for each in self.instance.unread if _line(each.place) in known), None)

    # possible

    def _happen(self, *effects: Effect) -> Occurrence:
        if all(self._shortcut.smooth(effect) for effect in effects):
            return self._smoothly(*effects)
        if not self._calm.happen(effects) and not self._runs.happen(effects):
            return Never()
        return Happens.later(lambda: self._find_occurrence(self._starting(effects), effects))

    def _starting(self, effects: Iterable[Effect]) -> list[Formula]:
        return [self._runs.starts(effect) for effect in effects]

    def _smoothly(self, *effects: Effect) -> Happens:
        moments = tuple(happening(self.shape, effect) for effect in effects)
        return Happens(moments, Run(), tuple(_conditions(effects)))

    def _occurs(self, assume: list[Formula], effects: tuple[Effect, ...]) -> Occurrence:
        if FALSE in assume or self._runs.impossible(assume):
            return Never()
        return Happens.later(lambda: self._find_occurrence(assume, effects))

    def _find_occurrence(self, assume: list[Formula], effects: tuple[Effect, ...]) -> Telling:
        told = self._shortest(assume, effects, ())
        story = list(told.opening(deciders(self.shape, effects)))
        for job in told.unusual(set()):
            story += told.job(job)
        story += [happening(self.shape, effect) for effect in effects]
        return tuple(story), told.run(()), (*told.doubts(), *_conditions(effects))

    # cuts

    def _knives(self, effect: Effect) -> Iterable[_Knife]:
        job = self.shape.jobs[effect.spot.job]
        if self.instance.group is not None:
            yield _Knife(Cause.RUN_GROUP, job, self.instance.group.cancels, self.instance.group.place)
        for id in (job.id, *self.shape.callers(job.id)):
            group = self.shape.jobs[id].group
            if group is not None:
                yield _Knife(Cause.JOB_GROUP, self.shape.jobs[id], group.cancels, group.place)
        if len(job.legs) > 1 or any(leg.many for leg in job.legs):
            yield _Knife(Cause.FAIL_FAST, job, job.fail_fast, job.place)

    def _cut(self, first: Effect, second: Effect, knife: _Knife) -> Cut | None:
        if knife.condition == FALSE:
            return None
        job = knife.job
        condition = job_rules.tolerance(self.shape, job, knife.condition)
        assume = [self._runs.starts(first), condition]
        if condition != TRUE:
            # What was seen in all runs has to be so in those that can be cut.
            if self._runs.impossible([*assume, self._runs.starts(second)]):
                return None
            if self._comes_before(second, first):
                assume.append(neg(self._runs.succeeded(second)))
        occurs = self._occurs(assume, (first,))
        if not isinstance(occurs, Happens):
            return None
        words = {
            Cause.RUN_GROUP: "a newer run of the same concurrency group cancels this one",
            Cause.JOB_GROUP: f"a newer member of the concurrency group of {job.id} cancels it",
            Cause.FAIL_FAST: f"another leg of {job.id} fails, and fail-fast cancels this one",
        }
        end = Moment(f"{words[knife.cause]}{_undone(second)}", job.id, "cancelled", knife.place)
        return Cut(knife.cause, job.id, knife.place, (*occurs.story, end))


def _unseen(told: Told, options: Iterable[Effect]) -> Iterator[str]:
    """What has to be so for those of *options* to have failed unseen that have."""
    for each in options:
        leg = told.legs.get((each.spot.job, each.spot.leg))
        if each.unseen and leg and told.outcome(leg, leg.steps[each.spot.step]) is Result.SUCCESS:
            yield f"its failure goes unseen only if {' and '.join(sorted(each.unseen))}"


def _without(job: Job, need: str) -> Job:
    return replace(job, needs=tuple(each for each in job.needs if each != need))


def _refusing(leg: Leg) -> Leg:
    steps = (
        replace(each, refuses=disj((each.refuses, each.may_refuse)), may_refuse=FALSE) for each in leg.steps
    )
    return replace(leg, steps=tuple(steps))


def _line(place: Place) -> tuple[str, int]:
    return place.file, place.line


def _named(effect: Effect) -> str:
    return effect.what or "it happens"


def _undone(effect: Effect) -> str:
    return f", before {effect.what}" if effect.what else ""


def _conditions(effects: Iterable[Effect]) -> list[str]:
    return [
        f"{_named(each)} only if a condition inside its step holds" for each in effects if each.conditional
    ]
