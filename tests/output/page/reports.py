"""One report of each command, made of names of your choice, as the pages get them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.review.world import captured, changed, evidence_on, verdict
from wholeship.core.digest import Digest
from wholeship.core.finding import Confidence, Finding, Fix, Labelled, Moment, Severity
from wholeship.core.place import Place
from wholeship.forecast.estimate import JobShape, Shape
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson
from wholeship.output.election_json import ElectionJson
from wholeship.output.forecast_json import (
    BetterJson,
    DiskJson,
    ForecastJson,
    JobJson,
    MissingJson,
    RecordJson,
    ScenarioJson,
)
from wholeship.output.page.changes import diff_page
from wholeship.output.page.drills import drill_page
from wholeship.output.page.forecasts import forecast_page
from wholeship.output.page.parts import Page
from wholeship.output.page.releases import plan_page, release_page, stopped_page
from wholeship.output.page.reviews import review_page
from wholeship.output.page.status import status_page
from wholeship.output.page.workflows import check_page
from wholeship.output.release_json import (
    CandidateJson,
    ControllerJson,
    FoundJson,
    GateJson,
    ImageJson,
    PlanJson,
    PlannedForecastJson,
    ReceiptJson,
    ReleaseJson,
    StatusJson,
    TagJson,
)
from wholeship.output.rollout_json import RolloutJson, StandingJson, TroubleJson
from wholeship.review.evidence.suites import SuiteResult, SuitesEvidence
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.gate import decide_gate
from wholeship.review.ports import Counterexample, WorkflowComparison
from wholeship.review.report import Report
from wholeship.review.reviewers.opinion import Opinion
from wholeship.review.run import Ended
from wholeship.review.settings import Settings, Thresholds
from wholeship.review.verdict import Unusable
from wholeship.verdict.diff import Change, Kind, Line, Measure, Turn, WorkflowChange
from wholeship.verdict.report import Edge, PublishLine, WorkflowReport
from wholeship.verdict.report import Report as CheckReport

TAG = "20260528-182833-000042"


def _digest(text: str) -> str:
    return str(Digest.of(text.encode()))


def plan(name: str = "app", note: str = "a note") -> Page:
    images = [
        ImageJson(
            "worker", "ghcr.io/acme/worker", ["linux/amd64"], ".", "Dockerfile", None, False, "to be built"
        ),
        ImageJson(
            name, f"ghcr.io/acme/{name}", ["linux/amd64"], ".", "Dockerfile", None, True, "to be built"
        ),
    ]
    gates = [GateJson("boots", None, [], note, ["worker", name], "none", 300.0)]
    return plan_page(
        PlanJson(
            _digest("r"), TAG, "release", "5f3a9c1e7b2d", False, name, "1.4.0", "", images, name,
            ["worker", name], gates, [], ["latest"], "buildx", False, PlannedForecastJson(512.0, None, note),
            {}, [note],
        )
    )  # fmt: skip


def release(name: str = "app", note: str = "a note", *, build: float = 232.0) -> Page:
    made = [
        CandidateJson(
            one, f"ghcr.io/acme/{one}", _digest(one), 431_000_000, ["linux/amd64"], note, 212.4, 19.5, ""
        )
        for one in ("worker", name)
    ]
    receipts = [ReceiptJson("boots", True, {name: _digest(name)}, "linux/amd64", 41.2, "", "docker", 0, "")]
    return release_page(
        ReleaseJson(
            "release", _digest("r"), TAG, "push", "5f3a9c1e7b2d", False, "verified", 0, [note], note, made,
            receipts, [], {"latest": note}, False, 0.187, {"build": build, "gate": 42.0, "promote": 1.4},
            written={"worker": 0.812, name: 0.999}, rollout=rollout(name, note),
        )
    )  # fmt: skip


def rehearsal(name: str = "app", note: str = "a note") -> Page:
    told = ReleaseJson(
        "release", _digest("r"), TAG, "push", "5f3a9c1e7b2d", False, "verified", 0, [note], note, [],
        [], [], {name: note}, False, 0.187, {"build": 3.0},
    )  # fmt: skip
    return release_page(told, rehearsed=True)


def review(name: str = "app", note: str = "a note") -> Page:
    change = captured(changed(f"src/{name}.py", "x = 1"))
    suite = SuiteResult(name, note, False, 1, True, (note, note), 1.5, note)
    opened = WorkflowComparison(
        (name,), opened=(Counterexample("half-release", name, 97, note, (note, note)),)
    )
    evidence = evidence_on(
        change, suites=SuitesEvidence((suite,)), workflow=WorkflowEvidence((name,), opened)
    )
    given = verdict(
        notes=note, blockers=[note], suggested_fixes=[{"file": f"{name}.yml", "line": 9, "change": note}]
    )
    opinions = (Opinion(name, given), Opinion("other", Unusable(note)))
    gate = decide_gate(given, evidence, Thresholds())
    return review_page(Ended(Report(change, Settings(), gate, given, 3, evidence, opinions)))


def stopped(name: str = "app", note: str = "a note") -> Page:
    made = CandidateJson(
        name, f"ghcr.io/acme/{name}", _digest(name), 431_000_000, ["linux/amd64"], note, 212.4, 19.5, ""
    )
    known = ReleaseJson(
        "release", _digest("r"), TAG, "push", "5f3a9c1e7b2d", False, "planned", 6, [note], note, [made], [],
        [], {}, False, 0.0, {}, written={}, rollout=None,
    )  # fmt: skip
    return stopped_page(known, [("2026-05-28T18:30:00+00:00", note), ("2026-05-28T18:31:00+00:00", name)])


def rollout(name: str, note: str) -> RolloutJson:
    trouble = TroubleJson("ImagePullBackOff", note, note, f"{name}-1")
    standings = [
        StandingJson(
            "worker", "shop/worker", "running", f"ghcr.io/acme/worker:{TAG}", 1, 1, [_digest("w")], []
        ),
        StandingJson(name, f"shop/{name}", "stuck", f"ghcr.io/acme/{name}:{TAG}", 0, 1, [], [trouble]),
    ]
    return RolloutJson(TAG, name, False, True, 300.0, standings, "")


def status(name: str = "app", note: str = "a note") -> Page:
    found = [FoundJson(name, f"ghcr.io/acme/{name}", None, False, [], note, note)]
    half = TagJson(TAG, "half", "broken-visible", True, found, [note])
    elects = ControllerJson(name, "flux", note, ElectionJson("undecided", "", [name, "worker"], note))
    return status_page(
        StatusJson(None, None, [half], "", 3, 3, [note], controller=elects, rollout=rollout(name, note))
    )


def _workflow(name: str, note: str) -> WorkflowReport:
    place = Place(f".github/workflows/{name}.yml", 88, 9, f"jobs.build-{name}.steps[4]")
    other = Place(f".github/workflows/{name}.yml", 60, 9, "jobs.build-worker.steps[4]")
    story = (
        Moment(f"{name} is pushed", f"build-{name}", "happens", place),
        Moment(f"build-worker fails: {note}", "build-worker", "failure", other),
    )
    finding = Finding(
        "half-release", Severity.ERROR, Confidence.CERTAIN, note,
        (Labelled(place, note), Labelled(other, note)), story, Fix(note),
    )  # fmt: skip
    line = PublishLine(
        "push", f"build-{name}", "push", name, f"ghcr.io/acme/{name}", (TAG,), True, ("linux/amd64",), "",
        (), (), (), place,
    )  # fmt: skip
    jobs = ("tag", "build-worker", f"build-{name}")
    edges = (Edge("build-worker", "tag"), Edge(f"build-{name}", "tag", critical=True))
    return WorkflowReport(
        place.file,
        name,
        ("push",),
        ("worker", name),
        name,
        "",
        False,
        (line,),
        (finding,),
        edges=edges,
        jobs=jobs,
    )


def check(name: str = "app", note: str = "a note") -> Page:
    return check_page(CheckReport((_workflow(name, note),)))


def diff(name: str = "app", note: str = "a note") -> Page:
    after = _workflow(name, note)
    before = replace(
        after, findings=(), edges=(*after.edges, Edge(f"build-{name}", "build-worker")), whole=True
    )
    lines = (Line(Kind.ORDER, Turn.LOST, name, "worker", (), note),)
    change = WorkflowChange(after.path, before, after, lines, after.findings, (), after.findings)
    return diff_page(Change(note, name, (change,), (Measure("push", "time", "40 min", "20 min", True),)))


def forecast(name: str = "app", note: str = "a note") -> Page:
    def job(id: str, start: float, end: float, peak: float | None) -> JobJson:
        disk = DiskJson(peak, 14.0, [14.0, 90.0], "over" if peak and peak > 13 else "fits", note)
        return JobJson(id, end - start, end - start, start, end, 1.0, 0.0, note, ["linux/arm64"], disk)

    jobs = [job("build-worker", 0, 540, 5.0), job(name, 540, 2040, 14.0), job("tag", 0, 12, None)]
    scenario = ScenarioJson(
        note, "push", 2040.0, 2100.0, True, ["build-worker", name], 50, 14.0, jobs,
        [MissingJson(name, "disk", note)], [note],
    )  # fmt: skip
    shape = Shape(
        note, "push", (JobShape("tag"), JobShape("build-worker", ("tag",)), JobShape(name, ("build-worker",)))
    )
    better = BetterJson(name, [note], f"--- a/{name}\n+++ b/{name}\n", "", [scenario])
    return forecast_page(
        ForecastJson(
            scenarios=[scenario], better=[better, BetterJson(name, [], "", note, [])],
            track_record=RecordJson(3, 0.1, 0.0, 1.0), exit_code=0,
        ),
        [shape],
    )  # fmt: skip


def drill(name: str = "app", note: str = "a note") -> Page:
    family = FamilyJson("K", note, 120, 80, 20, 10, 5, 5, 1, 0, 12.5)
    failure = FailureJson(f"K1/{name}@3", [note], 6, f"wholeship drill --replay {name}", [note, "GET /v2/"])
    return drill_page(DrillJson(False, 7, name, 120, 31.0, [family], [failure], [note], 1))


PAGES: dict[str, Callable[[str, str], Page]] = {
    "plan": plan,
    "release": release,
    "rehearsal": rehearsal,
    "stopped": stopped,
    "status": status,
    "check": check,
    "diff": diff,
    "forecast": forecast,
    "drill": drill,
    "review": review,
}
"""Every page by its command."""
