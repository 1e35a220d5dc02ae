"""What workflows stop doing, and what may stand for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.review.evidence.workflow_gone import find_gone
from wholeship.review.evidence.workflow_shape import read_shapes

FILE = ".github/workflows/checks.yml"


def gone(tmp_path: Path, before: str, now: str) -> list[str]:
    """What is told where a job's script was *before* and is *now*."""
    shapes = []
    for side, script in (("before", before), ("now", now)):
        path = tmp_path / side / FILE
        path.parent.mkdir(parents=True)
        lines = "".join(f"          {line}\n" for line in script.splitlines())
        path.write_text(f"on: push\njobs:\n  test:\n    steps:\n      - run: |\n{lines}")
        shapes.append(read_shapes(tmp_path / side))
    return list(find_gone(shapes[0], shapes[1], {FILE: FILE}))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("git verify-tag v1\nmake", "make"),
        ("sha256sum -c sums.txt", "cat sums.txt"),
        ("trivy image --severity HIGH,CRITICAL app", "trivy image --severity CRITICAL app"),
        ("pip install --require-hashes -r r.txt", "pip install -r r.txt"),
        ("npm run lint\nnpm test", "npm test"),
    ],
)
def test_a_check_that_runs_no_more_as_it_did_is_told(tmp_path: Path, before: str, now: str) -> None:
    """A command that checks or protects something has all its words, or is missed."""
    assert gone(tmp_path, before, now)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("uv run flake8 src", "uv run ruff check src"),
        ("python -m pytest -q", "pytest -q --strict-markers"),
        ("tool-verify 1.2 file", "tool-verify 1.3 file"),
        ("make image", "docker build ."),
        ("yum install -y python3", "true"),
        ("git verify-tag v1", "set -x\ngit verify-tag v1"),
    ],
)
def test_what_stands_for_a_command_is_enough(tmp_path: Path, before: str, now: str) -> None:
    """Another tool of its kind, more words, another version: nothing is missed; neither is a build."""
    assert gone(tmp_path, before, now) == []
