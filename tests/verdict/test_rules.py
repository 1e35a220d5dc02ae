"""Every rule: workflows that break its promise and workflows that keep it, each with its whole answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import golden
from tests.verdict.checked import check_files
from wholeship.core.finding import Confidence
from wholeship.output.check_text import check_text
from wholeship.output.ink import Ink
from wholeship.verdict.check import check_one
from wholeship.verdict.fix import fix
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report
from wholeship.verdict.rules import RULES
from wholeship.verdict.study import Study
from wholeship.verdict.watched import NOBODY, Watched

FIXTURES = Path(__file__).parent / "fixtures" / "rules"
DOCS = Path(__file__).parents[2] / "docs" / "rules"
FILES = sorted(FIXTURES.glob("*/*.yml"))
PATH = ".github/workflows/release.yml"


def thirteen(_study: Study, _job: str, _need: str) -> float:
    return 13.0


def full(study: Study) -> Iterator[tuple[str, str, float, float]]:
    """The forecast of a job called app."""
    for case in study.cases:
        for job in case.instance.jobs:
            if job.id == "app":
                yield case.name, job.id, 19.4, 14.0


def options(file: Path) -> Options:
    """Its rule; the image that is followed is in a comment on the first line: ``# --watched app``."""
    found = re.match(r"# --watched (\S+)\n", file.read_text())
    watched = Watched((found[1],), "--watched") if found else NOBODY
    return Options(watched=watched, rules=(file.parent.name,), minutes=thirteen, disks=full)


def report(file: Path) -> Report:
    return check_files({PATH: file.read_text()}, options=options(file))


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_is_said(file: Path) -> None:
    """The whole answer, word for word; a bad workflow has a finding of the rule, a good one none."""
    found = report(file)
    rules = [each.rule for each in found.findings]
    bad = file.stem.startswith("bad")
    assert (file.parent.name in rules) is bad
    golden.check(file.with_suffix(".txt"), check_text(found, Ink()))


def fixable() -> list[Path]:
    return [
        file
        for file in FILES
        if "fixed" not in file.stem
        and any(f.fix and f.fix.safe and f.fix.edits for f in report(file).findings)
    ]


@pytest.mark.parametrize("file", fixable(), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_a_fix_makes_of_it(file: Path) -> None:
    """Nothing but the edit changes, and the finding is gone; fixing again changes nothing."""
    wanted = options(file)

    def again(text: str) -> object:
        return check_one(text, PATH, options=wanted)

    done = fix(check_one(file.read_text(), PATH, options=wanted), again)  # type: ignore[arg-type]
    assert done.fixed
    assert not done.left
    golden.check(file.with_name(f"{file.stem}.fixed"), done.text)
    assert fix(check_one(done.text, PATH, options=wanted), again).text == done.text  # type: ignore[arg-type]


def test_a_fix_that_would_open_another_finding_is_left() -> None:
    """It is not made, and the rule that it would break is named."""
    push = (
        "{{uses: docker/build-push-action@v6, with: {{push: true, tags: 'r/{}:${{{{ github.ref_name }}}}'}}}}"
    )
    text = (
        "on: {push: {tags: ['v*']}}\nconcurrency:\n  group: release\n  cancel-in-progress: true\n"
        "jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"      - {push.format('a')}\n      - {push.format('b')}\n"
    )
    done = fix(check_one(text, PATH), lambda changed: check_one(changed, PATH))
    assert [each.rule for each in done.left] == ["cancelled-publish"]
    assert done.opened == (("evicted-release",),)
    assert done.text == text


def test_some_rules_fix() -> None:
    """The fixes that are promised to be safe are there: needs, QEMU conditions, cancellation."""
    fixed = {file.parent.name for file in fixable()}
    assert {"half-release", "gate-bypass", "needless-emulation", "cancelled-publish"} <= fixed


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_four_places(rule: str) -> None:
    """A file, a line in the table, a page and a folder of fixtures, all by the same name."""
    assert (Path("src/wholeship/verdict/rules") / f"{rule.replace('-', '_')}.py").is_file()
    folder = FIXTURES / rule
    assert list(folder.glob("bad*.yml"))
    assert list(folder.glob("good*.yml"))
    text = (DOCS / f"{rule}.md").read_text()
    assert text.startswith(f"# {rule}\n")
    said = re.search(r"\*\*Severity:\*\* (\w+)", text)
    assert said is not None
    assert said[1] == RULES[rule].severity.value
    for heading in ("Why", "Bad", "Good", "It happened", "How to fix", "How to suppress it"):
        assert f"\n## {heading}\n" in text
    assert f"ignore[{rule}]" in text


def test_no_page_without_a_rule() -> None:
    """A page that nothing refers to misleads."""
    assert {page.stem for page in DOCS.glob("*.md")} == set(RULES)


def test_the_hidden_is_unknown_not_safe() -> None:
    """A release with a hidden publish is never called whole."""
    text = (FIXTURES / "hidden-publish" / "bad.yml").read_text()
    (found,) = check_files({PATH: text}).workflows
    assert found.whole is not True
    assert all(
        each.confidence is Confidence.UNKNOWN for each in found.findings if each.rule == "hidden-publish"
    )


def test_the_table_of_rules_is_the_table_of_the_code() -> None:
    """docs/checking.md lists every rule with its severity and its promise, in the order they are told."""
    text = (DOCS.parent / "checking.md").read_text()
    rows = [
        f"| [{name}](rules/{name}.md) | {rule.severity.value} | {rule.summary} |"
        for name, rule in RULES.items()
    ]
    assert "\n".join(rows) in text
