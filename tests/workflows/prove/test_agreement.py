"""The prover against a machine that carries out every run."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import time
from dataclasses import replace

import pytest

from tests.workflows.as_text import text_of, writable
from tests.workflows.generator import Case, Generator
from tests.workflows.simulator import Script, Simulator, TooMany
from wholeship.workflows.instance import Spot
from wholeship.workflows.prove import Effect, Happens, Never, Proved, Prover, Refuted
from wholeship.workflows.read import read

FEW = 200
LIMIT = 2_000  # states; a workflow with more is left out, and another one drawn
LOW = 800  # the same, where very many are drawn
MANY = int(os.environ.get("AGREEMENT_COUNT", "100000"))


def effect(spot: Spot) -> Effect:
    return Effect(spot, f"{spot.job}/{spot.leg}/{spot.step} is done")


def disagreements(case: Case, *, limit: int = LIMIT, replay: bool = False) -> list[str]:
    """Every question about *case* that the prover and the simulator answer differently."""
    simulator = Simulator(case.instance, case.spots, limit=limit)
    simulator.explore()
    prover = Prover(case.instance)
    found = []
    for later in case.spots:
        possible = prover.possible(effect(later))
        if isinstance(possible, Never) == simulator.starts(later):
            found.append(f"possible {later}: {possible}")
        for earlier in case.spots:
            if earlier == later:
                continue
            answer = prover.requires(effect(later), effect(earlier))
            if isinstance(answer, Proved) == simulator.without(later, [earlier]):
                found.append(f"{later} requires {earlier}: {answer}")
            elif replay and isinstance(answer, Refuted) and not is_run(case, answer, later, [earlier]):
                found.append(f"{later} requires {earlier}: no such run: {answer}")
        others = [spot for spot in case.spots if spot != later]
        if len(others) > 1:
            answer = prover.requires(effect(later), [effect(each) for each in others])
            if isinstance(answer, Proved) == simulator.without(later, others):
                found.append(f"{later} requires any of {others}: {answer}")
    return found


def is_run(case: Case, answer: Refuted | Happens, later: Spot, earlier: list[Spot]) -> bool:
    """Whether a run with the outcomes of *answer* exists, and does start *later* without *earlier*."""
    run = answer.run
    legs: dict[tuple[str, str], dict[int, object]] = {}
    asked = {(spot.job, spot.leg) for spot in (later, *earlier) if spot.job in run.results}
    unfinished = {(spot.job, spot.leg) for spot in run.unfinished}
    for key in asked - (unfinished - {(later.job, later.leg)}):
        legs[key] = {step: result for (job, leg, step), result in run.steps.items() if (job, leg) == key}
    script = Script(
        results=run.results,
        legs=legs,  # type: ignore[arg-type]
        started=run.started,
        cancelled=run.cancelled,
        smooth=not run.results,
    )
    simulator = Simulator(case.instance, case.spots)
    simulator.follow(script, (run.data, run.data_again), run.again)
    return simulator.without(later, earlier)


@pytest.mark.parametrize("block", range(10))
def test_agree(block: int) -> None:
    """The prover says proved exactly where no run breaks it, and what it shows is a run."""
    for seed in range(block * FEW // 10, (block + 1) * FEW // 10):
        with contextlib.suppress(TooMany):
            assert disagreements(Generator(seed).case(), replay=True) == [], f"seed {seed}"


def test_agree_through_text() -> None:
    """Written as YAML and read back, a workflow has the same runs."""
    asked = 0
    for seed in range(90):
        case = Generator(seed, small=True).case()
        if writable(case.instance):
            with contextlib.suppress(TooMany):
                assert disagreements_through_text(case) == [], f"seed {seed}"
                asked += 1
    assert asked > 15


def disagreements_through_text(case: Case) -> list[str]:
    """Questions about *case* on which simulator, and prover with the reader before it, differ."""
    text, files = text_of(case.instance)
    (read_back,) = read(text, "w.yml", files.get).instances
    instance = replace(case.instance, rerunnable=read_back.rerunnable)
    simulator = Simulator(instance, case.spots, limit=LIMIT)
    simulator.explore()
    kept = {Spot(job.id, leg.name, step.index) for job, leg, step in read_back.spots()}
    lost = [f"{spot} can start" for spot in case.spots if spot not in kept and simulator.starts(spot)]
    prover = Prover(read_back)
    wrong = [
        f"{later} requires {earlier}"
        for later in kept.intersection(case.spots)
        for earlier in kept.intersection(case.spots) - {later}
        if isinstance(prover.requires(effect(later), effect(earlier)), Proved)
        == simulator.without(later, [earlier])
    ]
    return lost + wrong


def test_order_of_trying() -> None:
    """Taking unseen events first loses no run."""
    for seed in range(25):
        case = Generator(seed).case()
        if len(case.instance.jobs) > 2:
            continue
        seen = []
        for eager in (True, False):
            simulator = Simulator(case.instance, case.spots, eager=eager)
            simulator.explore()
            seen.append(simulator.snapshots)
        assert seen[0] == seen[1], f"seed {seed}"


def _check(seed: int) -> tuple[int, list[str] | None]:
    try:
        return seed, disagreements(Generator(seed, small=seed % 10 != 0).case(), limit=LOW)
    except TooMany:
        return seed, None


@pytest.mark.extended
@pytest.mark.timeout(0)
def test_agree_on_many(capsys: pytest.CaptureFixture[str]) -> None:
    """No disagreement on a hundred thousand random workflows (AGREEMENT_COUNT sets another number)."""
    started, agreed, large = time.monotonic(), 0, 0
    with multiprocessing.Pool(int(os.environ.get("AGREEMENT_PROCESSES", "2"))) as pool:
        for seed, found in pool.imap_unordered(_check, itertools.count(10_000), chunksize=20):
            assert not found, f"seed {seed}: {found}"
            agreed, large = agreed + (found is not None), large + (found is None)
            if agreed % 1000 == 0 or agreed >= MANY:
                with capsys.disabled():
                    seconds = time.monotonic() - started
                    print(f"{agreed} workflows agree, {large} too large, {seconds:.0f} s", flush=True)
            if agreed >= MANY:
                pool.terminate()
                break
