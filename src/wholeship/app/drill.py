"""The real client, journal and exit codes, as the fault drill needs them."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.journal import FileJournal, locked
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.clock import Clock
from wholeship.core.errors import ExitCode
from wholeship.core.http import Transport
from wholeship.core.progress import Outcome, Progress, Task
from wholeship.core.reference import Repository
from wholeship.core.text import Redactor
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson
from wholeship.output.exit_codes import exit_code_of_release
from wholeship.release.ports import Journal, Registry
from wholeship.release.ship import Shipped
from wholeship.testing.drill.campaign import Choice, Report, Tally
from wholeship.testing.drill.engine import Case, End, Run
from wholeship.testing.drill.families import FAMILIES
from wholeship.testing.drill.parts import Disk

HELPER_PATIENCE = 0.5
"""Seconds of real time for a credential helper that hangs."""


def _half() -> float:
    return 0.5


@dataclass(frozen=True, slots=True)
class RealParts:
    """See :class:`wholeship.testing.drill.parts.Parts`. The same waits in every run."""

    def registry(
        self,
        transport: Transport,
        clock: Clock,
        environment: Mapping[str, str],
        redact: Redactor,
        *,
        insecure_hosts: frozenset[str] = frozenset(),
    ) -> Registry:
        """The client."""
        credentials = StoredCredentials(environment, learn=redact.learn, patience=HELPER_PATIENCE)
        return RegistryClient(
            transport,
            clock,
            credentials,
            insecure_hosts=insecure_hosts,
            patience=Patience(jitter=_half),
            redact=redact,
        )

    def journal(self, path: Path, disk: Disk) -> Journal:
        """The journal."""
        return FileJournal(path, disk)

    def locked(self, path: Path) -> AbstractContextManager[None]:
        """Its lock."""
        return locked(path)

    def exit_code(self, shipped: Shipped) -> ExitCode:
        """What the process would end with."""
        return exit_code_of_release(shipped)


def built_in(args: argparse.Namespace) -> DrillJson:
    """The drill on the registry in memory."""
    from wholeship.output.terminal import showing
    from wholeship.testing.drill.campaign import campaign

    jobs = args.jobs or len(os.sched_getaffinity(0))
    choice = Choice(_letters(args), args.full, args.seed, jobs)
    choice.cases()
    with showing(sys.stderr, quiet=args.quiet or args.format == "json") as progress:
        report = campaign(RealParts(), choice, _Told(progress, choice))
    return drill_json(report)


def on_registry(args: argparse.Namespace) -> DrillJson:
    """The drill on a registry of the user's own, in repositories made for it."""
    from wholeship.adapters.clock import SystemClock
    from wholeship.adapters.http import HttpTransport
    from wholeship.adapters.registry.challenge import is_loopback
    from wholeship.output.terminal import showing
    from wholeship.testing.drill.scratch import Scratch, left_behind

    host = Repository.parse(f"{args.registry}/x").host
    insecure = frozenset({host} if is_loopback(host.rpartition(":")[0] or host) else ())
    place = Scratch(RealParts(), args.registry, HttpTransport(), SystemClock(), os.environ, insecure)
    choice = Choice(_letters(args), args.full, args.seed)
    with showing(sys.stderr, quiet=args.quiet or args.format == "json") as progress:
        names = ", ".join(str(repository) for repository in place.repositories)
        progress.warned(f"this writes to {names}, and to nothing else")
        place.check()
        report = place.play(choice, lambda run: progress.said(f"{run.name}: {run.end}"))
    return drill_json(report, registry=args.registry, remarks=tuple(left_behind(place)))


def _letters(args: argparse.Namespace) -> tuple[str, ...]:
    words = tuple(letter for word in args.family for letter in word.upper().replace(",", ""))
    return words or tuple(FAMILIES)


def replayed(name: str) -> DrillJson:
    """One run, once more."""
    from wholeship.testing.drill.campaign import replay

    began = time.perf_counter()
    run = replay(RealParts(), name)
    tally = Tally()
    seconds = time.perf_counter() - began
    tally.add(replace(run, met=True), seconds)
    letter = run.case[0]
    remarks = (f"{run.name} ended {run.end}", *(["the fault never struck"] if not run.met else []))
    return drill_json(Report(Choice((letter,), full=True), {letter: tally}, seconds), remarks=remarks)


def drill_json(report: Report, *, registry: str = "", remarks: tuple[str, ...] = ()) -> DrillJson:
    """*report* as it is printed."""
    return DrillJson(
        full=report.choice.full,
        seed=report.choice.seed,
        registry=registry,
        runs=report.runs,
        seconds=round(report.seconds, 3),
        families=[_family_json(letter, tally) for letter, tally in report.tallies.items()],
        failures=[
            FailureJson(r.name, list(r.broken), r.code, f"wholeship drill --replay '{r.name}'", list(r.story))
            for r in report.failed
        ],
        remarks=list(remarks),
        exit_code=_exit_code(report, registry),
    )


def _exit_code(report: Report, registry: str) -> ExitCode:
    """Half in a registry that others may look at is louder than half in memory."""
    if registry and any(run.end is End.HALF for run in report.failed):
        return ExitCode.HALF
    return ExitCode.NO if report.failed else ExitCode.YES


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
    )


class _Told:
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
