"""What runs in a scenario, and behind what."""

from __future__ import annotations

from wholeship.core.place import Place
from wholeship.core.platform import Platform
from wholeship.forecast.shape import shape_of, skipped
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, disj
from wholeship.pipeline.publish import Build, Facts, LocalBuild
from wholeship.pipeline.run import (
    Data,
    Function,
    Instance,
    Job,
    Leg,
    NeedsResult,
    Result,
    Scenario,
    Spot,
    Status,
)

HERE = Place("publish.yml", 1, 1)
SUCCESS = Atom(Status(Function.SUCCESS))


def job(id: str, *needs: str, condition: Formula = SUCCESS, **more: object) -> Job:
    legs = (Leg("", (), runner=("ubuntu-24.04",)),)
    return Job(id, id, HERE, needs=needs, condition=condition, **{"legs": legs, **more})  # type: ignore[arg-type]


def instance(*jobs: Job) -> Instance:
    return Instance("publish.yml", Scenario("push", "push", HERE), jobs)


def test_skipped_jobs_take_their_dependants_along() -> None:
    """A job whose condition is false is left out, and so is what needs its success; `always()` is not."""
    jobs = (
        job("a", condition=FALSE),
        job("b", "a"),
        job("c", "b", condition=TRUE),
        job("d", condition=Atom(Status(Function.FAILURE))),
        job("e", "a", condition=Atom(NeedsResult("a", Result.SKIPPED))),
        job("f", condition=disj((FALSE, Atom(Data("inputs.x"))))),
    )
    assert skipped(jobs) == ("a", "b", "d")


def test_inner_jobs_wait_for_what_their_caller_waits_for() -> None:
    """A called workflow starts when its caller may, and the caller ends with its last inner job."""
    found = shape_of(
        instance(
            job("tag"),
            job("call", "tag", legs=(), inner=("call/x", "call/y")),
            job("call/x", caller="call"),
            job("call/y", "call/x", caller="call"),
            job("after", "call"),
        ),
        Facts(),
    )
    needs = {shape.id: shape.needs for shape in found.jobs}
    assert needs == {
        "tag": (),
        "call": ("tag", "call/x", "call/y"),
        "call/x": ("tag",),
        "call/y": ("call/x", "tag"),
        "after": ("call",),
    }
    assert [shape.id for shape in found.jobs if shape.call] == ["call"]


def test_platforms_come_from_what_is_built() -> None:
    """A job's platforms are those of its builds; where they cannot be read, that is said."""
    arm = frozenset({Platform("linux", "arm64")})
    facts = Facts(
        builds=(
            LocalBuild(Spot("build"), Build(), arm, "docker build", HERE),
            LocalBuild(Spot("other"), Build(), None, "docker build", HERE),
        )
    )
    many = (Leg("", (), runner=("ubuntu-24.04",), many=True),)
    found = shape_of(instance(job("build"), job("other", legs=many)), facts)
    assert found.jobs[0].platforms == arm
    assert found.jobs[0].runner == "ubuntu-24.04"
    assert found.remarks == (
        "other: which platforms it builds is only known in the run",
        "other: how many legs run is only known in the run; one is counted",
    )
