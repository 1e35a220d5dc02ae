"""A review for machines: the verdict by itself, and the whole report."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from wholeship.core import jsons
from wholeship.core.errors import BadInput
from wholeship.core.text import Redactor
from wholeship.output.encoding import encode_json as encode_answer
from wholeship.output.encoding import struct_of
from wholeship.review.evidence.gather import Evidence
from wholeship.review.evidence.reported import Reported
from wholeship.review.report import Report
from wholeship.review.run import Ended
from wholeship.review.verdict import Unusable, Verdict, encode_verdict


class OpinionJson(Struct, frozen=True):
    """What one reviewer said; ``problem`` instead of a verdict. ``cost`` in US dollars, where known."""

    reviewer: str
    verdict: Verdict | None
    problem: str = ""
    kept: bool = False
    cost: float | None = None


class PostedJson(Struct, frozen=True):
    """What the code host has now: the state that was read back, the comment's address, what went wrong."""

    status: str | None = None
    comment: str = ""
    problem: str = ""


class ReviewJson(Struct, frozen=True):
    """One review of one commit. ``state`` is success, failure or error; without a verdict only error.

    ``headline`` is a sentence, ``scores`` are the numbers and the limits that were missed.
    ``diff`` is the SHA-256 of the diff, ``runs`` counts the reviews of this head, ``overridden`` are the
    terms set for this run only.
    """

    version: int
    head: str
    base: str
    base_name: str
    merge_base: str
    diff: str
    runs: int
    state: str
    headline: str
    reasons: tuple[str, ...]
    overridden: dict[str, str]
    verdict: Verdict | None
    opinions: tuple[OpinionJson, ...]
    skipped: str
    evidence: Evidence | None
    remarks: tuple[str, ...]
    posted: PostedJson
    scores: str = ""


VERSION = 1


def review_json(ended: Ended) -> ReviewJson:
    """The whole report."""
    report = ended.report
    return struct_of(
        ReviewJson,
        report,
        version=VERSION,
        base_name=report.capture.base_name,
        state=report.gate.state,
        headline=report.gate.headline,
        reasons=report.gate.reasons,
        overridden=dict(report.settings.overridden),
        verdict=report.verdict if isinstance(report.verdict, Verdict) else None,
        opinions=tuple(_opinions(report)),
        posted=ended.posted,
        scores=report.gate.scores,
    )


def reported_of(content: bytes) -> Reported:
    """What the report in *content* brings along to another job; :class:`BadInput` when it is none."""
    try:
        jsons.parse_json(content, what="the report")
        report = msgspec.json.decode(content, type=ReviewJson, strict=True)
    except msgspec.ValidationError as error:
        raise BadInput(f"not a report of a review: {error}"[:300]) from None
    if report.version != VERSION or report.evidence is None:
        raise BadInput("the report is of another version, or has no evidence")
    return Reported(
        head=report.head,
        merge_base=report.merge_base,
        diff=report.diff,
        suites=report.evidence.suites,
        coverage=report.evidence.coverage,
        opinions={each.reviewer: each.verdict or Unusable(each.problem) for each in report.opinions},
    )


def _opinions(report: Report) -> list[OpinionJson]:
    found = []
    for opinion in report.opinions:
        verdict = opinion.verdict if isinstance(opinion.verdict, Verdict) else None
        problem = "" if isinstance(opinion.verdict, Verdict) else opinion.verdict.reason
        found.append(OpinionJson(opinion.reviewer, verdict, problem, opinion.kept, opinion.cost))
    return found


def verdict_text(report: Report) -> str:
    """The verdict and nothing else, as one JSON object; empty when there is none."""
    return encode_verdict(report.verdict).decode() if isinstance(report.verdict, Verdict) else ""


def verdict_alone(ended: Ended) -> str:
    """The verdict of a review that has ended, and nothing else."""
    return verdict_text(ended.report)


def report_text(ended: Ended) -> str:
    """The whole report as indented JSON, redacted."""
    return Redactor()(encode_answer(review_json(ended))) + "\n"
