"""No text stops `check`: what it cannot read it says."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verdict.checked import check_files
from wholeship.output.check_text import check_text
from wholeship.output.ink import Ink
from wholeship.output.sarif import sarif
from wholeship.verdict.fix import fix

TESTS = Path(__file__).parents[1]
TEXTS = [
    path.read_text()
    for path in sorted(TESTS.glob("fixtures/story/*.yml"))
    + sorted(TESTS.glob("verdict/fixtures/rules/*/*.yml"))
]


def mutated(text: str, draw: random.Random) -> str:
    """*text* with a few lines gone, doubled, swapped, moved in or out, or with a word of another line."""
    lines = text.split("\n")
    for _ in range(draw.randint(1, 5)):
        at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
        kind = draw.randrange(6)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = "  " + lines[at]
        elif kind == 4:
            lines[at] = lines[at][2:]
        else:
            lines[at] = lines[at][: len(lines[at]) // 2] + lines[other][len(lines[other]) // 2 :]
        lines = lines or [""]
    return "\n".join(lines)


def survives(text: str) -> None:
    found = check_files({"w.yml": text})
    check_text(found, Ink())
    sarif(found)
    (workflow,) = found.workflows
    for finding in workflow.findings:
        assert 0 <= finding.place.line <= len(re.split("[\n\r\x85\u2028\u2029]", text))
    fix(workflow, lambda new: check_files({"w.yml": new}).workflows[0])


@pytest.mark.parametrize("seed", range(4))
def test_damaged_workflows(seed: int) -> None:
    """Workflows with lines gone, doubled or cut in half are read, judged, told and fixed without a crash."""
    draw = random.Random(seed)
    for _ in range(12):
        survives(mutated(draw.choice(TEXTS), draw))


@pytest.mark.extended
def test_many_damaged_workflows() -> None:
    """The same, for many more."""
    draw = random.Random(99)
    for _ in range(1500):
        survives(mutated(draw.choice(TEXTS), draw))


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Text that was never a workflow is told to be none."""
    survives(text)


def test_a_job_of_many_steps_and_a_matrix_of_many_legs() -> None:
    """Large is slow at worst, not wrong: two hundred steps, two hundred legs."""
    steps = "\n".join(f"      - run: docker push r/i{n % 7}:1" for n in range(200))
    survives(f"on: push\njobs:\n  j:\n    runs-on: x\n    steps:\n{steps}\n")
    legs = ", ".join(f"i{n}" for n in range(200))
    survives(
        f"on: push\njobs:\n  j:\n    runs-on: x\n    strategy: {{matrix: {{i: [{legs}]}}}}\n    steps:\n"
        "      - run: docker push r/${{ matrix.i }}:${{ github.sha }}\n"
    )


@pytest.mark.parametrize(
    "script",
    [
        f"f(){{ {'; '.join(['f'] * 20)}; }}; f; docker push x",
        "A=a\nfor i in $(seq 1 9); do A=$A$A$A$A$A$A$A$A; done; docker push r/$A",
        "".join(f"if test -f f{n}; then A=$A-{n}; else A=$A+{n}; fi\n" for n in range(40))
        + "for a in $A $A; do for b in {1..50}; do\n"
        + "for c in {1..50}; do docker push r/$a$b$c; done; done; done",
    ],
    ids=["calls of itself", "a text that doubles", "thousands of images"],
)
def test_a_script_without_bounds(script: str) -> None:
    """A script that would run or print for ever is followed so far; what is beyond is unknown, not absent."""
    lines = "".join(f"          {line}\n" for line in script.split("\n"))
    text = (
        "on: push\njobs:\n  j:\n    runs-on: x\n    steps:\n"
        "      - uses: docker/login-action@v3\n        with: {registry: r}\n"
        f"      - run: |\n{lines}"
    )
    (found,) = check_files({"w.yml": text}).workflows
    assert found.publishes or found.unknown
    assert len(found.images) == 1 or found.whole is not True
