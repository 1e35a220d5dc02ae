"""The answer of `check` as JSON: structs with a version, from which the schema is made."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from wholeship.core.finding import Finding
from wholeship.core.place import Place
from wholeship.output.check_words import rows
from wholeship.verdict.report import PublishLine, Report, WorkflowReport


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
    """One file. ``whole``: true, false, or null where it is not known or there is nothing to say it of."""

    path: str
    scenarios: list[str]
    images: list[str]
    publishes: list[PublishJson]
    watched: str
    whole: bool | None
    findings: list[FindingJson]
    suppressed: list[SuppressedJson]
    unknown: list[UnknownJson]


class CheckJson(Struct, frozen=True, tag_field="command", tag="check"):
    """What was found in every file."""

    workflows: list[WorkflowJson]
    exit_code: int
    version: Literal[1] = 1


def check_json(report: Report, exit_code: int) -> CheckJson:
    """The report as structs."""
    return CheckJson([_workflow(each) for each in report.workflows], exit_code)


def encode(value: Struct) -> str:
    """Indented JSON text."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of :class:`CheckJson`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(CheckJson)}


def _workflow(workflow: WorkflowReport) -> WorkflowJson:
    return WorkflowJson(
        path=workflow.path,
        scenarios=list(workflow.scenarios),
        images=list(workflow.images),
        publishes=[_publish(list(scenarios), line) for scenarios, line in rows(workflow)],
        watched=workflow.watched,
        whole=workflow.whole,
        findings=[finding_json(each) for each in workflow.findings],
        suppressed=[
            SuppressedJson(
                each.finding.rule,
                each.finding.message,
                each.reason,
                each.where,
                each.finding.fingerprint,
            )
            for each in workflow.suppressed
        ],
        unknown=[UnknownJson(each.what, each.reason, _place(each.place)) for each in workflow.unknown],
    )


def _publish(scenarios: list[str], line: PublishLine) -> PublishJson:
    return PublishJson(
        scenarios=scenarios,
        job=line.job,
        step=line.step,
        image=line.image,
        repository=line.repository,
        tags=list(line.tags),
        platforms=None if line.platforms is None else list(line.platforms),
        after=list(line.after),
        gates=list(line.gates),
        place=_place(line.place),
    )


def finding_json(finding: Finding) -> FindingJson:
    """One finding."""
    fix = finding.fix
    return FindingJson(
        rule=finding.rule,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        message=finding.message,
        places=[_place(each.place, each.label) for each in finding.places],
        story=[
            MomentJson(m.text, m.subject, m.outcome, _place(m.place) if m.place else None)
            for m in finding.story
        ],
        fix=None
        if fix is None
        else FixJson(
            fix.description,
            fix.safe,
            [
                EditJson(
                    e.place.file,
                    e.place.line,
                    e.place.column,
                    e.place.end_line,
                    e.place.end_column,
                    e.text,
                )
                for e in fix.edits
            ],
        ),
        fingerprint=finding.fingerprint,
    )


def _place(place: Place, label: str = "") -> PlaceJson:
    return PlaceJson(place.file, place.line, place.column, place.path, label)
