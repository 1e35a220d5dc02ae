"""Every fault, at a sample of the steps: never half, and every run finished or refused with its reason.

The full set is `wholeship drill --full`; `docs/drill.md` tells what it found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from wholeship.app.drill_parts import RealParts
from wholeship.core.errors import BadInput
from wholeship.testing.drill import Case, Choice, Drill, End, Strikes, campaign, replay
from wholeship.testing.drill.engine import parse_name, quiet, sampled, step_text
from wholeship.testing.drill.families import CASES, FAMILIES
from wholeship.testing.drill.machine import Machine, prepared, promoting
from wholeship.testing.drill.observer import INVARIANTS
from wholeship.testing.drill.schedule import by_chance, one_switch, shrunk, take_turns, two_switches
from wholeship.testing.drill.stage import PASSWORD, Stage, embedded_stage

PARTS = RealParts()
MATRIX = {
    *("K1", "K2", "K3", "K4"),
    *(f"R{n}" for n in range(1, 14)),
    *("A1", "A2", "A3", "A4", "L1", "L2", "L3", "L4"),
    *(f"C{n}" for n in range(1, 8)),
    *(f"S{n}" for n in range(1, 10)),
    *("F1", "F2", "G1", "G2", "E1"),
    *("I1", "J1", "J2", "T1", "D1", "M1", "M2", "N1", "W1", "W2", "W3"),
}


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    return Drill(PARTS, tmp_path)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    (tmp_path / "Dockerfile").touch()
    return embedded_stage(PARTS, tmp_path)


@pytest.mark.parametrize("letter", FAMILIES)
def test_no_fault_makes_a_release_half(letter: str) -> None:
    """A sample of the steps of every case of the family: nothing is broken, nothing is half."""
    report = campaign(PARTS, Choice((letter,)), lambda case, results: None)
    told = "\n".join(f"{run.name}: {run.broken[0]}" for run in report.failed)
    assert not report.failed, told
    assert report.tallies[letter].runs >= len(FAMILIES[letter].cases) // 2
    assert End.HALF not in report.tallies[letter].ends
    assert End.UNFINISHED not in report.tallies[letter].ends


def test_every_row_of_the_matrix_is_played() -> None:
    """No row without a case, and no two cases of one name."""
    assert {case.row for case in CASES} == MATRIX
    assert len({case.id for case in CASES}) == len(CASES)


def test_a_faultless_promotion_has_a_fixed_number_of_requests(stage: Stage) -> None:
    """Three images, two of them for two platforms, one alias, with the login: this many, and no more.

    Eight of them merge the records of the stages into one and take the earlier ones away.
    """
    prepared(stage)
    machine = Machine(stage, "one")
    assert machine.run(promoting).code == 0
    assert machine.line.count == 91
    assert list(quiet(stage, "one")) == []


def test_the_observer_sees_half(stage: Stage) -> None:
    """An observer that cannot see half would make the drill worthless: here it is shown some."""
    Machine(stage).run()
    assert stage.observer.broken == []
    stage.embedded.rebind(stage.repository("worker"), stage.plan.tag, None)
    stage.observer.look("somebody")
    assert any("I1 half" in text and "worker is missing" in text for text in stage.observer.broken)


def test_the_observer_sees_a_lost_platform(stage: Stage) -> None:
    """An index whose child is gone is short of a platform."""
    Machine(stage).run()
    worker = stage.images["worker"]
    stage.embedded.forget(stage.repository("worker"), worker.children[1].digest)
    stage.observer.look("somebody")
    assert any("lacks a platform" in text for text in stage.observer.broken)


def test_the_drill_catches_a_protocol_without_order(drill: Drill) -> None:
    """A process that writes the watched image first is caught, at the step at which it did."""

    def play(stage: Stage, step: int) -> Iterator[str]:
        image = stage.plan.commit_image
        made = stage.images[image.name]
        client = stage.client()
        made.push(client, image.repository)
        client.bind(image.repository, stage.plan.tag, made.manifest)
        yield from ()

    run = drill.run(Case("K1", "eager", "watched first", Strikes.ONCE, play=play), 1)
    assert run.end is End.HALF
    assert any(text.startswith("I1 half") for text in run.broken)


def test_a_secret_that_is_said_is_found(drill: Drill) -> None:
    """The search for secrets finds one that is there."""

    def play(stage: Stage, step: int) -> Iterator[str]:
        Machine(stage).run()
        stage.heard.append(f"the password is {PASSWORD}")
        yield from ()

    run = drill.run(Case("A1", "chatty", "says it", Strikes.ONCE, play=play), 1)
    assert run.broken == ("I10 a secret was shown (password)",)


def test_a_bug_in_the_drill_is_not_an_answer(drill: Drill) -> None:
    """A case that breaks is a failed run, and the others go on."""

    def play(stage: Stage, step: int) -> Iterator[str]:
        raise RuntimeError("oops")

    run = drill.run(Case("K1", "broken", "", Strikes.ONCE, play=play), 1)
    assert "the drill itself failed" in run.broken[0]


def test_the_same_run_is_the_same(drill: Drill) -> None:
    """A run is named by its case and step, and its name gives it again."""
    case = next(case for case in CASES if case.id == "R5/reset-and-blind")
    for step in (5, 40, 72):
        run = drill.run(case, step)
        again = replay(PARTS, run.name)
        assert (again.end, again.code, again.broken) == (run.end, run.code, run.broken)


def test_names_are_read_back() -> None:
    """What is printed can be typed."""
    for name in ("K1/kill@17", "C7/older-and-newer@12.3.*"):
        case, step = parse_name(name, CASES)
        assert f"{case.id}@{step_text(step)}" == name


@pytest.mark.parametrize("name", ["K1/kill", "K1/kill@x", "K9/none@1", "C5/twins@1.x", ""])
def test_names_of_nothing_are_refused(name: str) -> None:
    """A name that means no run is a mistake of who asks."""
    with pytest.raises(BadInput, match="no such run"):
        parse_name(name, CASES)


def test_an_unknown_family_is_refused() -> None:
    """So is a family."""
    with pytest.raises(BadInput, match="no family X"):
        Choice(("X",)).cases()


def test_samples_are_by_seed_and_spread() -> None:
    """The same seed gives the same steps, each from its own part of the run."""
    steps = tuple(range(1, 101))
    assert sampled(steps, 4, Random(1)) == sampled(steps, 4, Random(1))
    assert [int(step_text(step)) // 26 for step in sampled(steps, 4, Random(2))] == [0, 1, 2, 3]
    assert sampled(steps, 1000, Random(1)) == steps


def test_machines_take_turns_as_told(stage: Stage) -> None:
    """The order of requests is the order that was given."""
    prepared(stage)
    asked: list[str] = []
    machines = (Machine(stage, "one"), Machine(stage, "two"))
    stage.embedded.observers.append(lambda request, response: asked.append(""))
    endings = take_turns(machines, (3, 4, 10_000), promoting)
    assert [ending.code for ending in endings] == [0, 0]
    assert len(asked) == sum(machine.line.count for machine in machines)


def test_orders_are_enumerated() -> None:
    """One switch at every request, two at pairs of requests all over both."""
    assert one_switch(2) == ((0, 10_000), (1, 10_000), (2, 10_000))
    assert len(two_switches(9, 9)) == 4 * 3
    assert by_chance(Random(7), 50) == by_chance(Random(7), 50)


def test_a_failing_order_is_made_simple() -> None:
    """Of a long order only what makes it fail is left."""
    found = shrunk((5, 9, 2, 1, 7, 3), lambda order: len(order) > 2 and order[0] >= 4 and order[1] >= 2)
    assert found == (4, 2, 1)


def test_invariants_have_numbers() -> None:
    """I1 to I11, as the documentation numbers them."""
    assert list(INVARIANTS) == [f"I{n}" for n in range(1, 12)]
