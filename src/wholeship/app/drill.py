"""`wholeship drill`: a rehearsal release killed at every step and hit by every fault."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from wholeship.app.drill_parts import RealParts
from wholeship.app.world import World
from wholeship.core.progress import Outcome, Progress, Task
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson
from wholeship.testing.drill.campaign import Choice, Report, Tally, campaign, replay
from wholeship.testing.drill.engine import Case, End, Run
from wholeship.testing.drill.families import FAMILIES
from wholeship.testing.drill.scratch import Scratch, left_behind


@dataclass(frozen=True, slots=True)
class DrillQuestion:
    """Which runs are played: all of the families named (none: of every one), or one again by its name.

    ``registry``: on a scratch repository there; empty: in memory. ``jobs``: processes, 0: one for each core.
    """

    families: tuple[str, ...] = ()
    full: bool = False
    seed: int = 0
    jobs: int = 0
    replay: str = ""
    registry: str = ""


@dataclass(frozen=True, slots=True)
class DrillAnswer:
    """What was played, and how it ended."""

    report: Report
    registry: str = ""
    remarks: tuple[str, ...] = ()


def play_drill(question: DrillQuestion, world: World) -> DrillAnswer:
    """Drill."""
    if question.replay:
        return _replayed(question.replay)
    return _on_registry(question, world) if question.registry else _in_memory(question, world)


def _in_memory(question: DrillQuestion, world: World) -> DrillAnswer:
    jobs = question.jobs or len(os.sched_getaffinity(0))
    choice = Choice(_letters(question.families), question.full, question.seed, jobs)
    choice.cases()
    return DrillAnswer(campaign(RealParts(), choice, _FamilyProgress(world.progress, choice)))


def _on_registry(question: DrillQuestion, world: World) -> DrillAnswer:
    """On a registry of the user's own, in repositories made for it."""
    host = Repository.parse(f"{question.registry}/x").host
    insecure = frozenset({host} if world.is_loopback(host.rpartition(":")[0] or host) else ())
    transport, environment = world.open_transport(), world.environment
    place = Scratch(RealParts(), question.registry, transport, world.clock, environment, insecure)
    choice = Choice(_letters(question.families), question.full, question.seed)
    names = ", ".join(str(repository) for repository in place.repositories)
    world.progress.warned(f"this writes to {names}, and to nothing else")
    place.check()
    report = place.play(choice, lambda run: world.progress.said(f"{run.name}: {run.end}"))
    return DrillAnswer(report, question.registry, tuple(left_behind(place)))


def _letters(families: Sequence[str]) -> tuple[str, ...]:
    words = tuple(letter for word in families for letter in word.upper().replace(",", ""))
    return words or tuple(FAMILIES)


def _replayed(name: str) -> DrillAnswer:
    """One run, once more."""
    began = time.perf_counter()
    run = replay(RealParts(), name)
    tally = Tally()
    seconds = time.perf_counter() - began
    tally.add(replace(run, met=True), seconds)
    letter = run.case[0]
    remarks = (f"{run.name} ended {run.end}", *(["the fault never struck"] if not run.met else []))
    report = Report(Choice((letter,), full=True), {letter: tally}, seconds)
    return DrillAnswer(report, remarks=remarks)


class _FamilyProgress:
    """Progress by family: how many runs so far, and what failed as soon as it did."""

    def __init__(self, progress: Progress, choice: Choice) -> None:
        self._progress = progress
        self._left = dict.fromkeys(choice.families, 0)
        for case in choice.cases():
            self._left[case.family] += 1
        self._runs = dict.fromkeys(choice.families, 0)
        self._failed = dict.fromkeys(choice.families, 0)
        self._seen: set[str] = set()
        for letter in choice.families:
            progress.started(Task("drill", letter), FAMILIES[letter].title)

    def __call__(self, case: Case, results: Sequence[tuple[Run, float]]) -> None:
        letter = case.family
        self._runs[letter] += sum(run.met for run, _ in results)
        failed = [run for run, _ in results if run.broken]
        self._failed[letter] += len(failed)
        for run in failed[:1]:
            self._progress.warned(f"{run.name}: {run.broken[0][:200]}")
        if case.id not in self._seen:
            self._seen.add(case.id)
            self._left[letter] -= 1
        task, note = Task("drill", letter), f"{self._runs[letter]:,} runs"
        if self._left[letter]:
            self._progress.advanced(task, note)
        else:
            self._progress.finished(task, Outcome.FAILED if self._failed[letter] else Outcome.DONE, note)


def drill_document(answer: DrillAnswer, exit_code: int) -> DrillJson:
    """*answer* as it is printed."""
    report = answer.report
    return DrillJson(
        full=report.choice.full,
        seed=report.choice.seed,
        registry=answer.registry,
        runs=report.runs,
        seconds=round(report.seconds, 3),
        families=[_family_json(letter, tally) for letter, tally in report.tallies.items()],
        failures=[
            FailureJson(r.name, list(r.broken), r.code, f"wholeship drill --replay '{r.name}'", list(r.story))
            for r in report.failed
        ],
        remarks=list(answer.remarks),
        exit_code=exit_code,
    )


def _family_json(letter: str, tally: Tally) -> FamilyJson:
    def count(end: End) -> int:
        return tally.ends.get(end, 0)

    return FamilyJson(
        family=letter,
        title=FAMILIES[letter].title,
        runs=tally.runs,
        published=count(End.PUBLISHED),
        refused=count(End.REFUSED),
        told=count(End.TOLD),
        unfinished=count(End.UNFINISHED),
        half=count(End.HALF),
        failed=len(tally.failed),
        missed=tally.missed,
        seconds=round(tally.seconds, 3),
        withdrawn=count(End.WITHDRAWN),
    )
