"""The answer of `check` as JSON: structs with a version, from which the schema is made."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from wholeship.core.finding import Finding, Fix
from wholeship.output.check_words import rows
from wholeship.output.encoding import struct_of
from wholeship.verdict.report import Report, WorkflowReport


class PlaceJson(Struct, frozen=True):
    """Lines and columns count from 1; 0 means the whole file. ``path`` is the chain of keys."""

    file: str
    line: int
    column: int
    path: str
    label: str = ""


class MomentJson(Struct, frozen=True):
    """One line of the story of a run."""

    text: str
    subject: str
    outcome: str
    place: PlaceJson | None


class EditJson(Struct, frozen=True):
    """Replace the text from the start to the (exclusive) end by ``text``."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class FixJson(Struct, frozen=True):
    """What to do. ``safe``: ``--fix`` makes the edits."""

    description: str
    safe: bool
    edits: list[EditJson]


class FindingJson(Struct, frozen=True):
    """One broken or undecidable promise. ``fingerprint`` survives unrelated edits of the file."""

    rule: str
    severity: Literal["error", "warning", "note"]
    confidence: Literal["certain", "likely", "unknown"]
    message: str
    places: list[PlaceJson]
    story: list[MomentJson]
    fix: FixJson | None
    fingerprint: str


class PublishJson(Struct, frozen=True):
    """One image getting its tags. ``platforms`` is null where they could not be read.

    ``after``: images that are surely out before; ``gates``: checks that have surely passed before.
    """

    scenarios: list[str]
    job: str
    step: str
    image: str
    repository: str
    tags: list[str]
    platforms: list[str] | None
    after: list[str]
    gates: list[str]
    place: PlaceJson


class SuppressedJson(Struct, frozen=True):
    """A finding that was answered, in the file or in the baseline."""

    rule: str
    message: str
    reason: str
    where: str
    fingerprint: str


class UnknownJson(Struct, frozen=True):
    """What could not be read."""

    what: str
    reason: str
    place: PlaceJson


class WorkflowJson(Struct, frozen=True):
    """One file. ``whole``: true, false, or null where it is not known or there is nothing to say it of.

    ``whole_if_followed``: where it hangs only on which image is followed, those that may be.
    ``assumed``: what the answer takes for granted of this file, in sentences. ``crash``: a bug of ours on it.
    """

    path: str
    scenarios: list[str]
    images: list[str]
    publishes: list[PublishJson]
    watched: str
    whole: bool | None
    whole_if_followed: list[str]
    findings: list[FindingJson]
    suppressed: list[SuppressedJson]
    unknown: list[UnknownJson]
    assumed: list[str]
    crash: str = ""


class CheckJson(Struct, frozen=True, tag_field="command", tag="check"):
    """What was found in every file. ``unpublished``: followed images that none of the files publishes.

    ``followed_source``: who says so. ``ignored``: how many findings are answered and so do not count;
    ``suppressed`` of each file has them. ``idle``: entries of the release file that ignore nothing here;
    ``stale``: what the baseline holds and is not found any more.
    """

    workflows: list[WorkflowJson]
    unpublished: list[str]
    exit_code: int
    ignored: int = 0
    followed_source: str = ""
    idle: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    version: Literal[1] = 1


def check_json(report: Report, exit_code: int) -> CheckJson:
    """The report as structs."""
    ignored = sum(len(each.suppressed) for each in report.workflows)
    workflows = [_workflow_json(each) for each in report.workflows]
    return struct_of(CheckJson, report, workflows=workflows, exit_code=exit_code, ignored=ignored)


def _workflow_json(workflow: WorkflowReport) -> WorkflowJson:
    return struct_of(
        WorkflowJson,
        workflow,
        publishes=[
            struct_of(PublishJson, line, scenarios=list(scenarios)) for scenarios, line in rows(workflow)
        ],
        findings=[finding_json(each) for each in workflow.findings],
        suppressed=[
            struct_of(SuppressedJson, each.finding, reason=each.reason, where=each.where)
            for each in workflow.suppressed
        ],
    )


def finding_json(finding: Finding) -> FindingJson:
    """One finding."""
    return struct_of(
        FindingJson,
        finding,
        places=[struct_of(PlaceJson, each.place, label=each.label) for each in finding.places],
        fix=_fix_json(finding.fix) if finding.fix else None,
    )


def _fix_json(fix: Fix) -> FixJson:
    return struct_of(
        FixJson, fix, edits=[struct_of(EditJson, each.place, text=each.text) for each in fix.edits]
    )
