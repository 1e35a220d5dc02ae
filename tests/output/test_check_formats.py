"""One report in every format, compared whole; and the laws that each format has of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests import golden
from tests.verdict.checked import check_files
from wholeship.app.schema import schema_of
from wholeship.core.finding import Finding, Labelled, Severity
from wholeship.core.place import Place
from wholeship.output.annotations import LIMIT, annotated, annotated_change
from wholeship.output.check_json import CheckJson, check_json
from wholeship.output.check_markdown import check_markdown
from wholeship.output.check_text import check_text
from wholeship.output.diff_json import DiffJson, diff_json
from wholeship.output.encoding import encode_json
from wholeship.output.ink import Ink
from wholeship.output.mermaid import mermaid
from wholeship.output.sarif import sarif
from wholeship.verdict.diff import diff
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report, WorkflowReport
from wholeship.verdict.rules import RULES
from wholeship.verdict.watched import Watched

STORY = Path(__file__).parents[1] / "fixtures" / "story"
GOLDEN = Path(__file__).parent / "fixtures"
PATH = ".github/workflows/images.yml"
OPTIONS = Options(watched=Watched(("app",), "--watched"))


def report(state: str, text: str = "") -> Report:
    return check_files({PATH: text or (STORY / f"{state}.yml").read_text()}, options=OPTIONS)


@pytest.mark.parametrize("state", ["attempt-2", "merged"])
def test_every_format_whole(state: str) -> None:
    """JSON, Markdown, annotations and the graph of one state, word for word."""
    found = report(state)
    golden.check(GOLDEN / f"{state}.json", encode_json(check_json(found, 1)) + "\n")
    golden.check(GOLDEN / f"{state}.md", check_markdown(found))
    golden.check(GOLDEN / f"{state}.annotations", annotated(found))
    golden.check(GOLDEN / f"{state}.mmd", mermaid(found))


def test_json_has_the_fields_that_are_promised() -> None:
    """Path, scenarios, images, publishes with order and gates, watched, whole and findings."""
    value = json.loads(encode_json(check_json(report("before"), 0)))
    (workflow,) = value["workflows"]
    assert workflow["whole"] is True
    assert workflow["watched"] == "app"
    assert workflow["scenarios"] == ["push", "workflow_dispatch"]
    app = next(each for each in workflow["publishes"] if each["image"] == "app")
    assert {"job", "step", "image", "tags", "platforms", "after", "gates"} <= app.keys()
    assert app["after"] == ["worker", "embeddings"] or sorted(app["after"]) == ["embeddings", "worker"]
    for finding in workflow["findings"]:
        assert {"rule", "severity", "confidence", "places", "story", "fix"} <= finding.keys()


def test_json_is_what_its_schema_says() -> None:
    """The output decodes as the struct that the schema is made from; the schema names every field."""
    found = report("attempt-1")
    assert msgspec.json.decode(encode_json(check_json(found, 1)), type=CheckJson).exit_code == 1
    assert set(schema_of("check")["$defs"]["WorkflowJson"]["properties"]) >= {
        "path",
        "publishes",
        "whole",
        "findings",
    }
    change = diff(report("before"), found, base="a", head="b")
    assert msgspec.json.decode(encode_json(diff_json(change, 1)), type=DiffJson).worse
    assert "DiffJson" in schema_of("diff")["$defs"]


def results(found: Report) -> list[dict[str, Any]]:
    (run,) = json.loads(sarif(found))["runs"]
    listed: list[dict[str, Any]] = run["results"]
    return listed


def test_sarif_has_what_code_scanning_needs() -> None:
    """Version, rules with help, a region that starts at 1 or later, a fingerprint for each result."""
    value = json.loads(sarif(report("attempt-1")))
    assert value["version"] == "2.1.0"
    (run,) = value["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert all(rule["helpUri"] and rule["shortDescription"]["text"] for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert len(result["partialFingerprints"]["wholeship/v1"]) == 32
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"] == {"uri": PATH, "uriBaseId": "ROOT"}
        region = location["region"]
        assert region["startLine"] >= 1
        assert region.get("endLine", region["startLine"]) >= region["startLine"]


def test_fingerprints_survive_unrelated_edits() -> None:
    """Comments, blank lines and other steps move lines, not findings."""
    text = (STORY / "attempt-1.yml").read_text()
    moved = "# a comment\n\n" + text.replace("jobs:\n", "jobs:\n\n  # another\n").replace(
        "      - uses: actions/checkout@v4\n", "      - uses: actions/checkout@v4\n      - run: ls\n", 1
    )
    before = [each["partialFingerprints"] for each in results(report("attempt-1"))]
    after = [each["partialFingerprints"] for each in results(report("", moved))]
    assert before == after


def test_a_finding_that_was_answered_is_suppressed_in_sarif() -> None:
    """Code scanning closes it instead of losing it."""
    line = '        run: echo "tag=$(date -u +%Y%m%d-%H%M%S)"'
    text = (STORY / "merged.yml").read_text()
    assert line in text
    answered = text.replace(line, f"        # wholeship: ignore[tag-collision] one merge a day\n{line}")
    held = [each for each in results(report("", answered)) if "suppressions" in each]
    assert [each["ruleId"] for each in held] == ["tag-collision"]
    assert held[0]["suppressions"] == [{"kind": "inSource", "justification": "one merge a day"}]


def test_annotations_keep_to_what_github_shows() -> None:
    """Ten of a kind, the worst first, and a word about the rest."""
    place = Place(PATH, 3, 1)
    many = tuple(
        Finding(
            "half-release",
            Severity.ERROR,
            next(iter(report("attempt-2").findings)).confidence,
            f"no {n}",
            (Labelled(place),),
        )
        for n in range(12)
    )
    text = annotated(Report((WorkflowReport(PATH, findings=many),)))
    assert text.count("::error ") == LIMIT
    assert "2 more of severity error" in text


def test_a_lost_gate_is_annotated() -> None:
    """The pull request shows it on its files."""
    text = annotated_change(diff(report("before"), report("attempt-1")))
    assert "gate lost" in text
    assert text.startswith("::error file=.github/workflows/images.yml")


def test_names_from_a_file_cannot_steer_terminal_log_or_table() -> None:
    """Escape sequences, log commands and table marks in a workflow stay text."""
    evil = "a\x1b[31m|b\n::set-output name=x::y <img src=x> @everyone"
    finding = Finding(
        "half-release",
        Severity.ERROR,
        next(iter(report("attempt-2").findings)).confidence,
        evil,
        (Labelled(Place(PATH, 1, 1), evil),),
    )
    found = Report((WorkflowReport(PATH, text="x", findings=(finding,)),))
    assert "\x1b" not in check_text(found, Ink())
    assert "\n::set-output" not in annotated(found)
    assert "<img" not in check_markdown(found)
    assert "@everyone" not in check_markdown(found)


def test_the_graph_marks_the_broken_promise() -> None:
    """A dotted edge where the order is missing, and the job that is out too early."""
    text = mermaid(report("attempt-2"))
    assert 'job_build_2d_worker -. "may not be out" .-> job_build_2d_app' in text
    assert "class job_build_2d_app broken" in text
    assert "-." not in mermaid(report("candidates"))
