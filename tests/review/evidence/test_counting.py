"""How many tests ran: what runners say at their end, what their reports name, and what fewer of them mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.review.world import Notes, captured, changed
from wholeship.adapters.junit import read_reports, usual_reports
from wholeship.review.evidence.counting import ClosingLines
from wholeship.review.evidence.suites import SuiteContext, SuiteResult, SuitesEvidence, TestCounts, collect
from wholeship.review.evidence.weakened import find_weakened
from wholeship.review.ports import RanTests, SuiteRun
from wholeship.review.settings import Suite


@pytest.mark.parametrize(
    ("lines", "ran", "skipped"),
    [
        (["===== 3 passed, 1 skipped in 0.12s ====="], 3, 1),
        (["2 failed, 3 passed, 4 deselected, 1 xfailed, 2 warnings in 1.20s (0:00:01)"], 5, 1),
        (["no tests ran in 0.01s"], 0, 0),
        (["1 passed in 0.1s", "2 passed in 0.1s"], 3, 0),
        (["Ran 12 tests in 0.004s", "", "OK (skipped=3, expected failures=1)"], 8, 4),
        (["Ran 2 tests in 0.004s", "", "OK"], 2, 0),
        (["=== RUN   TestA", "--- PASS: TestA (0.00s)", "    --- SKIP: TestA/b (0.00s)", "--- FAIL: TestC (0.00s)"], 2, 1),
        (["test result: ok. 3 passed; 1 failed; 2 ignored; 0 measured; 9 filtered out; finished in 0.00s"], 4, 2),
        (["# tests 5", "# pass 4", "# skipped 1", "# todo 0"], 5, 1),
        (["\x1b[34mℹ tests 3\x1b[39m", "ℹ skipped 0"], 3, 0),
        (["Tests:       1 skipped, 5 passed, 6 total"], 5, 1),
        (["      Tests  5 passed | 1 skipped (6)"], 5, 1),
        (["  5 passing (10ms)", "  2 pending"], 5, 2),
        (["[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in ATest",
          "[WARNING] Tests run: 9, Failures: 0, Errors: 0, Skipped: 2"], 7, 2),
        (["12 examples, 0 failures, 2 pending"], 10, 2),
        (["5 runs, 9 assertions, 0 failures, 0 errors, 1 skips"], 4, 1),
        (["OK (5 tests, 9 assertions)"], 5, 0),
        (["Files=3, Tests=21,  0 wallclock secs"], 21, 0),
        (["100% tests passed, 0 tests failed out of 7"], 7, 0),
    ],
)  # fmt: skip
def test_closing_lines_are_added_up(lines: list[str], ran: int, skipped: int) -> None:
    """What each runner says at its end is what ran and what was skipped."""
    heard = ClosingLines()
    for line in lines:
        heard.hear(line)
    assert heard.tests is not None
    assert (heard.tests.ran, heard.tests.skipped) == (ran, skipped)


@pytest.mark.parametrize(
    ("lines", "failed"),
    [
        (["2 failed, 3 passed, 1 error in 1.20s"], 3),
        (["1 passed, 1 xfailed, 1 xpassed in 0.1s"], 0),
        (["Ran 4 tests in 0.004s", "FAILED (failures=1, errors=2, expected failures=1)"], 3),
        (["Ran 4 tests in 0.004s", "OK (skipped=3, expected failures=1)"], 0),
        (["--- PASS: TestA (0.00s)", "--- FAIL: TestC (0.00s)"], 1),
        (["test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out"], 1),
        (["# tests 5", "# pass 4", "# fail 1"], 1),
        (["Tests:       1 failed, 5 passed, 6 total"], 1),
        (["  5 passing (10ms)", "  2 failing"], 2),
        (["[ERROR] Tests run: 9, Failures: 1, Errors: 1, Skipped: 2"], 2),
        (["12 examples, 3 failures, 2 pending"], 3),
        (["5 runs, 9 assertions, 1 failures, 1 errors, 1 skips"], 2),
        (["50% tests passed, 3 tests failed out of 6"], 3),
    ],
)
def test_failures_are_counted(lines: list[str], failed: int) -> None:
    """What failed is counted by what each runner says, whatever the suite ends with."""
    heard = ClosingLines()
    for line in lines:
        heard.hear(line)
    assert heard.tests is not None
    assert heard.tests.failed == failed


def test_a_suite_that_passes_over_failures_is_a_bug() -> None:
    """More tests fail than before, and the suite ends well: that is said with their number."""
    counts = TestCounts(3, 0, 3, 0, failed=2)
    ran = SuitesEvidence((SuiteResult("unit", "x", True, 0, None, (), tests=counts),))
    file = changed("src/a.py", "x = 1")
    found = find_weakened(captured(file).diff, {"src/a.py": "src"}, ran)
    assert [each.what for each in found] == ["2 tests fail, and unit passes all the same"]


NOW = RanTests(3, 0, frozenset({"A::one", "A::new", "A::more[1]"}))


@pytest.mark.parametrize(
    ("before", "removed", "vanished"),
    [
        ({"A::one", "A::two"}, "", True),
        ({"A::one", "A::two"}, "def two():", False),
        ({"B::one"}, "", False),
        ({"A::more[0]"}, "", False),
    ],
)
def test_a_test_that_is_there_and_does_not_run_is_a_bug(
    before: set[str], removed: str, vanished: bool
) -> None:
    """Not the number alone counts: a name that nobody took away has to run, in whatever class."""
    counts = counted(NOW, RanTests(len(before), 0, frozenset(before)))
    file = replace(changed("src/a.py", "x = 1"), removed=(removed,))
    found = find_weakened(captured(file).diff, {"src/a.py": "src"}, counts)
    assert any("is still there" in each.what for each in found) is vanished


@pytest.mark.parametrize(
    "line", ["all is well in 3s", "3 passed", "running 3 tests", "ok  pkg 0.01s", "x" * 5000]
)
def test_other_words_are_no_count(line: str) -> None:
    """Nothing is made of lines that no runner closes with: unknown is not zero."""
    heard = ClosingLines()
    heard.hear(line)
    assert heard.tests is None


def test_reports_name_their_tests(tmp_path: Path) -> None:
    """JUnit XML of several suites, one in another, tells what ran and what was skipped, by name."""
    folder = tmp_path / "target/surefire-reports"
    folder.mkdir(parents=True)
    (folder / "TEST-a.xml").write_text(
        '<testsuites><testsuite name="a"><testcase classname="A" name="one"/><testcase classname="A" name="two">'
        '<skipped/></testcase><testsuite name="b"><testcase classname="B" name="three"><failure/></testcase></testsuite>'
        "</testsuite></testsuites>"
    )
    (tmp_path / "junit.xml").write_text("<html/>")
    found = read_reports(usual_reports(tmp_path))
    assert found == RanTests(2, 1, frozenset({"A::one", "B::three"}), frozenset({"A::two"}), failed=1)


@pytest.mark.parametrize("text", ["", "<html/>", "<testsuite", "<testsuite><testcase", "\0"])
def test_what_is_no_report_counts_nothing(tmp_path: Path, text: str) -> None:
    """A broken report is none: the count is unknown."""
    (tmp_path / "junit.xml").write_text(text)
    found = read_reports([tmp_path / "junit.xml", tmp_path / "absent.xml"])
    assert found is None or found.ran == 0


class Counting:
    """Suites that pass, and ran so many tests on the head and on the base."""

    def __init__(self, head: RanTests | None, base: RanTests | None) -> None:
        self.counts = {"head": head, "base": base}

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        return SuiteRun(0, 1.0, (), "", self.counts[label])


class _tree:
    def __enter__(self) -> Path:
        return Path()

    def __exit__(self, *exc: object) -> None: ...


def counted(head: RanTests | None, base: RanTests | None) -> SuitesEvidence:
    context = SuiteContext(_tree, Counting(head, base), Notes())
    return collect((Suite("unit", "x"),), Path(), context, counting=True)


NAMES = frozenset({"A::one", "A::two"})


@pytest.mark.parametrize(
    ("head", "base", "weak"),
    [
        (RanTests(3), RanTests(3), False),
        (RanTests(4), RanTests(3), False),
        (RanTests(2), RanTests(3), True),
        (None, RanTests(3), True),
        (None, None, False),
        (RanTests(3, said=2), RanTests(3, said=3), True),
        (RanTests(5, said=9), RanTests(3, said=3), False),
        (RanTests(2, 1, frozenset({"A::one", "A::new"}), frozenset({"A::two"})), RanTests(2, 0, NAMES), True),
        (RanTests(2, 1, NAMES, frozenset({"A::new"})), RanTests(2, 0, NAMES), False),
        (RanTests(99), RanTests(2, 0, NAMES), True),
    ],
)
def test_fewer_tests_or_more_skips_are_a_bug(
    head: RanTests | None, base: RanTests | None, weak: bool
) -> None:
    """Less than before is a bug with its place, whatever else says that all is well."""
    diff = captured(changed("src/a.py", "x"), changed("tests/test_a.py", "y")).diff
    found = find_weakened(diff, {"src/a.py": "src", "tests/test_a.py": "tests"}, counted(head, base))
    assert bool(found) is weak
    assert all(each.file == "tests/test_a.py" for each in found)


def test_what_nobody_counted_is_said() -> None:
    """A suite whose runner is not known is not looked at, because…; it is no pass of the count."""
    found = counted(None, None)
    assert [each.what for each in found.not_looked] == ["how many tests unit ran"]
    assert found.results[0].tests == TestCounts()
    assert counted(RanTests(1), RanTests(1)).not_looked == ()


def test_the_place_of_a_test_that_is_gone_is_told() -> None:
    """The file and line are where the test was taken out."""
    from dataclasses import replace

    gone = replace(changed("tests/test_b.py", "pass", deleted=1), removed=("    def test_two(self):",))
    diff = captured(changed("src/a.py", "x"), changed("tests/test_a.py", "y"), gone).diff
    kinds = {"src/a.py": "src", "tests/test_a.py": "tests", "tests/test_b.py": "tests"}
    counts = TestCounts(1, 0, 2, 0, gone=("A::test_two",), fewer=True)
    suites = SuitesEvidence((SuiteResult("unit", "x", True, 0, None, (), tests=counts),))
    first = next(each for each in find_weakened(diff, kinds, suites) if "fewer" in each.what)
    assert (first.file, first.line) == ("tests/test_b.py", 1)
    assert "1 ran, 2 before (unit)" in first.what
