"""What is read off the graph is what the solver finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from tests.prove.compare import effect
from tests.prove.generator import case_of
from wholeship.core.place import Place
from wholeship.github.semantics import GITHUB
from wholeship.logic.formula import TRUE, Atom, Formula, conj, disj, neg
from wholeship.pipeline.run import Data, Function, Job, Leg, NeedsResult, Result, Spot, Status, Step, Tells
from wholeship.prove.answers import Effect
from wholeship.prove.calm import CalmRuns
from wholeship.prove.encoding import Encoding
from wholeship.prove.shape import Shape
from wholeship.prove.shortcut import Shortcut

CASES = 400


def drawn() -> Iterator[tuple[Shape, list[Effect]]]:
    for seed in range(500_000, 500_000 + CASES):
        case = case_of(seed)
        yield Shape(case.instance, GITHUB), [effect(spot) for spot in case.spots]


def test_what_happens_in_a_calm_run_happens_in_a_run() -> None:
    """Two effects that a calm run has can both happen; one that it lacks can be missing beside the other."""
    said = missed = 0
    for shape, effects in drawn():
        calm, runs = CalmRuns(shape), Encoding(shape)
        for one, other in product(effects, effects):
            if calm.happen((one, other)):
                said += 1
                assert runs.happen((one, other)), (one, other)
            if calm.lacks(one, (other,)):
                missed += 1
                assert not runs.impossible([runs.starts(one), neg(runs.succeeded(other))]), (one, other)
    assert said > 200
    assert missed > 20


def test_what_the_shape_gives_away_is_so_in_every_run() -> None:
    """Where the shape says that one effect is certain before another, no run has the other without it."""
    said = 0
    for shape, effects in drawn():
        shortcut, runs = Shortcut(shape), Encoding(shape)
        for earlier, later in product(effects, effects):
            if earlier != later and shortcut.certain(earlier, later):
                said += 1
                assert runs.impossible([runs.starts(later), neg(runs.succeeded(earlier))]), (earlier, later)
    assert said > 50


PLACE = Place("w.yml", 1)


def shape_of(
    *jobs: tuple[Formula, tuple[str, ...]],
    step: Formula = TRUE,
    later: Formula = TRUE,
    axioms: tuple[Formula, ...] = (),
) -> Shape:
    """Jobs of one step each, called ``0``, ``1`` …: their conditions, and what they need.

    *step*: the condition of the first job's step; *later*: that of the others' steps.
    """
    made = tuple(
        Job(
            str(at),
            str(at),
            PLACE,
            needs,
            condition=condition,
            legs=(Leg("", (Step(0, "it", PLACE, condition=later if at else step),)),),
        )
        for at, (condition, needs) in enumerate(jobs)
    )
    return Shape(replace(case_of(0).instance, jobs=made, axioms=axioms, group=None), GITHUB)


def effect_in(job: str, *, masked: bool = False) -> Effect:
    return Effect(Spot(job, "", 0), f"{job} is done", PLACE, masked=masked)


def test_what_excludes_each_other_is_not_calm() -> None:
    """Two jobs, each on one of two branches, do not happen in one calm run; nor where neither may be."""
    main, next = Atom(Data("github.ref == 'main'")), Atom(Data("github.ref == 'next'"))
    jobs = ((main, ()), (next, ()))
    effects = (effect_in("0"), effect_in("1"))
    assert CalmRuns(shape_of(*jobs)).happen(effects)
    assert not CalmRuns(shape_of(*jobs, axioms=(neg(conj((main, next))),))).happen(effects)
    either = CalmRuns(shape_of((neg(main), ()), (neg(next), ()), axioms=(disj((main, next)),)))
    assert not either.happen(effects)


def test_a_masked_push_that_an_output_tells_of_is_not_lacking() -> None:
    """A push whose step ends well all the same has happened where an output says so that is asked for."""
    pushed = Atom(
        Data("needs.0.outputs.pushed == 'true'", site="0/0", tells=Tells(frozenset({0}), early=True))
    )
    told = CalmRuns(shape_of((TRUE, ()), (TRUE, ("0",)), axioms=(pushed,)))
    untold = CalmRuns(shape_of((TRUE, ()), (TRUE, ("0",))))
    assert untold.lacks(effect_in("1"), [effect_in("0", masked=True)])
    assert not told.lacks(effect_in("1"), [effect_in("0", masked=True)])


def test_what_a_job_asks_for_is_known_in_it() -> None:
    """A step on a branch has run for a job that asks for the branch; not for one of two, nor again."""
    main, next = Atom(Data("github.ref == 'main'")), Atom(Data("github.ref == 'next'"))
    success = Atom(Status(Function.SUCCESS))

    def certain(asked: Formula, step: Formula = main) -> bool:
        shortcut = Shortcut(shape_of((TRUE, ()), (conj((success, asked)), ("0",)), step=step))
        return shortcut.certain(effect_in("0"), effect_in("1"))

    assert certain(main)
    assert not certain(disj((main, next)))
    assert not certain(next)
    for asked, known in ((main, True), (disj((main, next)), False)):
        shape = shape_of((TRUE, ()), (success, ("0",)), step=main, later=asked)
        assert Shortcut(shape).certain(effect_in("0"), effect_in("1")) == known
    variable = Atom(Data("vars.PUSH == 'true'"))
    assert not certain(variable, variable)  # another value in the second attempt


def test_what_an_ancestor_asked_for_is_known_where_it_has_started() -> None:
    """A branch that one needed job asks for is known to the next one only where that job has run for it."""
    main, through = Atom(Data("github.ref == 'main'")), Atom(Status(Function.SUCCESS))
    named = Atom(NeedsResult("0", Result.SUCCESS))
    for asked, known in ((through, True), (named, False)):
        shape = shape_of((TRUE, ()), (conj((through, main)), ("0",)), (asked, ("0", "1")), step=main)
        assert Shortcut(shape).certain(effect_in("0"), effect_in("2")) == known
