"""The prover against a machine that carries out every run."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from tests.prove.as_text import as_read, spot_as_read, text_of, writable
from tests.prove.compare import disagreements, effect, knives
from tests.prove.generator import CANCELLED, FAMILIES, Case, Generator, Kind, case_of, line
from tests.prove.simulator import Simulator, TooMany, mutable
from wholeship.github.read import read_workflow
from wholeship.github.semantics import GITHUB
from wholeship.logic.formula import Atom, conj, neg
from wholeship.pipeline.run import NeedsResult, Result, Spot
from wholeship.prove import Never, Proved, Prover

FEW = 400
LIMIT = 1_500  # states; a workflow with more is left out, and another one drawn
HIGH = 2_000  # the same, where there is time
FIRST = int(os.environ.get("AGREEMENT_FIRST", "10000"))
MANY = int(os.environ.get("AGREEMENT_COUNT", "100000"))


def explored(case: Case, limit: int = LIMIT) -> Simulator:
    """Every run of *case*; :class:`TooMany` when it has too many."""
    simulator = Simulator(case.instance, case.spots, limit=limit)
    simulator.explore()
    return simulator


@pytest.mark.parametrize("block", range(10))
def test_agree(block: int) -> None:
    """The prover says proved exactly where no run breaks it, and what it shows is a run."""
    for seed in range(block * FEW // 10, (block + 1) * FEW // 10):
        case = case_of(seed)
        with contextlib.suppress(TooMany):
            assert disagreements(case, explored(case), replay=True) == [], f"seed {seed}"


@pytest.mark.parametrize("family", FAMILIES)
def test_agree_on_all_of(family: Callable[[], Iterator[Case]]) -> None:
    """Jobs in a line and calls, under every combination of conditions that only ask for a status."""
    for number, case in enumerate(family()):
        assert disagreements(case, explored(case, 10**6)) == [], f"case {number}"


def test_agree_through_text() -> None:
    """Written as YAML and read back, a workflow has the same runs."""
    asked = 0
    for seed in range(150):
        case = case_of(seed)
        if writable(case.instance):
            with contextlib.suppress(TooMany):
                assert disagreements_through_text(case) == [], f"seed {seed}"
                asked += 1
    assert asked > 30


def disagreements_through_text(case: Case) -> list[str]:
    """Questions about *case* on which simulator, and prover with the reader before it, differ."""
    text, files = text_of(case.instance)
    (read_back,) = read_workflow(text, "w.yml", files.get).instances
    instance = replace(as_read(case.instance), rerunnable=read_back.rerunnable)
    simulator = explored(replace(case, instance=instance))
    there = {Spot(job.id, leg.name, step.index) for job, leg, step in read_back.spots()}
    places = {spot: spot_as_read(instance, spot) for spot in case.spots}
    lost = [
        f"{spot} can start" for spot in case.spots if places[spot] not in there and simulator.starts(spot)
    ]
    kept = [spot for spot in case.spots if places[spot] in there]
    prover = Prover(read_back, GITHUB)
    return (
        lost
        + [
            wrong
            for later, earlier in itertools.permutations(kept, 2)
            for wrong in differences(later, earlier, places, simulator, prover)
        ]
        + [
            f"cuts {first} and {second}"
            for first, second in itertools.permutations(kept, 2)
            if {cut.cause for cut in prover.cuts(effect(places[first]), effect(places[second]))}
            != {cause for cause, cancels in knives(case, second) if simulator.cut(first, second, cancels)}
        ]
    )


def differences(
    later: Spot, earlier: Spot, places: Mapping[Spot, Spot], simulator: Simulator, prover: Prover
) -> Iterator[str]:
    """What the prover, which knows the steps by their *places*, says otherwise than the simulator."""
    one, other = effect(places[later]), effect(places[earlier])
    if isinstance(prover.possible(one), Never) == simulator.starts(later):
        yield f"possible {later}"
    if isinstance(prover.requires(one, other), Proved) == simulator.without(later, [earlier]):
        yield f"{later} requires {earlier}"
    if isinstance(prover.together(one, other), Never) == simulator.together(later, earlier):
        yield f"together {later} and {earlier}"


def test_a_third_attempt_adds_little() -> None:
    """What a third attempt can do a second one can, where no variable decides."""
    compared = 0
    for seed in itertools.count():
        case = Generator(seed, Kind.AGAIN).case()
        twice, thrice = (Simulator(case.instance, case.spots, limit=LIMIT * n) for n in (1, 4))
        if any(mutable(key) for key in twice.every_datum()):
            continue
        with contextlib.suppress(TooMany):
            twice.explore()
            thrice.explore(attempts=3)
            for later, earlier in itertools.permutations(case.spots, 2):
                assert twice.without(later, [earlier]) == thrice.without(later, [earlier]), f"seed {seed}"
            compared += 1
        if compared == 30:
            break


def test_what_only_a_third_attempt_can_do() -> None:
    """A line of jobs that want a cancelled run, one that is not, and so on, needs an attempt for each two."""
    succeeded = [Atom(NeedsResult(f"j{number}", Result.SUCCESS)) for number in range(3)]
    asked = (CANCELLED, neg(CANCELLED), CANCELLED, neg(CANCELLED))
    conditions = [conj((each, *succeeded[max(n - 1, 0) : n])) for n, each in enumerate(asked)]
    case = line(conditions, rerunnable=True)
    starts = []
    for attempts in (2, 3):
        simulator = Simulator(case.instance, case.spots)
        simulator.explore(attempts)
        starts.append(simulator.starts(Spot("j3")))
    assert starts == [False, True]
    assert isinstance(Prover(case.instance, GITHUB).possible(effect(Spot("j3"))), Never)


@pytest.mark.parametrize("kind", Kind)
def test_order_of_trying(kind: Kind) -> None:
    """Taking unseen events first loses no run."""
    compared = 0
    for seed in itertools.count():
        case = Generator(seed, kind).case()
        seen = []
        with contextlib.suppress(TooMany):
            for eager in (True, False):
                simulator = Simulator(case.instance, case.spots, eager=eager, limit=3_000)
                simulator.explore()
                seen.append((simulator.snapshots, simulator.ends))
            assert seen[0] == seen[1], f"seed {seed}"
            compared += 1
        if compared == 3:
            break


def _check(seed: int) -> tuple[int, Kind, list[str] | None]:
    case = case_of(seed)
    try:
        return seed, case.kind, disagreements(case, explored(case, HIGH))
    except TooMany:
        return seed, case.kind, None


@pytest.mark.extended
@pytest.mark.timeout(0)
def test_agree_on_many(capsys: pytest.CaptureFixture[str]) -> None:
    """No disagreement on a hundred thousand random workflows.

    AGREEMENT_COUNT sets another number, AGREEMENT_FIRST the seed to begin with: a run that was broken off
    goes on after the last seed it told. AGREEMENT_PROCESSES says how many cores it may use.
    """
    started, agreed, large = time.monotonic(), 0, 0
    kinds: Counter[str] = Counter()
    with multiprocessing.Pool(int(os.environ.get("AGREEMENT_PROCESSES", "2"))) as pool:
        for seed, kind, found in pool.imap(_check, itertools.count(FIRST), chunksize=20):
            assert not found, f"seed {seed}: {found}"
            agreed, large = agreed + (found is not None), large + (found is None)
            kinds[kind.value] += found is not None
            if found is not None and (agreed % 1000 == 0 or agreed >= MANY):
                with capsys.disabled():
                    seconds = time.monotonic() - started
                    told = f"{agreed} workflows agree, {large} too large, seeds {FIRST} to {seed}"
                    print(f"{told}, {seconds:.0f} s, {dict(kinds)}", flush=True)
            if agreed >= MANY:
                pool.terminate()
                break
