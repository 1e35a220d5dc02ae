"""The prover against a machine that carries out every run."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.workflows.as_text import text_of, writable
from tests.workflows.generator import FAMILIES, Case, Generator, Kind, case_of
from tests.workflows.prove.compare import disagreements, effect
from tests.workflows.simulator import Simulator, TooMany
from wholeship.workflows.instance import Spot
from wholeship.workflows.prove import Proved, Prover
from wholeship.workflows.read import read

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
            assert disagreements(case, explored(case), replay=seed % 2 == 0) == [], f"seed {seed}"


@pytest.mark.parametrize("family", FAMILIES)
def test_agree_on_all_of(family: Callable[[], Iterator[Case]]) -> None:
    """Jobs in a line and calls, under every combination of conditions that only ask for a status."""
    for number, case in enumerate(family()):
        assert disagreements(case, explored(case, 10**6)) == [], f"case {number}"


def test_agree_through_text() -> None:
    """Written as YAML and read back, a workflow has the same runs."""
    asked = 0
    for seed in range(120):
        case = case_of(seed)
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
