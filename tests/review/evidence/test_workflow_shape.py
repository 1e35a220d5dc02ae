"""Workflows of both sides, compared by what they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.review.shops import CI, SHOP
from wholeship.review.evidence.workflow_shape import FRESH, compare_shapes, read_shapes


def compared(folder: Path, now: str, before: str = SHOP[CI], other: str = "") -> list[str]:
    for part, text in (("base", before), ("head", now)):
        path = folder / part / CI
        path.parent.mkdir(parents=True)
        path.write_text(text)
    if other:
        (folder / "head" / CI).with_name("other.yml").write_text(other)
    shapes = [read_shapes(folder / part) for part in ("base", "head")]
    return list(compare_shapes(shapes[0], shapes[1], {CI: CI}))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pytest -q", "pytest -q || true", "gate switched off"),
        ("pytest -q", "pytest -q -k cart", "gate switched off"),
        ("run: pytest -q", "run: if pytest -q; then echo; fi", "gate switched off"),
        ("pytest -q", "pytest -q & sleep 1", "gate switched off"),
        ("pytest -q", "pytest -q || code=$?", "gate switched off"),
        ("pytest -q", "pytest -q tests/test_cart.py", "gate switched off: a check of test looks at tests/"),
        ("- run: pytest -q", "- working-directory: docs\n        run: pytest -q", "gate switched off: a check of test looks in"),
        ("    needs: test\n", "    needs: test\n    if: always()\n", "gate lost: deploy goes on"),
        ("      - run: ruff", "      - run: rm -r tests\n      - run: ruff", "what the checks of test run"),
        ("checkout@v4", "checkout@v2", "an action is older"),
        ("checkout@v4", "checkout@main", "an action is not of a version"),
        ("permissions:", "env: {PYTEST_ADDOPTS: x}\npermissions:", "the environment steers"),
        ("      - run: pytest -q\n", "", "gate lost: tests"),
        ("- run: pytest -q", "- run: echo pytest", "gate lost: tests"),
        ("      - run: ruff check .\n", "", "gate lost: linters"),
        ("- run: pytest -q", "- if: github.actor == 'x'\n        run: pytest -q", "gate runs less often"),
        ("  test:\n", "  test:\n    continue-on-error: ${{ true }}\n", "gate switched off"),
        ("  pull_request:\n", "  pull_request:\n    paths: [docs/**]\n", "trigger narrowed"),
        ("  pull_request:\n", "", "trigger gone"),
        ("    needs: test\n", "", "gate lost: deploy does not wait"),
        ("    environment: production\n", "", "protection lost"),
        ("permissions:\n  contents: read\n", "", "right gained: the default rights"),
        ("contents: read", "contents: write", "right gained: contents: write"),
        ("- run: pytest -q", "- run: 'echo ${{ github.head_ref }}; pytest -q'", "a stranger's words"),
        ("./deploy.sh", "echo $KEY | rev", "a secret is sent out"),
        ("          KEY: ", "          B: ${{ secrets.OTHER }}\n          KEY: ", FRESH),
        ("      - run: pytest -q\n", "      - run: pytest -q\n        env: {GOFLAGS: -x}\n", "the environment steers"),
        ("  test:\n    runs-on: ubuntu-latest", "  test:\n    runs-on: self-hosted", "runs on machines of your own"),
        ("on:\n", "on:\n  workflow_run: {workflows: [x]}\n", "runs with secrets on what strangers do"),
    ],
)  # fmt: skip
def test_what_gets_looser_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each way to take a gate, a right or a secret is told with its place."""
    assert old in SHOP[CI]
    found = compared(tmp_path, SHOP[CI].replace(old, new))
    assert any(each.startswith(said) and f"({CI}:" in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("checkout@v4", "checkout@v5"),
        ("pytest -q", "pytest -q --durations=5"),
        ("      - run: ruff check .\n", "      - run: ruff check .\n      - run: mypy shop\n"),
        ("branches: [main]", "branches: [main, next]"),
        ("pip install -e .", "pip install -e .[test]"),
        ("  test:\n", "  test:\n    timeout-minutes: 5\n"),
        ("  contents: read", "  contents: none"),
    ],
)
def test_good_changes_are_not_told(tmp_path: Path, old: str, new: str) -> None:
    """More checks, newer actions, more branches, fewer rights: nothing gets looser."""
    assert old in SHOP[CI]
    assert compared(tmp_path, SHOP[CI].replace(old, new)) == []


def test_a_check_that_moved_is_not_gone(tmp_path: Path) -> None:
    """A check that another workflow runs now is still there."""
    other = "on: [pull_request, push]\njobs: {lint: {runs-on: ubuntu-latest, steps: [{run: ruff check .}]}}\n"
    assert compared(tmp_path, SHOP[CI].replace("      - run: ruff check .\n", ""), other=other) == []


@pytest.mark.parametrize(
    "more",
    [
        "pytest -q tests/slow.py",
        "for each in one two; do pytest -q $each; done",
        "if [ -d more ]; then pytest -q more; fi",
        "pytest -q || { echo no; exit 1; }",
    ],
)
def test_one_check_more_takes_nothing_away(tmp_path: Path, more: str) -> None:
    """A check that comes beside those that stay may look at whatever it likes."""
    line = "      - run: pytest -q\n"
    assert compared(tmp_path, SHOP[CI].replace(line, f"{line}      - run: '{more}'\n")) == []


@pytest.mark.parametrize(
    "instead",
    [
        "      - name: a\n        run: pytest -q tests/a.py\n      - name: a\n        run: if pytest -q; then echo; fi\n",
        "      - run: pytest -q tests/a.py\n      - run: pytest -q tests/b.py\n",
        "      - run: pytest -q tests/a.py\n      - if: github.actor == 'x'\n        run: pytest -q\n",
        "      - run: pytest -q tests/a.py\n      - continue-on-error: true\n        run: pytest -q\n",
        "      - run: pytest -q tests/a.py\n      - working-directory: docs\n        run: pytest -q\n",
        "      - run: pytest -q || echo\n      - run: pytest -q || :\n",
        "      - run: '! pytest -q'\n      - run: pytest -q --lf\n",
        "      - name: pytest -q\n        run: for a in 1 2; do pytest -q && break; done\n",
        "      - run: pytest -q &\n      - run: pytest -q tests/a.py\n",
        "      - id: x\n        run: pytest -q -k a\n      - id: y\n        run: pytest -q tests/b.py\n",
    ],
)
def test_checks_that_only_look_like_those_that_were_there_are_told(tmp_path: Path, instead: str) -> None:
    """Two weaker checks are not the one that was there, whatever they are called."""
    assert any(
        each.startswith("gate")
        for each in compared(tmp_path, SHOP[CI].replace("      - run: pytest -q\n", instead))
    )


MORE = "  %s:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with: {repository: a/b}\n      - run: pytest -q\n"


def test_a_job_more_may_look_at_another_repository(tmp_path: Path) -> None:
    """A check that comes by a name of its own, beside all that were there, takes nothing from them."""
    assert "  deploy:\n" in SHOP[CI]
    assert compared(tmp_path, SHOP[CI].replace("  deploy:\n", MORE % "others" + "  deploy:\n")) == []


def test_a_job_in_place_of_a_check_looks_at_this_commit(tmp_path: Path) -> None:
    """Where a job of before is gone, a new one that looks elsewhere is told."""
    found = compared(tmp_path, SHOP[CI].replace("  test:\n", MORE % "others" + "  tests:\n"))
    assert any(each.startswith("the checks of others look at another commit") for each in found)
