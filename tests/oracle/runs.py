"""One run of a workflow: jobs by ``needs`` and ``if``, matrices, called workflows, outputs, cancellation.

Jobs that do not wait for each other have no order at GitHub. Here each leg is carried out alone, and the
caller says in which order those go that could start. What jobs have in common (outputs, results) passes
through this module, so an order of whole legs shows all that an interleaving could show of who was first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.oracle import matrix as matrices
from tests.oracle import yaml12
from tests.oracle.expressions import ExpressionError, Scope, holds, interpolate, text, truthy
from tests.oracle.legs import Artifact, LegRequest, LegResult, Runner
from tests.oracle.programs import Unplayable, Write
from tests.oracle.stand_ins import Fault, Noted
from tests.oracle.world import MAIN, SHA, Event, World

Path_ = tuple[str, ...]
LegKey = tuple[Path_, int]
"""A leg: the job (behind the jobs that called its workflow, and their legs) and its number."""

Again = Callable[[LegKey, str], bool]
"""Of a job and what became of it: does it run in the second attempt?"""

Preference = Callable[[LegKey], Any]
"""Of the legs that could start, the smallest goes first."""


THEN = "completed"
"""Stands before the jobs of the workflow that starts when a run is completed."""


def job_of(leg: LegKey) -> str:
    """The job of *leg* in the workflow that was started, not in one that it calls."""
    path = leg[0][1:] if leg[0][0] == THEN else leg[0]
    return path[0].split("#")[0]


ENDED = {"lost": "failure", "dropped": "cancelled"}
"""Faults of a whole leg: its runner is lost at once; it is cancelled before it starts (the run goes on)."""


@dataclass(frozen=True)
class LegFault:
    """A fault, and the leg it strikes."""

    leg: LegKey
    fault: Fault


@dataclass
class JobState:
    """How far a job has come."""

    begun: bool = False
    result: str = ""
    shown: str = ""
    """What dependants see: after ``continue-on-error``."""
    outputs: dict[str, str] = field(default_factory=dict)
    legs: list[matrices.Leg] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    ended: dict[int, str] = field(default_factory=dict)
    outputs_of: dict[int, dict[str, str]] = field(default_factory=dict)
    tolerant: dict[int, bool] = field(default_factory=dict)
    callee: dict[int, _Scope] = field(default_factory=dict)


@dataclass
class _Scope:
    """A workflow that runs: the first one, or one that a job calls."""

    path: Path_
    document: Mapping[str, Any]
    inputs: dict[str, Any]
    jobs: dict[str, JobState]

    def needs(self, job: str) -> list[str]:
        said = self.document["jobs"][job].get("needs") or []
        return [said] if isinstance(said, str) else list(said)

    def ancestors(self, job: str) -> list[str]:
        found: list[str] = []
        for name in self.needs(job):
            found += [entry for entry in [name, *self.ancestors(name)] if entry not in found]
        return found

    def over(self) -> bool:
        return all(state.shown for state in self.jobs.values())


@dataclass(frozen=True)
class RunRecord:
    """What a run did: the writes in order with the leg of each, the calls of each leg, all results."""

    event: Event
    writes: tuple[tuple[Write, LegKey], ...]
    calls: Mapping[LegKey, tuple[Noted, ...]]
    results: Mapping[LegKey, str]
    scope: _Scope
    cancelled: bool
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    after: RunRecord | None = None
    """The run of another workflow that this one's end started. What is above holds its own too."""

    @property
    def conclusion(self) -> str:
        """The word for the whole run, as who waits for its end gets it."""
        shown = {state.shown for state in self.scope.jobs.values()}
        if self.cancelled:
            return "cancelled"
        return next((kind for kind in ("failure", "cancelled") if kind in shown), _calm(shown))

    def scope_of(self, leg: LegKey) -> _Scope:
        """The started workflow in which *leg* stands."""
        return self.after.scope if self.after and leg[0][0] == THEN else self.scope

    def with_next(self, after: RunRecord) -> RunRecord:
        """This run, and *after* in addition."""
        return replace(
            self,
            writes=self.writes + after.writes,
            calls={**self.calls, **after.calls},
            results={**self.results, **after.results},
            after=after,
        )

    @property
    def failed(self) -> bool:
        """Is there something to run again?"""
        return self.cancelled or any(
            state.shown in ("failure", "cancelled") for state in self.scope.jobs.values()
        )


