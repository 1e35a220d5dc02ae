"""No "whole" where code of the repository may push: Python with its modules, and other languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verdict.test_what_may_push import APP, one_job
from wholeship.verdict.report import WorkflowReport

ROWS = (Path(__file__).parent / "fixtures" / "code.txt").read_text().splitlines()
PUSHES, HARMLESS = (
    [row.partition(" | ")[2] for row in ROWS if row.startswith(f"{kind} | ")]
    for kind in ("pushes", "harmless")
)


def _plain(text: str) -> str:
    words = ", ".join(f'"{word}"' for word in APP.split())
    return text.replace("\\n", "\n").replace("LIST", f"[{words}]").replace("PUSH", APP)


def released(row: str) -> WorkflowReport:
    """What runs, then worker and app."""
    text, *given = row.split(" ;;; ")
    files = {path.strip(): _plain(body) for path, _, body in (each.partition("=>") for each in given)}
    return one_job(_plain(text), files)


@pytest.mark.parametrize("row", PUSHES)
def test_code_that_may_push_is_said(row: str) -> None:
    """Whatever way it takes to start the push, the release is not called whole, and something is told."""
    report = released(row)
    assert report.whole is not True
    assert any(each.rule in ("hidden-publish", "half-release") for each in report.findings)


@pytest.mark.parametrize("row", HARMLESS)
def test_code_that_starts_nothing_or_only_what_is_known_stands_in_no_way(row: str) -> None:
    """Reading, printing, asking git: still whole."""
    assert released(row).whole is True


@pytest.mark.parametrize("row", [row for row in PUSHES if row.startswith("python r.py ;;; r.py=>")])
def test_the_same_call_of_empty_code_is_harmless(row: str) -> None:
    """With an empty file in its place the release is whole: it was the code that counted."""
    assert one_job(row.partition(" ;;; ")[0], {"r.py": ""}).whole is True
