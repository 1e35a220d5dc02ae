"""Past runs → figures.

Reads what GitHub's REST API answers for "List workflow runs" and "List jobs for a workflow run",
in any grouping: one document, a list of pages, or one JSON document after another as
``gh api --paginate`` prints them. History has holes, renamed jobs and clocks that disagree:
what cannot be used is counted and said, never guessed.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from wholeship.core.errors import BadInput
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.forecast.figures import Figure, Figures, JobFigures
from wholeship.logic.schedule import Duration

LONGEST = 35 * 24 * 3600
"""No run lasts longer than 35 days (GitHub docs, "Actions limits"); what claims to is a broken clock."""
RECENT = 50
"""Runs of a job that count, newest first: pipelines change, and old figures mislead."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """One finished job of one attempt. Seconds; ``queued`` is from created to started."""

    workflow: str
    job: str
    run: int
    attempt: int
    event: str
    branch: str
    conclusion: str
    started: datetime
    seconds: float
    queued: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Finished jobs, and what had to be left out."""

    jobs: tuple[JobRun, ...]
    remarks: tuple[str, ...] = ()

    def __add__(self, other: History) -> History:
        seen = {(j.run, j.attempt, j.job): j for j in (*self.jobs, *other.jobs)}
        return History(tuple(seen.values()), (*self.remarks, *other.remarks))


def read_history(text: str, *, what: str = "run history") -> History:
    """The history in *text*; :class:`BadInput` when it holds no such JSON."""
    runs: dict[int, dict[str, Any]] = {}
    jobs: list[dict[str, Any]] = []
    for document in _documents(text, what):
        for kind, item in _items(document):
            if kind == "jobs":
                jobs.append(item)
            elif isinstance(item.get("id"), int):
                runs[item["id"]] = item
    left_out: Counter[str] = Counter()
    found = [job for item in jobs if (job := _job(item, runs, left_out))]
    if not found and not left_out:
        raise BadInput(
            f"{what} holds no jobs",
            advice="export them with: gh api --paginate repos/OWNER/REPO/actions/runs/ID/jobs",
        )
    remarks = tuple(f"{count} of {len(jobs)} jobs left out: {why}" for why, count in left_out.most_common())
    return History(tuple(found), remarks)


def figures(history: History, *, workflow: str = "", event: str = "") -> Figures:
    """Figures of every job that succeeded, by its displayed name; newest ``RECENT`` runs of each."""
    by_job: dict[str, list[JobRun]] = defaultdict(list)
    for job in history.jobs:
        fits = (not workflow or job.workflow in ("", workflow)) and (not event or job.event in ("", event))
        if fits and job.conclusion == "success":
            by_job[job.job].append(job)
    found: dict[str, JobFigures] = {}
    queued: list[float] = []
    for name, runs in by_job.items():
        newest = sorted(runs, key=lambda r: r.started, reverse=True)[:RECENT]
        queued += [r.queued for r in newest]
        source = f"{len(newest)} run{'s' if len(newest) > 1 else ''} since {newest[-1].started:%Y-%m-%d}"
        found[name] = JobFigures(whole=Figure(Duration.observed([r.seconds for r in newest]), source))
    queue = Figure(Duration.observed(queued), f"{len(queued)} jobs") if queued else None
    return Figures(found, queue=queue)


def _documents(text: str, what: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    at, end = 0, len(text)
    while True:
        while at < end and text[at].isspace():
            at += 1
        if at >= end:
            return
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{what} is not JSON: {error}") from None
        yield document


def _items(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(document, list):
        for part in document:
            yield from _items(part)
    elif isinstance(document, dict):
        for kind in ("workflow_runs", "runs", "jobs"):
            for item in document.get(kind) or ():
                if isinstance(item, dict):
                    yield ("jobs" if kind == "jobs" else "runs"), item


def _job(item: dict[str, Any], runs: dict[int, dict[str, Any]], left_out: Counter[str]) -> JobRun | None:
    run = runs.get(item.get("run_id", -1), {})
    started, completed = _time(item.get("started_at")), _time(item.get("completed_at"))
    conclusion = item.get("conclusion")
    if conclusion == "skipped":
        return None  # took no time and says nothing
    if not isinstance(item.get("name"), str) or not isinstance(item.get("run_id"), int):
        left_out["no name or run id"] += 1
    elif started is None or completed is None or not conclusion:
        left_out["not finished, or without times"] += 1
    elif not 0 <= (seconds := (completed - started).total_seconds()) <= LONGEST:
        left_out["ended before it started, or lasted for weeks (clocks disagree)"] += 1
    else:
        created = _time(item.get("created_at")) or started
        return JobRun(
            workflow=_path(run.get("path")),
            job=printable(item["name"], limit=200),
            run=item["run_id"],
            attempt=_whole(item.get("run_attempt"), run.get("run_attempt")),
            event=printable(str(run.get("event") or "")),
            branch=printable(str(item.get("head_branch") or run.get("head_branch") or "")),
            conclusion=printable(str(conclusion)),
            started=started,
            seconds=seconds,
            queued=max(0.0, min((started - created).total_seconds(), 24 * 3600.0)),
            labels=tuple(printable(str(x)) for x in _list(item.get("labels"))),
        )
    return None


def _path(value: object) -> str:
    return str(value).partition("@")[0] if isinstance(value, str) else ""


def _whole(*values: object) -> int:
    return next((v for v in values if isinstance(v, int) and v > 0), 1)


def _list(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else ()


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