class Memory:
    """Carries out legs, and remembers what came of the same leg under the same conditions."""

    def __init__(self, world: World, runner: Runner):
        self.world, self.runner = world, runner
        runner.files = world.files
        self.known: dict[str, LegResult] = {}
        self.documents = {
            path: yaml12.load(body) for path, body in world.files.items() if path.endswith((".yml", ".yaml"))
        }
        everything = world.text.lower()
        self.attempt_matters = "run_attempt" in everything
        self.clock_matters = "date" in everything
        self.played = 0

    def play(self, key: LegKey, request: LegRequest) -> LegResult:
        """The result of a leg, carried out now or before."""
        contexts = dict(request.contexts)
        if not self.attempt_matters:
            contexts["github"] = {**contexts["github"], "run_attempt": "1"}
        files = [sorted(request.artifacts.items()), request.taken]
        asked = [key, contexts, str(request.fault), request.clock, files]
        said = json.dumps(asked, default=str)
        if said not in self.known:
            self.played += 1
            self.known[said] = self.runner.play(request)
        return self.known[said]


class Run:
    """One attempt of a run, from its start to its end."""

    def __init__(
        self,
        memory: Memory,
        event: Event,
        preference: Preference,
        faults: tuple[LegFault, ...] = (),
        before: RunRecord | None = None,
        again: Again | None = None,
        attempt: int = 1,
        workflow: str = MAIN,
    ):
        self.memory, self.event, self.preference = memory, event, preference
        self.workflow, self.prefix = workflow, () if workflow == MAIN else (THEN,)
        self.all_faults = faults
        self.faults = {entry.leg: entry.fault for entry in faults}
        self.attempt, self.before, self.again = attempt, before, again
        self.github = event.github(attempt)
        self.cancelled = False
        self.writes: list[tuple[Write, LegKey]] = list(before.writes) if before else []
        self.calls: dict[LegKey, tuple[Noted, ...]] = {}
        self.results: dict[LegKey, str] = {}
        self.artifacts: dict[str, Artifact] = dict(before.artifacts) if before else {}
        self.taken: list[str] = []

    def play(self) -> RunRecord:
        """Carry it out, and what its end starts."""
        record = self._played()
        event = self._next(record)
        if event is None:
            return record
        then = self.memory.world.then
        return record.with_next(
            Run(self.memory, event, self.preference, self.all_faults, workflow=then).play()
        )

    def _next(self, record: RunRecord) -> Event | None:
        """The event that starts the other workflow."""
        then = self.memory.world.then
        if not then or self.workflow == then:
            return None
        branches = self.memory.documents[then]["on"]["workflow_run"].get("branches")
        if branches is not None and self.event.ref_name not in branches:
            return None
        upstream = {
            "conclusion": record.conclusion,
            "head_branch": self.event.ref_name,
            "head_sha": SHA,
            "event": self.event.name,
            "run_number": self.event.number,
            "run_attempt": self.attempt,
        }
        payload = {"action": "completed", "workflow_run": upstream}
        return Event(
            "workflow_run", payload=payload, variables=self.event.variables, number=42 + self.attempt
        )

    def _played(self) -> RunRecord:
        document = self.memory.documents[self.workflow]
        inputs = dict(self.event.inputs)
        scope = self._scope(self.prefix, document, inputs, self.before.scope if self.before else None)
        while not scope.over():
            while self._settle(scope):
                pass
            ready = list(self._ready(scope))
            if not ready and scope.over():
                break
            if not ready:
                raise Unplayable("jobs that wait for each other")
            chosen = min(ready, key=lambda entry: self.preference(((*entry[0].path, entry[1]), entry[2])))
            self._leg(*chosen)
        writes, own = tuple(self.writes), self.artifacts
        return RunRecord(self.event, writes, self.calls, self.results, scope, self.cancelled, own)

    def _scope(
        self, path: Path_, document: Mapping[str, Any], inputs: dict[str, Any], old: _Scope | None
    ) -> _Scope:
        scope = _Scope(path, document, inputs, {})
        for name in document["jobs"]:
            state = old.jobs.get(name) if old else None
            if state is not None and self.again and not self._repeated(old, path, name):
                scope.jobs[name] = state
            else:
                scope.jobs[name] = JobState()
        return scope

    def _repeated(self, old: _Scope | None, path: Path_, name: str) -> bool:
        assert old is not None
        assert self.again is not None
        around = [name, *old.ancestors(name)]
        return any(self.again(((*path, entry), 0), old.jobs[entry].shown) for entry in around)

    def _settle(self, scope: _Scope) -> bool:
        """Begin what has waited long enough, and end calls whose jobs are over; was there anything?"""
        moved = False
        for name, state in scope.jobs.items():
            if not state.begun and not state.shown and self._waited(scope, name):
                self._begin(scope, name, state)
                moved = True
            for index, callee in state.callee.items():
                moved |= self._settle(callee)
                if callee.over() and index not in state.ended:
                    self._called(scope, name, state, index)
                    moved = True
        return moved

    def _ready(self, scope: _Scope) -> Iterator[tuple[_Scope, str, int]]:
        """The legs that can start now."""
        for name, state in scope.jobs.items():
            if not state.shown:
                yield from ((scope, name, index) for index in state.left)
                for callee in state.callee.values():
                    yield from self._ready(callee)

    def _waited(self, scope: _Scope, name: str) -> bool:
        return all(scope.jobs[entry].shown for entry in scope.needs(name))

    def _contexts(self, scope: _Scope, name: str) -> dict[str, Any]:
        needs = {
            entry: {"result": scope.jobs[entry].shown, "outputs": dict(scope.jobs[entry].outputs)}
            for entry in scope.needs(name)
        }
        return {
            "github": self.github,
            "needs": needs,
            "inputs": scope.inputs,
            "vars": dict(self.event.variables),
            "secrets": {"GITHUB_TOKEN": "t0ken", "TOKEN": "t0ken"},
            "matrix": {},
            "strategy": {},
        }

    def _holds(self, scope: _Scope, name: str) -> bool:
        shown = [scope.jobs[entry].shown for entry in scope.ancestors(name)]
        status = {
            "success": lambda: not self.cancelled and all(entry == "success" for entry in shown),
            "failure": lambda: not self.cancelled and "failure" in shown,
            "cancelled": lambda: self.cancelled,
            "always": lambda: True,
        }
        contexts = {
            k: v for k, v in self._contexts(scope, name).items() if k in ("github", "needs", "vars", "inputs")
        }
        return holds(scope.document["jobs"][name].get("if"), Scope(contexts, status))

    def _begin(self, scope: _Scope, name: str, state: JobState) -> None:
        state.begun = True
        job = scope.document["jobs"][name]
        try:
            if not self._holds(scope, name):
                state.result = state.shown = "cancelled" if self.cancelled else "skipped"
                return
            state.legs = self._legs(scope, name, job)
        except (ExpressionError, matrices.EmptyMatrix):
            state.result = state.shown = "failure"
            return
        state.left = list(range(len(state.legs)))

    def _legs(self, scope: _Scope, name: str, job: Mapping[str, Any]) -> list[matrices.Leg]:
        said = (job.get("strategy") or {}).get("matrix")
        if said is None:
            return [{}]
        return matrices.legs(_deep(said, Scope(self._contexts(scope, name))))

    def _leg(self, scope: _Scope, name: str, index: int) -> None:
        state, job = scope.jobs[name], scope.document["jobs"][name]
        state.left.remove(index)
        contexts = self._contexts(scope, name) | {
            "matrix": state.legs[index],
            "strategy": _strategy(state, index),
        }
        values = Scope(contexts)
        if self.cancelled and not self._holds(scope, name):
            self._ended(scope, name, index, "cancelled", {})
            return
        state.tolerant[index] = truthy(interpolate(job.get("continue-on-error", False), values))
        if "uses" in job:
            self._call(scope, name, index, values)
            return
        key: LegKey = ((*scope.path, name), index)
        clock = sum(ord(letter) for letter in repr(key)) if self.memory.clock_matters else 0
        fault = self.faults.get(key)
        if fault and fault.mode in ENDED:
            self.calls[key] = ()
            self._ended(scope, name, index, ENDED[fault.mode], {})
            return
        request = LegRequest(
            job, contexts, scope.document, fault, clock, dict(self.artifacts), tuple(sorted(self.taken))
        )
        found = self.memory.play(key, request)
        self.artifacts |= found.artifacts
        self.taken += found.artifacts
        self.writes += [(write, key) for write in found.writes]
        self.calls[key] = found.calls
        self.cancelled |= found.cancelled
        self._ended(scope, name, index, found.result, dict(found.outputs))

    def _call(self, scope: _Scope, name: str, index: int, values: Scope) -> None:
        state, job = scope.jobs[name], scope.document["jobs"][name]
        document = self.memory.documents.get(str(job["uses"]).removeprefix("./"))
        if document is None:
            raise Unplayable(f"the workflow {job['uses']}")
        try:
            given = {key: interpolate(value, values) for key, value in (job.get("with") or {}).items()}
        except ExpressionError:
            self._ended(scope, name, index, "failure", {})
            return
        said = ((document.get("on") or {}).get("workflow_call") or {}).get("inputs") or {}
        inputs = {key: _input(given.get(key), spec) for key, spec in said.items()}
        path = (*scope.path, f"{name}#{index}")
        state.callee[index] = self._scope(path, document, inputs, None)

    def _called(self, scope: _Scope, name: str, state: JobState, index: int) -> None:
        callee = state.callee[index]
        shown = [job.shown for job in callee.jobs.values()]
        result = next(
            (kind for kind in ("failure", "cancelled") if kind in shown),
            "skipped" if all(entry == "skipped" for entry in shown) else "success",
        )
        jobs = {key: {"result": job.shown, "outputs": job.outputs} for key, job in callee.jobs.items()}
        values = Scope(
            {"jobs": jobs, "inputs": callee.inputs, "github": self.github, "vars": dict(self.event.variables)}
        )
        said = ((callee.document.get("on") or {}).get("workflow_call") or {}).get("outputs") or {}
        outputs = {key: text(interpolate(spec.get("value"), values)) for key, spec in said.items()}
        self._ended(scope, name, index, result, {key: value for key, value in outputs.items() if value})

    def _ended(self, scope: _Scope, name: str, index: int, result: str, outputs: dict[str, str]) -> None:
        state, job = scope.jobs[name], scope.document["jobs"][name]
        key: LegKey = ((*scope.path, name), index)
        self.results[key] = result
        if result == "failure" and state.tolerant.get(index):
            result = "success"
        state.ended[index] = result
        state.outputs |= outputs
        if result == "failure" and (job.get("strategy") or {}).get("fail-fast", True) is not False:
            for other in state.left:
                state.ended[other] = "cancelled"
                self.results[((*scope.path, name), other)] = "cancelled"
            state.left = []
        if len(state.ended) == len(state.legs):
            ends = set(state.ended.values())
            state.result = next((kind for kind in ("failure", "cancelled") if kind in ends), _calm(ends))
            state.shown = state.result


def _calm(ends: set[str]) -> str:
    return "skipped" if ends == {"skipped"} else "success"


def _strategy(state: JobState, index: int) -> dict[str, Any]:
    return {"job-index": index, "job-total": len(state.legs), "fail-fast": True}


def _input(given: Any, said: Mapping[str, Any]) -> Any:
    kind = (said or {}).get("type", "string")
    if given is None:
        given = (said or {}).get("default", {"boolean": False, "number": 0}.get(kind, ""))
    return given


def _deep(value: Any, scope: Scope) -> Any:
    if isinstance(value, dict):
        return {name: _deep(entry, scope) for name, entry in value.items()}
    if isinstance(value, list):
        return [_deep(entry, scope) for entry in value]
    return interpolate(value, scope)
