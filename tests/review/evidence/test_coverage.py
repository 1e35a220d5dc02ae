"""Patch coverage from both formats, and reports that are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.review.world import captured, changed
from wholeship.core.errors import BadInput
from wholeship.review.evidence.categories import Sorter
from wholeship.review.evidence.categories import collect as sort
from wholeship.review.evidence.coverage import (
    CoverageEvidence,
    CoverageReport,
    FileCoverage,
    collect,
    ratio,
    read_report,
)

COBERTURA = """<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage><sources><source>{root}/src</source></sources><packages><package><classes>
<class filename="shop/cart.py"><lines>
<line number="1" hits="1"/><line number="2" hits="0"/><line number="3" hits="0"/><line number="4" hits="2"/>
</lines></class></classes></package></packages></coverage>
"""
LCOV = "TN:\nSF:{root}/src/shop/cart.py\nDA:1,1\nDA:2,0\nDA:3,0,abc\nDA:4,2\nend_of_record\n"


def measured(tmp_path: Path, *reports: str, path: str = "src/shop/cart.py") -> CoverageEvidence:
    (tmp_path / "src/shop").mkdir(parents=True, exist_ok=True)
    (tmp_path / "src/shop/cart.py").write_text("import x\na\nb\nc\n\n# five\n")
    found = []
    for number, text in enumerate(reports):
        report = tmp_path / f"report-{number}"
        report.write_text(text.replace("{root}", str(tmp_path)))
        found.append(CoverageReport(report.name, report))
    diff = captured(
        changed(path, "import x", "a", "b", "c", "", "# five"), changed("tests/test_cart.py", "t")
    ).diff
    return collect(diff, sort(diff, Sorter()).files, found, root=tmp_path)


@pytest.mark.parametrize("text", [COBERTURA, LCOV], ids=["cobertura", "lcov"])
def test_both_formats_say_the_same(tmp_path: Path, text: str) -> None:
    """Added source lines that a report knows are coverable, those that ran covered; tests do not count."""
    found = measured(tmp_path, text)
    assert found.files == (FileCoverage("src/shop/cart.py", 4, 2, ("2-3",)),)
    assert (found.covered, found.coverable) == (2, 4)


def test_a_line_that_any_report_ran_is_covered(tmp_path: Path) -> None:
    """Two reports add up: unit and integration tests each cover their part."""
    other = LCOV.replace("DA:2,0", "DA:2,1").replace("DA:1,1", "DA:1,0")
    assert measured(tmp_path, COBERTURA, other).files == (FileCoverage("src/shop/cart.py", 4, 3, ("3",)),)


def test_a_changed_file_in_no_report_is_not_covered(tmp_path: Path) -> None:
    """What no report knows counts as missed, every line that is neither empty nor a comment."""
    found = measured(tmp_path, LCOV, path="src/shop/new.py")
    assert found.files == (FileCoverage("src/shop/new.py", 4, 0, ("1-4",), reported=False),)


@pytest.mark.parametrize("path", ["cart.py", "src/cart.py", "lib/shop/cart.py"])
def test_another_file_that_ends_alike_is_not_this_one(tmp_path: Path, path: str) -> None:
    """Lines of one file never cover another one, whichever of both names is the longer."""
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("import x\na\nb\nc\n\n# five\n")
    assert measured(tmp_path, LCOV, path=path).covered == 0
    shorter = LCOV.replace("{root}/src/shop/", "")
    assert ratio(measured(tmp_path / "again", shorter, path=path)) != 1.0


def test_lines_that_a_report_does_not_know_are_not_covered(tmp_path: Path) -> None:
    """A statement that no report counts, taken out of the measure or not, was run by nobody that is known."""
    short = COBERTURA.replace('<line number="4" hits="2"/>', "").replace('hits="0"', 'hits="1"')
    assert measured(tmp_path, short).files == (FileCoverage("src/shop/cart.py", 4, 3, ("4",)),)


def test_a_report_of_another_version_covers_nothing(tmp_path: Path) -> None:
    """A report with a line that has no text, or is beyond the end, was measured on something else."""
    for other in (LCOV.replace("DA:4,2", "DA:5,2"), LCOV.replace("DA:4,2", "DA:99,2")):
        found = measured(tmp_path / str(len(other)), other)
        assert found.covered == 0
        assert "another version" in found.not_looked[0].why


def test_what_only_goes_is_never_covered(tmp_path: Path) -> None:
    """A file that only loses lines was not looked at, and makes nothing covered."""
    report = tmp_path / "r"
    report.write_text(LCOV)
    diff = captured(replace(changed("src/a.py", deleted=1), removed=("    check(user)",))).diff
    found = collect(diff, {"src/a.py": "src"}, (CoverageReport("r", report),), root=tmp_path)
    assert ratio(found) is None
    assert found.not_looked[0].what == "patch coverage of src/a.py"


def test_a_report_written_elsewhere_fits_by_its_ending(tmp_path: Path) -> None:
    """Paths of another machine are matched by their end, when only one file ends so."""
    other = LCOV.replace("{root}/", "/home/runner/work/shop/shop/")
    assert measured(tmp_path, other).covered == 2


def test_an_ambiguous_ending_fits_nothing(tmp_path: Path) -> None:
    """Where two files of a report end alike, neither is taken."""
    one, other = LCOV.replace("{root}/", "/x/"), LCOV.replace("{root}/", "/y/")
    assert measured(tmp_path, one + other).covered == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<html></html>",
        "<coverage>",
        "SF:a.py\nDA:x,1\n",
        "SF:a.py\nDA:1,-1\n",
        '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><coverage>&b;</coverage>',
        '<coverage><class filename="a"><line number="1" hits="9999999999999999999999"/></class></coverage>',
    ],
)
def test_what_is_no_report_is_not_looked_at(tmp_path: Path, text: str) -> None:
    """A broken report is named with the reason, and its coverage is unknown, not zero and not full."""
    found = measured(tmp_path, text)
    assert found.reports == ()
    assert [missed.what for missed in found.not_looked] == ["report-0"]
    with pytest.raises(BadInput):
        read_report(tmp_path / "report-0", tmp_path)


def test_no_report_is_said() -> None:
    """Without a report the evidence says that it did not look."""
    found = collect(captured().diff, {}, (), root=Path())
    assert [missed.what for missed in found.not_looked] == ["patch coverage"]


GO = """mode: set
acme/shop/sum/sum.go:3.24,4.12 1 1
acme/shop/sum/sum.go:4.12,6.3 1 0
acme/shop/sum/sum.go:7.2,7.30 1 1
acme/shop/sum/sum.go:7.18,7.28 1 0
acme/shop/sum/sum.go:8.2,8.9 1 0
acme/shop/sum/sum.go:8.2,8.9 1 1
"""


def test_a_profile_of_go_is_read(tmp_path: Path) -> None:
    """Paths begin below the module; a block that did not run, whole on a line, leaves it uncovered."""
    (tmp_path / "go.mod").write_text("module acme/shop\n\ngo 1.21\n")
    (tmp_path / "cover.out").write_text(GO)
    found = read_report(tmp_path / "cover.out", tmp_path)
    assert found == {"sum/sum.go": {3: 1, 4: 1, 5: 0, 6: 0, 7: 0, 8: 1}}
    (tmp_path / "sum").mkdir()
    (tmp_path / "sum/sum.go").write_text("a\n\nb\nc\n\nd\ne\nf\n")
    assert read_report(tmp_path / "cover.out", tmp_path) == {"sum/sum.go": {3: 1, 4: 1, 6: 0, 7: 0, 8: 1}}
    (tmp_path / "go.mod").unlink()
    assert set(read_report(tmp_path / "cover.out", tmp_path)) == {"acme/shop/sum/sum.go"}


@pytest.mark.parametrize("line", ["sum.go:1,2 1 1", "sum.go:1.1,999999999.1 1 1", "no"])
def test_what_is_no_profile_of_go_is_refused(tmp_path: Path, line: str) -> None:
    """Lines that no profile has, and blocks that no file has, are refused with what they are."""
    (tmp_path / "cover.out").write_text(f"mode: set\n{line}\n")
    with pytest.raises(BadInput, match="profile of Go"):
        read_report(tmp_path / "cover.out", tmp_path)
