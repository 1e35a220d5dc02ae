"""Findings as SARIF 2.1.0, as GitHub code scanning takes it.

OASIS, "Static Analysis Results Interchange Format 2.1.0"; GitHub docs, "SARIF support for code scanning":
``partialFingerprints`` keep a finding the same over unrelated edits, ``security-severity`` is not set
because these are not security findings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wholeship.core.finding import Confidence, Finding, Labelled, Moment, Severity
from wholeship.core.place import Place
from wholeship.core.text import inert_json, printable, without_links
from wholeship.core.version import VERSION
from wholeship.output.check_words import docs
from wholeship.verdict.report import Report
from wholeship.verdict.rules import RULES

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PRECISION = {Confidence.CERTAIN: "very-high", Confidence.LIKELY: "high", Confidence.UNKNOWN: "low"}


def sarif(report: Report) -> str:
    """One run with every finding; what was answered is in it as suppressed."""
    results = [_result(each) for each in report.findings]
    for workflow in report.workflows:
        for held in workflow.suppressed:
            kind = "inSource" if held.where else "external"
            results.append(
                {
                    **_result(held.finding),
                    "suppressions": [{"kind": kind, "justification": printable(held.reason)}],
                }
            )
    run = {
        "tool": {
            "driver": {
                "name": "wholeship",
                "semanticVersion": VERSION,
                "informationUri": "https://github.com/wholeship/wholeship",
                "rules": [_rule(name) for name in RULES],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
        "results": results,
    }
    value = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return inert_json(json.dumps(value, indent=2, ensure_ascii=False))


def _rule(name: str) -> Mapping[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": rule.summary},
        "helpUri": docs(name),
        "help": {
            "text": f"{rule.summary}. {docs(name)}",
            "markdown": f"{rule.summary}. [More]({docs(name)})",
        },
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["release", "containers"], "precision": "very-high"},
    }


def _result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": finding.severity.value,
        "message": {"text": _message(finding)},
        "locations": [_location(finding.places[0])],
        "partialFingerprints": {"wholeship/v1": finding.fingerprint},
        "properties": {
            "confidence": finding.confidence.value,
            "precision": _PRECISION[finding.confidence],
        },
    }
    if finding.confidence is Confidence.UNKNOWN:
        result["kind"] = "open" if finding.severity is Severity.NOTE else "fail"
    related = [{"id": number, **_location(each)} for number, each in enumerate(finding.places[1:], 1)]
    if related:
        result["relatedLocations"] = related
    if finding.story:
        result["codeFlows"] = [{"threadFlows": [{"locations": _flow(finding)}]}]
    fix = finding.fix
    if fix is not None and fix.edits:
        changes = [
            {"deletedRegion": _region(e.place), "insertedContent": {"text": e.text}} for e in fix.edits
        ]
        artifact = {"artifactLocation": _artifact(fix.edits[0].place), "replacements": changes}
        result["fixes"] = [{"description": {"text": fix.description}, "artifactChanges": [artifact]}]
    return result


def _message(finding: Finding) -> str:
    """The message with its story: in SARIF brackets would make a link of it."""
    text = printable(finding.message)
    for number, moment in enumerate(finding.story, 1):
        text += f"\n{number}. {printable(moment.text)}"
    return without_links(f"{text}\n{printable(finding.fix.description)}" if finding.fix else text)


def _flow(finding: Finding) -> list[dict[str, Any]]:
    return [_flow_step(moment, finding) for moment in finding.story]


def _flow_step(moment: Moment, finding: Finding) -> dict[str, Any]:
    place = moment.place if moment.place is not None and moment.place.line else finding.place
    return {"location": _location(Labelled(place, moment.text))}


def _location(labelled: Labelled) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(labelled.place)}
    if labelled.place.line:
        physical["region"] = _region(labelled.place)
    location: dict[str, Any] = {"physicalLocation": physical}
    if labelled.label:
        location["message"] = {"text": without_links(printable(labelled.label))}
    return location


def _artifact(place: Place) -> dict[str, Any]:
    return {"uri": place.file.removeprefix("./").replace(" ", "%20"), "uriBaseId": "ROOT"}


def _region(place: Place) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line}
    if place.column:
        region["startColumn"] = place.column
    if place.end_line and place.column:
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    return region
