"""How long the prover takes on synthetic workflows of growing size, and how much memory.

``python -m bench.prover [SIZES…]``. Every job needs up to three of the forty before it and has one of the
conditions of real workflows; every fifth pushes an image, every seventh runs a check. For each push it is
asked whether the five pushes and the five checks before it in the file have certainly succeeded before it,
and for the last one about every push and check in the file; the last twenty refutations are told. So the
number of questions grows with the size, and so does what each of them has to look at.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections import Counter

from bench.common import machine, table
from wholeship.core.place import Place
from wholeship.github.semantics import GITHUB
from wholeship.logic.formula import TRUE, Atom, Formula, conj, disj, neg
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
    Step,
)
from wholeship.prove import Effect, Prover, Refuted

SIZES = (25, 50, 100, 200, 500, 1000)
TOLD = 20  # refutations of which the shortest run is looked for and told
HERE = Place("synthetic.yml", 1, 1)
SUCCESS, CANCELLED = Atom(Status(Function.SUCCESS)), Atom(Status(Function.CANCELLED))


def workflow(size: int, seed: int = 0) -> Instance:
    """A workflow of *size* jobs with conditions."""
    draw = random.Random(seed)
    jobs = [_job(number, draw) for number in range(size)]
    return Instance("synthetic.yml", Scenario("push", "push", HERE), tuple(jobs))


def _job(number: int, draw: random.Random) -> Job:
    near = range(max(0, number - 40), number)
    needs = tuple(f"job-{n}" for n in sorted(draw.sample(near, min(len(near), draw.randint(1, 3)))))
    steps = tuple(
        Step(
            i,
            name,
            HERE,
            condition=SUCCESS if draw.random() < 0.9 else conj((SUCCESS, Atom(Data("inputs.x")))),
        )
        for i, name in enumerate(("Check out", "Set up", "Work", "Finish"))
    )
    condition = _condition(needs, draw)
    return Job(f"job-{number}", f"job-{number}", HERE, needs, condition=condition, legs=(Leg("", steps),))


def _condition(needs: tuple[str, ...], draw: random.Random) -> Formula:
    flag = Atom(Data(draw.choice(("inputs.dry_run", "github.event_name == 'push'", "vars.REGION == 'eu'"))))
    succeeded = [Atom(NeedsResult(need, Result.SUCCESS)) for need in needs]
    failed = [Atom(NeedsResult(need, Result.FAILURE)) for need in needs]
    chosen = draw.random()
    if chosen < 0.5:
        return SUCCESS
    if chosen < 0.7:
        return conj((SUCCESS, flag))
    if chosen < 0.8:
        return neg(CANCELLED)
    if chosen < 0.9:
        return conj((TRUE, *succeeded))
    return conj((neg(disj(failed)), neg(CANCELLED)))


def ask(size: int) -> tuple[int, Counter[str], float]:
    """How many questions, what was answered, and seconds of one core with everything from the instance on."""
    instance = workflow(size)
    spots = {n: Effect(Spot(f"job-{n}", "", 2), f"image {n} is pushed") for n in range(size)}
    pushes = [n for n in spots if n % 5 == 4]
    checks = [n for n in spots if n % 7 == 3]
    pairs = [(push, other) for push in pushes for other in _before(push, pushes) + _before(push, checks)]
    pairs += [(pushes[-1], other) for other in pushes + checks if other != pushes[-1]]
    started = time.process_time()
    prover = Prover(instance, GITHUB)
    answers = [prover.requires(spots[one], spots[other]) for one, other in pairs]
    for refuted in [answer for answer in answers if isinstance(answer, Refuted)][-TOLD:]:
        assert refuted.story
    seconds = time.process_time() - started
    return len(pairs), Counter(type(answer).__name__ for answer in answers), seconds


def _before(push: int, others: list[int]) -> list[int]:
    return [other for other in others if other < push][-5:]


def main() -> None:
    """Print one row for each size, each measured in a process of its own."""
    if sys.argv[1:2] == ["--one"]:
        count, answers, seconds = ask(int(sys.argv[2]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(count, answers["Proved"], answers["Refuted"], f"{seconds:.2f}", f"{peak:.0f}")
        return
    rows = []
    for size in [int(each) for each in sys.argv[1:]] or SIZES:
        command = [sys.executable, "-m", "bench.prover", "--one", str(size)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        rows.append([str(size), *said, f"{1000 * float(said[3]) / int(said[0]):.1f}"])
    print(machine())
    print(table(["jobs", "questions", "proved", "refuted", "s of one core", "MB peak", "ms/question"], rows))


if __name__ == "__main__":
    main()
